"""Who is here and who is typing, for whom it is meant.

In a school, students see staff alone, staff see students too, and parents appear to nobody (U17, U18). Nothing of it is
stored; there is no "last seen". Each process tells its own sockets; what the others need for that goes over the bus
(docs/decisions/0005).
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chatserver.protocol import PresenceSeats, TypingSeats, framed
from realtime import presence, topics
from realtime.bus import Attendance, Seat, Typed
from realtime.hub import ViewFrames
from realtime.presence import Presence, Typing
from rooms.events import STAFF
from rooms.queries.standings import PARENT, Standing

if TYPE_CHECKING:
    from chatserver.client import Client
    from chatserver.engine import Engine

NOTHING = b""  # for a view that has nothing to hear


class RoomPresence:
    def __init__(self, engine: "Engine") -> None:
        self._hub = engine.hub
        self._is_still = False
        self._presence = Presence(self._tell_presence, self._say_own if engine.hub.bus is not None else None)
        self._typing = Typing(self._tell_typing)
        self._staff: dict[int, frozenset[Seat] | None] = {}  # room → whom students may see; None: everybody
        self._shown_typing: dict[int, list[Seat]] = {}  # room → what students see now

    async def run(self) -> None:
        """Until cancelled, where there are other processes: say who is here, and forget those who have gone silent."""
        while True:
            self._say_whole()
            await asyncio.sleep(presence.BEAT_SECONDS)
            self._presence.forget_silent()

    def keep_still(self) -> None:
        """At a restart: our people are on their way to another process, and nobody has to see them go and come."""
        self._is_still = True

    def hear(self, signal: Attendance | Typed) -> None:
        """From another process."""
        if isinstance(signal, Attendance):
            if self._presence.hear(signal.process, signal.seats, is_whole=signal.is_whole):
                self._say_whole()  # it has just started, and knows of nobody
        elif signal.is_typing:
            self._typing.typed(signal.topic, signal.seat)
        else:
            self._typing.stopped(signal.topic, signal.seat)

    def _say_own(self, seats: Mapping[str, tuple[Seat, ...]]) -> None:
        if not self._is_still:
            self._hub.tell_others(Attendance(self._hub.process, seats, False))

    def _say_whole(self) -> None:
        if not self._is_still:
            self._hub.tell_others(Attendance(self._hub.process, self._presence.own(), True))

    def arrive(self, client: "Client") -> None:
        """A socket that has greeted, or whose rooms have changed: it is here."""
        for standing in client.visit.standings.values():
            self._staff[standing.room.pk] = _shown_to_students(client, standing)
            if _appears(standing) and not client.is_away:
                self._presence.enter(topics.room(standing.room.pk), standing.seat, client.connection)

    def show(self, client: "Client", standing: Standing) -> None:
        """A socket that has just joined a room learns who is here; what changes later it hears with the others."""
        topic = topics.room(standing.room.pk)
        here = self._seen(standing.room.pk, self._presence.here(topic), standing.view)
        if here:
            client.connection.send(framed(PresenceSeats(standing.room.pk, here, [])))

    def leave(self, client: "Client", standing: Standing) -> None:
        if _appears(standing):
            self._presence.leave(topics.room(standing.room.pk), standing.seat, client.connection)
            self.sent(standing)

    def gone(self, client: "Client") -> None:
        for standing in client.visit.standings.values():
            self.leave(client, standing)

    def set_state(self, client: "Client", state: str) -> None:
        """`away`: the page is hidden or nobody has touched it for a while."""
        client.is_away = state == "away"
        for standing in client.visit.standings.values():
            if client.is_away:
                self.leave(client, standing)
            elif _appears(standing):
                self._presence.enter(topics.room(standing.room.pk), standing.seat, client.connection)

    def typing(self, standing: Standing) -> None:
        topic = topics.room(standing.room.pk)
        self._typing.typed(topic, standing.seat)
        self._hub.tell_others(Typed(topic, standing.seat, True))

    def sent(self, standing: Standing) -> None:
        """The message is out: nobody types it any longer."""
        topic = topics.room(standing.room.pk)
        if self._typing.stopped(topic, standing.seat):
            self._hub.tell_others(Typed(topic, standing.seat, False))

    def staff_are(self, room: int, seats: Iterable[Seat]) -> None:
        """Whoever of them has come or gone in another process: students of this one see whom they may."""
        if self._staff.get(room) is not None:
            self._staff[room] = frozenset(seats)

    def _seen(self, room: int, seats: list[Seat], view: str) -> list[Seat]:
        shown = self._staff.get(room, frozenset())
        return seats if view == STAFF or shown is None else [seat for seat in seats if seat in shown]

    def _tell_presence(self, topic: str, here: list[Seat], gone: list[Seat]) -> None:
        if topic not in self._hub.topics:
            return
        room = topics.room_id(topic)
        shown_here, shown_gone = self._seen(room, here, ""), self._seen(room, gone, "")
        part = framed(PresenceSeats(room, shown_here, shown_gone)) if shown_here or shown_gone else NOTHING
        self._hub.tell(topic, ViewFrames(part, {STAFF: framed(PresenceSeats(room, here, gone))}))

    def _tell_typing(self, topic: str, seats: list[Seat]) -> None:
        """Students hear nothing of it when a student types, not even that somebody does."""
        room = topics.room_id(topic)
        shown, before = self._seen(room, seats, ""), self._shown_typing.pop(room, [])
        part = framed(TypingSeats(room, shown)) if shown != before else NOTHING
        if shown:
            self._shown_typing[room] = shown
        self._hub.tell(topic, ViewFrames(part, {STAFF: framed(TypingSeats(room, seats))}))


def _appears(standing: Standing) -> bool:
    return bool(standing.seat) and standing.role != PARENT


def _shown_to_students(client: "Client", standing: Standing) -> frozenset[Seat] | None:
    if standing.room.course.school_id is None:
        return None
    return frozenset(client.visit.places.readers[standing.room.pk].staff)
