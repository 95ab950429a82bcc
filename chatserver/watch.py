"""Open sockets keep to what is true now: whoever's access has moved is looked at again.

The hub says so at once; and every second one query compares the epochs of all who are connected, so that a change made
by another process, or by hand in the database, is followed within a second or two (S18).
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import OperationalError
from django.utils import timezone

from accounts.queries import access
from chatserver.protocol import MutesChanged, ReadersChanged, RosterChanged, framed
from realtime import topics
from realtime.hub import ViewFrames
from rooms.events import PEER, STAFF
from rooms.models import Course
from rooms.queries.mutes import Muting, mutes_in
from rooms.queries.readers import Readers, readers_of
from rooms.queries.states import ReaderCounts, mutes_seen, reader_counts

if TYPE_CHECKING:
    from chatserver.client import Client
    from chatserver.engine import Engine

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
FOREVER = datetime.max.replace(tzinfo=UTC)


_Counts = tuple[dict[int, Readers], dict[int, int], Mapping[int, Sequence[Muting]]]


@dataclass(frozen=True, slots=True)
class _Guarded:
    """What is compared each second: made anew only when clients change, because a walk over thousands costs more than
    the comparison."""

    epochs: Mapping[int, int]
    until: datetime


def _guarded(clients: "Iterable[Client]") -> _Guarded:
    """Of two sockets of one member the one that was let in earlier counts."""
    epochs: dict[int, int] = {}
    until = FOREVER
    for client in clients:
        member, visit = client.connection.member_id, client.visit
        epochs[member] = min(visit.epoch, epochs.get(member, visit.epoch))
        until = min(until, visit.clearance.until or FOREVER)
    return _Guarded(epochs, until)


class AccessWatch:
    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._changed: set[int] = set()
        self._wake = asyncio.Event()
        self._readers: dict[int, ReaderCounts] = {}
        self._rosters: dict[int, int] = {}
        self._mutes: Mapping[int, Sequence[Muting]] = {}
        self._guarded: _Guarded | None = None
        self._is_dirty = False
        self.looked_at = engine.loop.time()  # when access was last compared

    def access_changed(self, member_ids: Collection[int]) -> None:
        """From the hub: these were just changed. Others read along or are counted, so readers are counted again."""
        self._changed |= set(member_ids)
        self._is_dirty = True
        self._wake.set()

    def clients_changed(self) -> None:
        """Somebody came, went, or has another visit."""
        self._guarded = None

    def missed(self) -> None:
        """From the hub: whatever others have changed, we may not have heard of it."""
        self._is_dirty = True
        self._wake.set()

    def sessions_ended(self, session_ids: Collection[str]) -> None:
        for client in self._engine.clients():
            if client.visit.session in session_ids:
                client.update(None)

    async def run(self) -> None:
        """Until cancelled: at once when something changed, once a second in any case."""
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._look()
                self.looked_at = self._engine.loop.time()
            except OperationalError as problem:
                log.warning("watch: access could not be compared: %s", problem)
                await asyncio.sleep(POLL_SECONDS)
            except Exception:  # this loop must survive: without it nobody would be sent out any more
                log.exception("watch: access could not be compared")
                await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        moved = await self._moved()
        if moved:
            await self._look_again(moved)
        if self._is_dirty or moved:
            self._is_dirty = False
            await self._count_again()

    async def _moved(self) -> "list[Client]":
        """Clients whose member's epoch is no longer the one they were let in with, or whose time is over."""
        guarded = self._guarded = self._guarded or _guarded(self._engine.clients())
        told, self._changed = self._changed, set()
        if not guarded.epochs:
            return []
        moved = told | await self._engine.bridge.run_sync(access.moved, guarded.epochs)
        now = timezone.now()
        if not moved and now < guarded.until:
            return []
        return [c for c in self._engine.clients() if c.connection.member_id in moved or c.is_over(now)]

    async def _look_again(self, clients: "Iterable[Client]") -> None:
        clients = list(clients)
        visits = await self._engine.door.look_again({client.visit.session for client in clients})
        for client in clients:
            client.update(visits.get(client.visit.session))

    async def _count_again(self) -> None:
        """Who can read each served room now, who is paused, and whose roster has moved: told where it differs from what
        was said."""
        rooms = {topics.room_id(name) for name in self._engine.hub.topics}
        courses = {course for client in self._engine.clients() for course in client.visit.places.courses}
        readers, rosters, mutes = await self._engine.bridge.run_sync(_counts, rooms, courses)
        for room, counted in readers.items():
            self._engine.presence.staff_are(room, counted.staff)
        counts = {room: reader_counts(counted, STAFF) for room, counted in readers.items()}
        for room in _differing(counts, self._readers):
            self._tell_readers(room, readers[room])
        for course in _differing(rosters, self._rosters):
            self._tell_roster(course, rosters[course])
        for course in {*mutes, *self._mutes}:
            if mutes.get(course) != self._mutes.get(course):
                self._tell_mutes(course, self._mutes.get(course, ()), mutes.get(course, ()))
        # Only what is served: whoever comes later reads it in `ready`.
        self._readers, self._rosters, self._mutes = counts, rosters, mutes
        for client in self._engine.clients():
            client.missed()

    def _tell_readers(self, room: int, readers: Readers) -> None:
        whole, part = (framed(ReadersChanged(room, reader_counts(readers, view))) for view in (STAFF, PEER))
        self._engine.hub.tell(topics.room(room), ViewFrames(part, {STAFF: whole}))

    def _tell_mutes(self, course: int, before: Sequence[Muting], now: Sequence[Muting]) -> None:
        """To whom it looks different: another child's parents hear nothing, not even that there is something."""
        for client in self._engine.clients():
            if not client.has_greeted:
                continue
            was, seen = (mutes_seen(client.visit.places, course, mutes) for mutes in (before, now))
            if seen is not None and seen != was:
                client.connection.send(framed(MutesChanged(course, seen)))

    def _tell_roster(self, course: int, version: int) -> None:
        frame = framed(RosterChanged(course, version))
        for client in self._engine.clients():
            if client.has_greeted and course in client.visit.places.courses:
                client.connection.send(frame)


def _differing(now: Mapping[int, Any], before: Mapping[int, Any]) -> list[int]:
    return [key for key, value in now.items() if before.get(key) != value]


def _counts(rooms: Collection[int], courses: Collection[int]) -> _Counts:
    versions = Course.objects.filter(pk__in=courses).values_list("pk", "roster_version")
    return readers_of(rooms), dict(versions), mutes_in(courses, timezone.now())
