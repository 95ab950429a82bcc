"""Who is in a topic and who is typing, told at most once a second per topic.

Invariants: a person is here as long as one of their sockets is, in whichever process, and who is gone and back within a
second was never gone for the others. Nothing of this is stored or replayed: its truth is `ready` and the roster.

Each process says who is here through its own sockets, whole topics and never differences, and all of it on every beat:
what the bus loses is put right by the next one. Who is silent is taken to be gone, with its people.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from realtime.bus import Seat

TELL_SECONDS = 1.0
SAY_SECONDS = 0.25  # to the other processes, which tell their own
TYPING_SECONDS = 5.0
BEAT_SECONDS = 2.0
SILENT_SECONDS = 7.0  # three beats and a bit

OnPresence = Callable[[str, list[Seat], list[Seat]], None]
"""(topic, here, gone): the seats that came and went since the last time, sorted."""
OnOwn = Callable[[Mapping[str, tuple[Seat, ...]]], None]
"""Topic → all who are here through sockets of this process, for topics where that has changed."""
OnTyping = Callable[[str, list[Seat]], None]
"""(topic, seats): all who are typing now, sorted."""


@dataclass(slots=True)
class _Attendance:
    sockets: dict[Seat, set[object]] = field(default_factory=dict)
    told: set[Seat] = field(default_factory=set)


class Elsewhere:
    """Who is here through sockets of other processes, as each of them said last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seats: dict[str, dict[str, frozenset[Seat]]] = {}
        self._heard_at: dict[str, float] = {}

    def hear(self, process: str, seats: Mapping[str, Collection[Seat]], *, is_whole: bool) -> list[str]:
        """The topics in which that changes something."""
        self._heard_at[process] = self._clock()
        before = self._seats.get(process, {})
        told = {topic: frozenset(here) for topic, here in seats.items()}
        merged = told if is_whole else {**before, **told}
        self._seats[process] = {topic: here for topic, here in merged.items() if here}
        return [topic for topic in {**before, **told} if before.get(topic) != self._seats[process].get(topic)]

    def forget_silent(self) -> list[str]:
        """Whoever has not been heard for long is gone; the topics in which that changes something."""
        since = self._clock() - SILENT_SECONDS
        silent = [process for process, heard_at in self._heard_at.items() if heard_at < since]
        return [topic for process in silent for topic in self._forget(process)]

    def _forget(self, process: str) -> Iterable[str]:
        del self._heard_at[process]
        return self._seats.pop(process)

    def knows(self, process: str) -> bool:
        return process in self._heard_at

    def here(self, topic: str) -> set[Seat]:
        return {seat for seats in self._seats.values() for seat in seats.get(topic, ())}


class Presence:
    """`on_own` is what the other processes have to hear; None where there are none."""

    def __init__(self, on_change: OnPresence, on_own: OnOwn | None = None) -> None:
        self._on_change, self._on_own = on_change, on_own
        self._topics: dict[str, _Attendance] = {}
        self._elsewhere = Elsewhere()
        self._changed: dict[str, None] = {}
        self._to_say: dict[str, None] = {}
        self._tell_timer = _Timer(TELL_SECONDS, self.tell)
        self._say_timer = _Timer(SAY_SECONDS, self.say)

    def enter(self, topic: str, seat: Seat, socket: object) -> None:
        attendance = self._topics.setdefault(topic, _Attendance())
        attendance.sockets.setdefault(seat, set()).add(socket)
        self._note_own(topic)

    def leave(self, topic: str, seat: Seat, socket: object) -> None:
        """Also for who is not here."""
        attendance = self._topics.get(topic)
        if attendance is None or seat not in attendance.sockets:
            return
        attendance.sockets[seat].discard(socket)
        if not attendance.sockets[seat]:
            del attendance.sockets[seat]
        self._note_own(topic)

    def here(self, topic: str) -> list[Seat]:
        """As it was last told: what comes next is the difference to this, also for who is new in the topic."""
        attendance = self._topics.get(topic)
        return sorted(attendance.told) if attendance is not None else []

    def tell(self) -> None:
        """What has changed since the last time; called once a second while something has."""
        changed, self._changed = self._changed, {}
        for topic in changed:
            attendance = self._topics.setdefault(topic, _Attendance())
            here, before = attendance.sockets.keys() | self._elsewhere.here(topic), attendance.told
            attendance.told = here
            if not here:
                del self._topics[topic]
            if here != before:
                self._on_change(topic, sorted(here - before), sorted(before - here))

    # The other processes

    def own(self) -> dict[str, tuple[Seat, ...]]:
        """All who are here through sockets of this process."""
        return {topic: tuple(attendance.sockets) for topic, attendance in self._topics.items() if attendance.sockets}

    def say(self) -> None:
        """Where own ones came and went since the last time; called soon after something has changed."""
        topics, self._to_say = self._to_say, {}
        if self._on_own is not None:
            self._on_own(
                {topic: tuple(self._topics[topic].sockets) if topic in self._topics else () for topic in topics}
            )

    def hear(self, process: str, seats: Mapping[str, Collection[Seat]], *, is_whole: bool) -> bool:
        """What another process said; whether that is the first we hear of it."""
        is_new = not self._elsewhere.knows(process)
        self._note(self._elsewhere.hear(process, seats, is_whole=is_whole))
        return is_new

    def forget_silent(self) -> None:
        self._note(self._elsewhere.forget_silent())

    def _note_own(self, topic: str) -> None:
        self._note([topic])
        if self._on_own is not None:
            self._to_say[topic] = None
            self._say_timer.start()

    def _note(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._changed[topic] = None
            self._tell_timer.start()


class Typing:
    def __init__(self, on_change: OnTyping, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._on_change, self._clock = on_change, clock
        self._until: dict[str, dict[Seat, float]] = {}
        self._told: dict[str, list[Seat]] = {}
        self._timer = _Timer(TELL_SECONDS, self.tell)

    def typed(self, topic: str, seat: Seat) -> None:
        """Counts for TYPING_SECONDS."""
        self._until.setdefault(topic, {})[seat] = self._clock() + TYPING_SECONDS
        self._timer.start()

    def stopped(self, topic: str, seat: Seat) -> bool:
        """The message is sent, or the person gone. Whether they were typing."""
        was_typing = self._until.get(topic, {}).pop(seat, None) is not None
        if was_typing:
            self._timer.start()
        return was_typing

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
    """Calls once, so many seconds after the first start since its last call. Needs a running loop."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self._seconds, self._call = seconds, call
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_later(self._seconds, self._ring)

    def _ring(self) -> None:
        self._handle = None
        self._call()
