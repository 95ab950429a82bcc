"""Who is connected to what in this process, and the way of events to them. Everything runs on the loop thread.

Invariant: whoever joined a topic gets every seq after the one it joined with, once, in order, in its own view. Whatever
the bus does, arrivals are delivered only as one contiguous run; a hole is read from the history, which is the truth.

`publish` and its siblings below are for domain code: from any thread, after its commit, also where no hub runs.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

from realtime.arriving import Arriving
from realtime.bus import (
    EMPTY,
    AccessChanged,
    Attendance,
    Bus,
    Ephemeral,
    Missed,
    Run,
    Runs,
    SessionsEnded,
    Signal,
    ToMembers,
    Typed,
    View,
    ViewFrames,
)
from realtime.connection import Connection
from realtime.joining import Joining
from realtime.metrics import Metrics
from realtime.topic import REPLAY_FRAMES, UNKNOWN_SEQ, Follower, Head, History, Topic

__all__ = [
    "EMPTY",
    "REPLAY_FRAMES",
    "Head",
    "History",
    "Hub",
    "Run",
    "View",
    "ViewFrames",
    "access_changed",
    "publish",
    "publish_ephemeral",
    "sessions_ended",
    "sockets_of",
    "tell_members",
]


class Hub:
    def __init__(self, loop: asyncio.AbstractEventLoop, history: History, *, bus: Bus | None = None) -> None:
        self.loop, self.history, self.bus = loop, history, bus
        self.process = secrets.token_hex(8)  # what the others know us by
        self.metrics = Metrics()
        self.on_access_changed: Callable[[frozenset[int]], None] = lambda member_ids: None
        self.on_sessions_ended: Callable[[frozenset[str]], None] = lambda session_ids: None
        self.on_presence: Callable[[Attendance | Typed], None] = lambda signal: None
        self.on_missed: Callable[[], None] = lambda: None
        self.topics: dict[str, Topic] = {}
        self._arriving = Arriving(loop, history, self.topics, self.metrics)
        self._joining = Joining(history, self.metrics)
        self._connections: dict[int, dict[Connection, None]] = {}
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """From here on `publish` and its siblings reach this hub."""
        global _running
        self._arriving.start()
        if self.bus is not None:
            self._unsubscribe = self.bus.subscribe(self.receive)
        _running = self

    async def stop(self) -> None:
        global _running
        if _running is self:
            _running = None
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self.bus is not None:
            await self.bus.close()
        await self._arriving.stop()

    async def settle(self) -> None:
        """Returns when what was announced is on its way to the other processes, or can't be now."""
        if self.bus is not None:
            await self.bus.settle()

    # Who is here

    def add(self, connection: Connection) -> None:
        self._connections.setdefault(connection.member_id, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        """It leaves all topics; joins under way end."""
        for topic in list(connection.follows):
            self.leave(topic, connection)
        of_member = self._connections.get(connection.member_id, {})
        of_member.pop(connection, None)
        if not of_member:
            self._connections.pop(connection.member_id, None)

    def connections_of(self, member_id: int) -> tuple[Connection, ...]:
        return tuple(self._connections.get(member_id, ()))

    def connections(self) -> tuple[Connection, ...]:
        return tuple(connection for each in self._connections.values() for connection in each)

    def member_ids(self) -> Collection[int]:
        return self._connections.keys()

    # Joining and leaving

    async def join(self, topic: str, connection: Connection, view: View, after: int | None) -> int:
        """Replay what follows `after`, then live, without gap and without double; returns the seq replayed up to.

        `after` None: from now on. Who is in the topic already goes on in the new view from where it stands, whatever
        `after` says; a join under way is superseded and returns. Who has been removed joins nothing (-1).
        """
        if connection not in self._connections.get(connection.member_id, {}):
            return UNKNOWN_SEQ
        joined = self.topics.setdefault(topic, Topic(topic))
        follower = joined.add(connection, view, after)
        try:
            await self._arriving.open(joined)
            if follower.is_arriving():
                await self._joining.run(joined, follower)
                self._arriving.expect(joined, follower.after)
        except BaseException:  # cancelled too: nobody half-joined stays behind
            self._forget(joined, follower)
            raise
        return follower.after

    def leave(self, topic: str, connection: Connection) -> None:
        followed = self.topics.get(topic)
        follower = followed.followers.get(connection) if followed is not None else None
        if followed is not None and follower is not None:
            self._forget(followed, follower)

    def _forget(self, topic: Topic, follower: Follower) -> None:
        topic.remove(follower)
        if not topic.followers and self.topics.get(topic.name) is topic:
            topic.forget_timer()
            del self.topics[topic.name]

    # With a seq

    def arrive(self, run: Run) -> None:
        """Committed events, in any order: delivers the contiguous run only."""
        self._arriving.arrive(run)

    # Without a seq

    def tell(self, topic: str, frames: ViewFrames) -> None:
        """To all who are in the topic, with its next fan-out; lost for whoever comes later."""
        told = self.topics.get(topic)
        if told is not None and told.is_open:
            told.asides.append(frames)
            self._arriving.fan_out.schedule(told)

    def tell_member(self, member_id: int, frame: bytes, *, but: Connection | None = None) -> None:
        """To all sockets of a member, in every process, but one."""
        self._tell_here(member_id, frame, but)
        self.tell_others(ToMembers(frozenset((member_id,)), frame))

    def _tell_here(self, member_id: int, frame: bytes, but: Connection | None = None) -> None:
        for connection in self.connections_of(member_id):
            if connection is not but:
                connection.send(frame)

    # From other threads and other processes

    def receive(self, signal: Signal) -> None:
        match signal:
            case Runs(runs):
                for run in runs:
                    self.arrive(run)
            case Ephemeral(topic, frames):
                self.tell(topic, frames)
            case ToMembers(member_ids, frame):
                for member_id in member_ids:
                    self._tell_here(member_id, frame)
            case AccessChanged(member_ids):
                self.on_access_changed(member_ids)
            case SessionsEnded(session_ids):
                self.on_sessions_ended(session_ids)
            case Attendance() | Typed():
                self.on_presence(signal)
            case Missed():
                self.on_missed()

    def announce(self, signal: Signal) -> None:
        """Here and in the other processes."""
        self.receive(signal)
        self.tell_others(signal)

    def tell_others(self, signal: Signal) -> None:
        """In the other processes alone."""
        if self.bus is not None:
            self.bus.send(signal, self.receive)


_running: Hub | None = None


def _announce(signal: Signal) -> None:
    hub = _running
    if hub is not None:
        with suppress(RuntimeError):  # the loop has just been closed: the database has it all
            hub.loop.call_soon_threadsafe(hub.announce, signal)


def publish(runs: Sequence[Run]) -> None:
    """Committed events."""
    if runs:
        _announce(Runs(tuple(runs)))


def publish_ephemeral(topic: str, frames: ViewFrames) -> None:
    _announce(Ephemeral(topic, frames))


def tell_members(member_ids: Iterable[int], frame: bytes) -> None:
    _announce(ToMembers(frozenset(member_ids), frame))


def access_changed(member_ids: Collection[int]) -> None:
    """What these members may do has changed: their sockets are decided again."""
    _announce(AccessChanged(frozenset(member_ids)))


def sessions_ended(session_ids: Collection[str]) -> None:
    """Signed out: the sockets of these sessions are closed."""
    _announce(SessionsEnded(frozenset(session_ids)))


def sockets_of(member_id: int) -> dict[str, int] | None:
    """Session → its open sockets. None where it isn't known: nothing runs here, or other processes serve them too."""
    hub = _running
    if hub is None or hub.bus is not None:
        return None
    return dict(Counter(connection.session for connection in hub.connections_of(member_id)))


def is_running() -> bool:
    """Whether anybody can be connected here: what nobody hears need not be read from the database."""
    return _running is not None
