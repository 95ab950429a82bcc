"""The parent of `./chat serve`: it holds the listening sockets and keeps a worker on each. Standard library only.

Invariants: the sockets are the parent's, so that whoever connects while a worker is away waits, and is not refused. A
child has one line to its parent: it says on it that it is ready, its end is the child's end, and a worker whose parent
is gone drains and ends.

SIGTERM and SIGINT drain all; SIGHUP prepares again and replaces one worker after the other.
"""

import logging
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence

from chatserver.board import clear_slot, make_board

log = logging.getLogger("supervisor")

STOP_SECONDS = 20.0  # a worker drains within 7; beyond, it hangs
STEADY_SECONDS = 10.0  # whoever lived as long starts again at once
LONGEST_WAIT_SECONDS = 2.0  # people wait too: a start takes a second of one core
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Script = Generator["Callable[[], bool]", None, None]
"""Yields what has to be true before it goes on."""


class Child:
    """A process of ours, in a session of its own: Ctrl+C reaches the parent, which tells it."""

    def __init__(self, module: str, *arguments: str, pass_fds: Sequence[int] = (), slot: int | None = None) -> None:
        self.slot = slot  # on the board, of a worker
        self.line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", module, *arguments, f"--line={theirs.fileno()}"]
            self.process = subprocess.Popen(
                command, pass_fds=[*pass_fds, theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        self.started_at = time.monotonic()
        self.is_ready = False
        self.is_leaving = False
        self.code: int | None = None

    @property
    def has_ended(self) -> bool:
        return self.code is not None

    def hear(self) -> None:
        """Something has come over the line: that it is ready, or its end."""
        try:
            said = self.line.recv(16)
        except ConnectionError:
            said = b""
        if said:
            self.is_ready = True
        else:
            self.code = self.process.wait()

    def leave(self) -> None:
        """Ask it to drain and end. Told twice, it does not wait."""
        self.is_leaving = True
        self.process.terminate()

    def ended_well(self) -> bool:
        return self.code in (0, -signal.SIGTERM)  # told to end before it could drain anything


class Supervisor:
    """`overlaps`: two workers of one place may live at once, so that a new one is there before the old one leaves."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        *,
        overlaps: bool,
        preparing: Sequence[str],
        on_ready: Callable[[], None],
    ) -> None:
        self._listeners, self._overlaps, self._preparing, self._on_ready = listeners, overlaps, preparing, on_ready
        self._selector = selectors.DefaultSelector()
        self._slots = range(2 * len(listeners))  # one that leaves may still be there beside its successor
        self._board = make_board(len(self._slots))
        self._children: list[Child] = []
        self._workers: list[Child] = []  # by place; one that has ended stays until the next is there
        self._waits = [0.0] * len(listeners)  # how long a place waits before it starts one again
        self._script: Script | None = None
        self._may_go_on = _at_once
        self._is_asked_again = self._is_up = False
        self._stop_until: float | None = None
        self._code = 0

    def run(self) -> int:
        """Until told to end; the exit code."""
        self._listen_to_signals()
        self._script = self._begin()
        self._go_on()
        while self._children or self._stop_until is None:
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._go_on()
        return self._code

    def _go_on(self) -> None:
        """Whatever can be done now."""
        self._children = [child for child in self._children if not child.has_ended]
        if self._stop_until is not None:
            if time.monotonic() > self._stop_until:
                self._kill()
            return
        self._follow_script()
        for place in range(len(self._workers)):
            self._look_after(place)

    def _patience(self) -> float:
        is_waiting = self._stop_until is not None or any(worker.has_ended for worker in self._workers)
        return 0.1 if is_waiting else 60.0

    # The children

    def _start(self, module: str, *arguments: str, pass_fds: Sequence[int] = (), slot: int | None = None) -> Child:
        child = Child(module, *arguments, pass_fds=pass_fds, slot=slot)
        self._children.append(child)
        self._selector.register(child.line, selectors.EVENT_READ, lambda: self._hear(child))
        return child

    def _hear(self, child: Child) -> None:
        child.hear()
        if child.has_ended:
            self._selector.unregister(child.line)
            child.line.close()
            if child.slot is not None:
                clear_slot(self._board, child.slot)
            if child.is_leaving and not child.ended_well():
                self._code = 1
                log.error("pid %d ended with %s", child.process.pid, child.code)

    def _start_worker(self, place: int) -> Child:
        listener, slot = self._listeners[place].fileno(), self._free_slot()
        shown = (f"--board={self._board}", f"--slot={slot}")
        return self._start(
            "chatserver.worker", f"--listener={listener}", *shown, pass_fds=[listener, self._board], slot=slot
        )

    def _free_slot(self) -> int:
        taken = {child.slot for child in self._children if not child.has_ended}
        return next(slot for slot in self._slots if slot not in taken)

    def _look_after(self, place: int) -> None:
        """A worker that ended by itself is started again: at once, or after a while where that keeps happening."""
        worker = self._workers[place]
        if not worker.has_ended or worker.is_leaving:
            return
        now = time.monotonic()
        if not self._is_up:
            self._fail(worker)
        elif now - worker.started_at > STEADY_SECONDS + self._waits[place]:
            self._restart(place, 0.0)
        elif now - worker.started_at > self._waits[place]:
            self._restart(place, min(LONGEST_WAIT_SECONDS, self._waits[place] * 2 or 1.0))

    def _restart(self, place: int, wait: float) -> None:
        worker = self._workers[place]
        log.error("worker %d (pid %d) ended with %s: starting it again", place + 1, worker.process.pid, worker.code)
        self._waits[place] = wait
        self._workers[place] = self._start_worker(place)

    # What takes several steps

    def _follow_script(self) -> None:
        while self._script is not None and self._may_go_on():
            try:
                self._may_go_on = next(self._script)
            except StopIteration:
                self._script, self._may_go_on = None, _at_once
        if self._script is None and self._is_asked_again:
            self._is_asked_again = False
            self._script = self._replace_all()
            self._follow_script()

    def _begin(self) -> Script:
        prepared = self._start("chatserver.preparing", *self._preparing)
        yield lambda: prepared.has_ended
        if prepared.code:
            self._fail(prepared)
            return
        self._workers = [self._start_worker(place) for place in range(len(self._listeners))]
        yield lambda: all(worker.is_ready for worker in self._workers)
        self._is_up = True
        self._on_ready()

    def _replace_all(self) -> Script:
        log.info("replacing the workers, one after the other")
        prepared = self._start("chatserver.preparing", *self._preparing, "--again")
        yield lambda: prepared.has_ended
        if prepared.code:
            log.error("could not prepare: the workers go on as they are")
            return
        for place in range(len(self._workers)):
            yield from self._replace_early(place) if self._overlaps else self._replace_late(place)
            if not self._workers[place].is_ready:
                log.error("the new worker %d does not start: the others go on as they are", place + 1)
                return
        log.info("all workers are replaced")

    def _replace_early(self, place: int) -> Script:
        fresh = self._start_worker(place)
        yield lambda: fresh.is_ready or fresh.has_ended
        if fresh.is_ready:
            old, self._workers[place] = self._workers[place], fresh
            old.leave()
            yield lambda: old.has_ended

    def _replace_late(self, place: int) -> Script:
        old = self._workers[place]
        old.leave()
        yield lambda: old.has_ended
        self._workers[place] = fresh = self._start_worker(place)
        yield lambda: fresh.is_ready or fresh.has_ended

    # The end

    def _fail(self, child: Child) -> None:
        """What can't start at all is not tried again."""
        self._code = child.code or 1
        self._stop()

    def _stop(self) -> None:
        self._script = None
        self._stop_until = self._stop_until or time.monotonic() + STOP_SECONDS
        for listener in self._listeners:
            listener.close()
        for child in self._children:
            if not child.has_ended:
                child.leave()

    def _kill(self) -> None:
        self._code = 1
        for child in self._children:
            log.error("pid %d does not end: killing it", child.process.pid)
            child.process.kill()
        self._stop_until = float("inf")

    # Signals

    def _listen_to_signals(self) -> None:
        """They come as bytes over a line of their own, so that nothing is ever interrupted."""
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        signal.set_wakeup_fd(theirs.fileno())
        self._signals = (ours, theirs)
        for number in SIGNALS:
            signal.signal(number, _noted)
        self._selector.register(ours, selectors.EVENT_READ, self._obey)

    def _obey(self) -> None:
        for number in self._signals[0].recv(16):
            if number == signal.SIGHUP:
                self._is_asked_again = self._stop_until is None
            elif number in SIGNALS:
                self._stop()


def _at_once() -> bool:
    return True


def _noted(number: int, frame: object) -> None:
    pass
