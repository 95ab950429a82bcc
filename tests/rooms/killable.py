"""A server process that may be killed: a message writer over the tests' database, behind a pipe.

Forked from a process that has Django loaded and no connection, so that one costs some hundredths of a second.
"""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django
from django.apps import apps
from django.db import connection

if not apps.ready:
    django.setup()  # in the process that all of them are forked from

if TYPE_CHECKING:  # the models behind it can't be imported before that
    from rooms.writer import Draft
    from rooms.writer.batch import Outcome

PATIENCE_SECONDS = 30

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["pytest", __name__, "rooms.writer"])


class Killable:
    """Takes drafts, tells outcomes after their commit, dies when told to."""

    def __init__(self, database: str) -> None:
        self._line, theirs = _forks.Pipe()
        self._process = _forks.Process(target=_serve, args=(theirs, database), daemon=True)
        self._process.start()
        theirs.close()

    def submit(self, drafts: "Sequence[Draft]") -> None:
        names = [field.name for field in fields(drafts[0]) if field.name != "done"]
        self._line.send([{name: getattr(draft, name) for name in names} for draft in drafts])

    def outcomes(self, count: int) -> "dict[UUID, Outcome]":
        """The first so many answers, by cid."""
        return dict(self._answer() for _ in range(count))

    def _answer(self) -> "tuple[UUID, Outcome]":
        assert self._line.poll(PATIENCE_SECONDS), "the writer doesn't answer"
        answer: tuple[UUID, Outcome] = self._line.recv()
        return answer

    def kill(self) -> "dict[UUID, Outcome]":
        """Kill -9, and what it had still said."""
        self._process.kill()
        self._process.join(PATIENCE_SECONDS)
        assert self._process.exitcode == -signal.SIGKILL
        self._process.close()
        said: dict[UUID, Outcome] = {}
        with self._line:
            try:
                while self._line.poll(0):
                    said.update([self._line.recv()])
            except (EOFError, ConnectionResetError):
                return said
        return said

    @property
    def is_killed(self) -> bool:
        return self._line.closed


@contextmanager
def killable() -> Iterator[Killable]:
    """One over the database of the test, killed at the end, whatever happens."""
    made = Killable(str(connection.settings_dict["NAME"]))
    try:
        yield made
    finally:
        if not made.is_killed:
            made.kill()


def _serve(line: Connection, database: str) -> None:
    from rooms.writer import Draft, ThreadWriter

    connection.settings_dict["NAME"] = database

    def deliver(batch: "Sequence[Draft]", outcomes: "Sequence[Outcome]", runs: Any) -> None:
        for draft, outcome in zip(batch, outcomes, strict=True):
            line.send((draft.cid, outcome))

    writer = ThreadWriter(deliver)
    while True:
        for told in line.recv():
            writer.submit(Draft(**told))
