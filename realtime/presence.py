"""Who is in a topic and who is typing, told at most once a second per topic.

Invariants: a person is here as long as one of their sockets is, and who is gone and back within a second was never
gone for the others. Nothing of this is stored or replayed: its truth is `ready` and the roster.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

TELL_SECONDS = 1.0
TYPING_SECONDS = 5.0

Seat = int
OnPresence = Callable[[str, list[Seat], list[Seat]], None]
"""(topic, here, gone): the seats that came and went since the last time, sorted."""
OnTyping = Callable[[str, list[Seat]], None]
"""(topic, seats): all who are typing now, sorted."""


@dataclass(slots=True)
class _Attendance:
    sockets: dict[Seat, set[object]] = field(default_factory=dict)
    told: set[Seat] = field(default_factory=set)


class Presence:
    def __init__(self, on_change: OnPresence) -> None:
        self._on_change = on_change
        self._topics: dict[str, _Attendance] = {}
        self._changed: dict[str, None] = {}
        self._timer = _Timer(self.tell)

    def enter(self, topic: str, seat: Seat, socket: object) -> None:
        attendance = self._topics.setdefault(topic, _Attendance())
        attendance.sockets.setdefault(seat, set()).add(socket)
        self._note(topic)

    def leave(self, topic: str, seat: Seat, socket: object) -> None:
        """Also for who is not here."""
        attendance = self._topics.get(topic)
        if attendance is None or seat not in attendance.sockets:
            return
        attendance.sockets[seat].discard(socket)
        if not attendance.sockets[seat]:
            del attendance.sockets[seat]
        self._note(topic)

    def here(self, topic: str) -> list[Seat]:
        """As it was last told: what comes next is the difference to this, also for who is new in the topic."""
        attendance = self._topics.get(topic)
        return sorted(attendance.told) if attendance is not None else []

    def tell(self) -> None:
        """What has changed since the last time; called once a second while something has."""
        changed, self._changed = self._changed, {}
        for topic in changed:
            attendance = self._topics[topic]
            here, before = set(attendance.sockets), attendance.told
            attendance.told = here
            if not here:
                del self._topics[topic]
            if here != before:
                self._on_change(topic, sorted(here - before), sorted(before - here))

    def _note(self, topic: str) -> None:
        self._changed[topic] = None
        self._timer.start()


class Typing:
    def __init__(self, on_change: OnTyping, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._on_change, self._clock = on_change, clock
        self._until: dict[str, dict[Seat, float]] = {}
        self._told: dict[str, list[Seat]] = {}
        self._timer = _Timer(self.tell)

    def typed(self, topic: str, seat: Seat) -> None:
        """Counts for TYPING_SECONDS."""
        self._until.setdefault(topic, {})[seat] = self._clock() + TYPING_SECONDS
        self._timer.start()

    def stopped(self, topic: str, seat: Seat) -> None:
        """The message is sent, or the person gone."""
        self._until.get(topic, {}).pop(seat, None)
        self._timer.start()

    def tell(self) -> None:
        """What has changed since the last time; called once a second while anybody types."""
        now = self._clock()
        for topic in [*self._until]:
            until = self._until[topic]
            seats = sorted(seat for seat, end in until.items() if end > now)
            self._until[topic] = {seat: until[seat] for seat in seats}
            if not seats:
                del self._until[topic]
            self._tell_topic(topic, seats)
        if self._until:
            self._timer.start()

    def _tell_topic(self, topic: str, seats: list[Seat]) -> None:
        if seats == self._told.get(topic, []):
            return
        if seats:
            self._told[topic] = seats
        else:
            del self._told[topic]
        self._on_change(topic, seats)


class _Timer:
    """Calls once, TELL_SECONDS after the first start since its last call. Needs a running loop."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_later(TELL_SECONDS, self._ring)

    def _ring(self) -> None:
        self._handle = None
        self._call()
