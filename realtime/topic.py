"""One topic of this process: who follows it, how far it is, what is kept for those who come back.

Invariants: `seq` is the last event taken over here, `fanned` the last handed to a fan-out, `pending` exactly what lies
between. A live follower has everything up to `fanned` or stands in the rest of the fan-out under way; a waiting one
has everything up to its `after`, which is not below `fanned`. The ring holds a contiguous tail up to `seq`.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from realtime.bus import Run, View, ViewFrames
from realtime.connection import Connection

RING_EVENTS = 200
HELD_EVENTS = 2_000  # beyond, the history is read instead
REPLAY_FRAMES = 500
WRITE_BYTES = 256 * 1024  # the most one write hands to a socket, so that one burst isn't taken for a slow peer
ASIDES = 32


class Head(NamedTuple):
    """first_seq: the oldest event kept (last_seq + 1 when there is none)."""

    first_seq: int
    last_seq: int


class History(Protocol):
    """The truth. Its methods may be slow and may fail; both delay and neither loses."""

    async def heads(self, topics: Collection[str]) -> dict[str, Head]:
        """Topics that have no events may be missing."""

    async def frames(self, topic: str, view: View, after: int, upto: int) -> list[bytes]:
        """One frame per seq in (after, upto], in order, at most the first REPLAY_FRAMES of them."""

    def gap(self, topic: str, head: Head) -> bytes:
        """The framed `gap`: the client drops its state of the topic and pages."""


NO_EVENTS = Head(1, 0)
UNKNOWN_SEQ = -1


class Stage(Enum):
    ARRIVING = 1  # its replay is under way
    WAITING = 2  # has all it can have, and joins with the next fan-out
    LIVE = 3
    LEFT = 4


@dataclass(slots=True, eq=False)
class Follower:
    connection: Connection
    view: View
    stage: Stage = Stage.ARRIVING
    asked: int | None = None  # what it came with; None: from now on
    after: int = UNKNOWN_SEQ  # has everything up to here, while it isn't live

    def is_arriving(self) -> bool:
        return self.stage is Stage.ARRIVING

    def send_events(self, events: Sequence[ViewFrames]) -> None:
        if events:
            self.connection.send(b"".join([event.for_view(self.view) for event in events]))
            self.after += len(events)

    def send_asides(self, asides: Sequence[ViewFrames]) -> None:
        if asides:
            self.connection.send(b"".join([aside.for_view(self.view) for aside in asides]))


@dataclass(slots=True, eq=False)
class Topic:
    name: str
    is_open: bool = False
    opening: asyncio.Task[None] | None = None  # reads the head for the first who joins
    first_seq: int = 1
    seq: int = 0
    fanned: int = 0
    expected: int = 0  # the highest seq known to exist
    is_filling: bool = False
    hole_timer: asyncio.TimerHandle | None = None
    followers: dict[Connection, Follower] = field(default_factory=dict)
    live: dict[Follower, None] = field(default_factory=dict)
    waiting: dict[Follower, None] = field(default_factory=dict)
    snapshot: tuple[Follower, ...] | None = None  # of live, until that changes
    ring: deque[tuple[int, ViewFrames]] = field(default_factory=lambda: deque(maxlen=RING_EVENTS))
    held: dict[int, Run] = field(default_factory=dict)  # by first seq: arrived before their predecessor
    pending: deque[ViewFrames] = field(default_factory=deque)
    asides: deque[ViewFrames] = field(default_factory=lambda: deque(maxlen=ASIDES))
    # The fan-out under way
    is_scheduled: bool = False
    rest: tuple[Follower, ...] = ()
    done: int = 0  # how many of rest have got theirs
    rest_after: int = 0  # what those who haven't have
    data: bytes = b""
    data_by_view: dict[View, bytes] | None = None  # None: the same for all
    spent_seconds: float = 0.0
    not_before: float = 0.0  # pacing

    def open(self, head: Head) -> None:
        self.first_seq = head.first_seq
        self.seq = self.fanned = head.last_seq
        self.is_open = True

    # Events

    def take(self, events: Sequence[ViewFrames]) -> None:
        """The next ones."""
        for seq, event in enumerate(events, self.seq + 1):
            if event.rewrites:
                self.ring.clear()
            self.ring.append((seq, event))
        self.pending.extend(events)
        self.seq += len(events)

    def take_filled(self, events: Sequence[ViewFrames]) -> None:
        """The next ones, read for the views present alone: of no use to who comes later."""
        self.ring.clear()
        self.pending.extend(events)
        self.seq += len(events)

    def hold(self, run: Run) -> None:
        known = self.held.get(run.first_seq)
        if known is None or len(known.events) < len(run.events):
            self.held[run.first_seq] = run
        if sum(len(each.events) for each in self.held.values()) > HELD_EVENTS:
            self.held.clear()

    def next_held(self) -> Run | None:
        """A held run that brings the next event; older ones are dropped."""
        while self.held and (first := min(self.held)) <= self.seq + 1:
            run = self.held.pop(first)
            if first + len(run.events) - 1 > self.seq:
                return run
        return None

    def end_of_hole(self) -> int:
        return min(self.held) - 1 if self.held else self.expected

    def ring_covers(self, after: int) -> bool:
        return bool(self.ring) and self.ring[0][0] <= after + 1

    def ring_page(self, after: int) -> list[ViewFrames]:
        """What follows, as much as goes into one write."""
        page, size = [], 0
        for seq, event in self.ring:
            if seq > after:
                page.append(event)
                size += len(event.default)
                if size > WRITE_BYTES:
                    break
        return page

    # Followers

    def views(self) -> set[View]:
        return {follower.view for follower in self.followers.values()}

    def add(self, connection: Connection, view: View, after: int | None) -> Follower:
        """Who is here already takes its progress along into the new view."""
        known = self.followers.get(connection)
        if known is not None:
            after = self._progress_of(known)
            self._withdraw(known)
        follower = self.followers[connection] = Follower(connection, view, asked=after)
        connection.follows[self.name] = view
        return follower

    def remove(self, follower: Follower) -> None:
        self._withdraw(follower)
        if self.followers.get(follower.connection) is follower:
            del self.followers[follower.connection]
            follower.connection.follows.pop(self.name, None)

    def admit(self, follower: Follower) -> None:
        """It has everything up to seq or beyond."""
        if follower.after == self.fanned:
            self._go_live(follower)
        else:
            follower.stage = Stage.WAITING
            self.waiting[follower] = None

    def settle(self) -> None:
        """Who waited and has nothing that the next fan-out brings again is live."""
        for follower in [each for each in self.waiting if each.after <= self.fanned]:
            del self.waiting[follower]
            self._go_live(follower)

    def _go_live(self, follower: Follower) -> None:
        follower.stage = Stage.LIVE
        self.live[follower] = None
        self.snapshot = None

    def _withdraw(self, follower: Follower) -> None:
        if follower.stage is Stage.LIVE:
            del self.live[follower]
            self.snapshot = None
        elif follower.stage is Stage.WAITING:
            del self.waiting[follower]
        follower.stage = Stage.LEFT

    def _progress_of(self, follower: Follower) -> int | None:
        """The seq up to which it has everything; what it asked for when it waits for the topic to open."""
        if follower.stage is Stage.LIVE:
            return self.rest_after if follower in self.rest[self.done :] else self.fanned
        return follower.asked if follower.after == UNKNOWN_SEQ else follower.after

    def forget_timer(self) -> None:
        if self.hole_timer is not None:
            self.hole_timer.cancel()
            self.hole_timer = None


def page_of(frames: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The frames in portions that go into one write each."""
    page: list[bytes] = []
    size = 0
    for frame in frames:
        page.append(frame)
        size += len(frame)
        if size > WRITE_BYTES:
            yield page
            page, size = [], 0
    if page:
        yield page
