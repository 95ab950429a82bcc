"""The two ways a batch gets written: by a thread of the server, or at once by whoever asks."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol
from uuid import UUID

from django.db import OperationalError, connection

from accounts.errors import CODES
from realtime import hub
from realtime.hub import Run
from realtime.metrics import WriterMetrics
from rooms.events import LogEntry, run_of
from rooms.writer.batch import Draft, Outcome, Receipt, Refusal, entry_of
from rooms.writer.store import refusal_of, store, write

log = logging.getLogger(__name__)

BATCH_MESSAGES = 1000
RETRY_PAUSES_SECONDS = (0.05, 0.5, 2.0)

Deliver = Callable[[Sequence[Draft], Sequence[Outcome], list[Run]], None]


class MessageWriter(Protocol):
    def submit(self, draft: Draft) -> "Future[Receipt]":
        """The future holds the receipt after the commit, or raises the AppError of the refusal."""

    def close(self) -> None:
        """Finish what was submitted, then stop."""


class InlineWriter:
    """Each draft is a batch of its own, committed before `submit` returns: commands, the demo, tests."""

    def submit(self, draft: Draft) -> "Future[Receipt]":
        outcomes = write([draft])
        resolve([draft], outcomes)
        hub.publish(runs_of([draft], outcomes))
        return draft.done

    def close(self) -> None:
        """Nothing waits."""


class ThreadWriter:
    """A thread with its own connection. `deliver` gets each batch after its commit, in commit order."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._waiting: queue.SimpleQueue[Draft | None] = queue.SimpleQueue()
        self._carried: list[Draft] = []  # an impatient client's repeats: the next batch finds the first one stored
        self.metrics = WriterMetrics()
        self.busy_since: float | None = None  # of the batch that is being written, on the monotonic clock
        self._waiting_since = time.monotonic()  # nothing of the next batch came before that
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, draft: Draft) -> "Future[Receipt]":
        """After `close` the answer is try_later, at once."""
        if self._is_closed:
            resolve([draft], [Refusal.TRY_LATER])
        else:
            self._waiting.put(draft)
        return draft.done

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._is_closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            store().keep_connection()
            while batch := self._gather():
                self._commit(batch)
        finally:
            connection.close()

    def _gather(self) -> list[Draft]:
        """Wait for one, then take all that have gathered, each (author, cid) once. Empty: we are to stop."""
        batch: dict[tuple[int, UUID], Draft] = {}
        carried, self._carried = self._carried, []
        for draft in carried:
            self._add(batch, draft)
        while len(batch) < BATCH_MESSAGES:
            try:
                arrived = self._waiting.get(block=False)
            except queue.Empty:
                if batch:
                    break
                arrived = self._waiting.get()
                self._waiting_since = time.monotonic()
            if arrived is None:
                if batch:
                    self._waiting.put(None)  # stop after this batch
                break
            self._add(batch, arrived)
        return list(batch.values())

    def _add(self, batch: dict[tuple[int, UUID], Draft], draft: Draft) -> None:
        if batch.setdefault((draft.author_id, draft.cid), draft) is not draft:
            self._carried.append(draft)

    def _commit(self, batch: list[Draft]) -> None:
        waiting_since, self._waiting_since = self._waiting_since, time.monotonic()
        self.busy_since = self._waiting_since
        outcomes = self._write(batch)
        self.metrics.wrote(len(batch), time.monotonic() - self.busy_since, time.monotonic() - waiting_since)
        self.busy_since = None
        self._deliver(batch, outcomes, runs_of(batch, outcomes))

    def _write(self, batch: list[Draft]) -> Sequence[Outcome]:
        """Writing again is safe: what an attempt stored whose answer was lost is found by its cid."""
        refusal = Refusal.TRY_LATER
        for pause in (0.0, *RETRY_PAUSES_SECONDS):
            if pause:  # a sleep of nothing gives the interpreter away, and waits until the loop gives it back
                time.sleep(pause)
            try:
                return write(batch)
            except OperationalError as problem:
                refusal = refusal_of(problem)
                self.metrics.failures += 1
                log.warning("writer: %d messages try again: %s", len(batch), problem)
                connection.close()
                if refusal is Refusal.STORAGE_FULL:
                    break
            except Exception:  # the loop must survive: one fault of ours may not silence the school
                log.exception("writer: a batch of %d failed", len(batch))
                return [Refusal.TRY_LATER] * len(batch) if len(batch) == 1 else [self._write([d])[0] for d in batch]
        return [refusal] * len(batch)


def runs_of(batch: Sequence[Draft], outcomes: Sequence[Outcome]) -> list[Run]:
    """The stored messages as runs for the hub. One transaction takes each room's seqs without a hole; where rows had to
    be written one by one, somebody else's event may stand between, and a new run begins after it."""
    runs: dict[int, list[list[LogEntry]]] = {}
    for draft, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, Receipt) and not outcome.repeated:
            of_room = runs.setdefault(outcome.room, [])
            if not of_room or of_room[-1][-1].seq + 1 != outcome.seq:
                of_room.append([])
            of_room[-1].append(entry_of(draft, outcome))
    return [run_of(room_id, run) for room_id, of_room in runs.items() for run in of_room]


def resolve(batch: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
    """Answer whoever waits for these drafts; who gave up waiting keeps nobody else from the answer."""
    for draft, outcome in zip(batch, outcomes, strict=True):
        if not draft.done.set_running_or_notify_cancel():
            continue
        if isinstance(outcome, Receipt):
            draft.done.set_result(outcome)
        else:
            draft.done.set_exception(CODES[outcome.value]())


_current: MessageWriter = InlineWriter()


def current() -> MessageWriter:
    """The writer of this process."""
    return _current


def use(writer: MessageWriter) -> None:
    """The composition root names the writer of this process."""
    global _current
    _current = writer
