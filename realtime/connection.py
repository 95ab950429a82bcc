"""One client: who it is, what it follows, how much of it is under way.

Invariant: open → closing → closed, never back; what is sent leaves in the order of the calls, and nothing follows the
farewell.
"""

import asyncio
from enum import StrEnum

from realtime.bus import View
from realtime.outbox import Outbox

IN_FLIGHT_HIGH, IN_FLIGHT_LOW = 32, 8  # commands not yet answered: beyond, we stop reading their sender


class State(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Connection:
    __slots__ = (
        "__weakref__",
        "close_code",
        "deferred",
        "epoch",
        "follows",
        "in_flight",
        "member_id",
        "outbox",
        "reading",
        "session",
        "state",
    )

    def __init__(self, member_id: int, session: str, epoch: int, outbox: Outbox) -> None:
        self.member_id, self.session, self.epoch, self.outbox = member_id, session, epoch, outbox
        self.follows: dict[str, View] = {}  # kept by the hub
        self.state = State.OPEN
        self.close_code: int | None = None
        self.deferred: list[bytes] = []
        self.in_flight = 0
        self.reading = True

    def send(self, frame: bytes) -> None:
        """One or more whole frames, now, behind what has been deferred."""
        if self.state is not State.OPEN:
            return
        if self.deferred:
            frame, self.deferred = b"".join((*self.deferred, frame)), []
        self.outbox.write(frame)

    def defer(self, frame: bytes) -> None:
        """Goes out in one write with the next fan-out of this turn of the loop, or by itself right after it."""
        if self.state is not State.OPEN:
            return
        if not self.deferred:  # two turns: the fan-out is called in the first
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self.flush)
        self.deferred.append(frame)

    def flush(self) -> None:
        if self.deferred:
            self.send(b"")

    def close(self, code: int, farewell: bytes | None = None) -> None:
        """`farewell` is the framed `closing`, which goes before each close for a reason of the server."""
        if self.state is not State.OPEN:
            return
        if farewell is not None:
            self.send(farewell)
        else:
            self.flush()
        self.state, self.close_code = State.CLOSING, code
        self.outbox.close(code)

    def lost(self) -> None:
        """The socket is gone."""
        self.state = State.CLOSED
        self.deferred = []

    # Commands under way

    def accept_command(self) -> None:
        self.in_flight += 1
        if self.reading and self.in_flight >= IN_FLIGHT_HIGH:
            self.reading = False
            self.outbox.pause_reading()

    def answer_command(self, count: int = 1) -> None:
        self.in_flight -= count
        if not self.reading and self.in_flight <= IN_FLIGHT_LOW:
            self.reading = True
            if self.state is State.OPEN:
                self.outbox.resume_reading()
