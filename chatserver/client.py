"""One signed-in socket: its frames in, its access, its end. What it asks for is carried out in `chatserver.commands`.

Invariants: whatever is wrong with a frame is answered with a code and a sentence and changes nothing else; nothing but
a `closing` is said before `ready`.
"""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation

from accounts.errors import CODES, AppError
from chatserver import protocol, states
from chatserver.access import note_socket
from chatserver.commands import Commands
from chatserver.door import Visit
from chatserver.farewells import farewell
from chatserver.logs import new_id
from chatserver.protocol import BadFrame, framed
from consent import gate
from realtime import topics
from realtime.closing import CloseCode
from realtime.connection import Connection, State
from realtime.outbox import Outbox
from rooms.commands import RoomCommand
from rooms.queries.standings import Standing

if TYPE_CHECKING:
    from chatserver.engine import Engine

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
HOPELESS_FRAMES = 3
FLOOD_SECONDS = 5


class Client:
    """A connection of the hub, with the visit that the door found for it."""

    def __init__(self, engine: "Engine", visit: Visit, outbox: Outbox) -> None:
        self.engine, self.visit = engine, visit
        self.id = new_id("s")  # of its lines in the log
        self._begun_at = engine.loop.time()
        self.connection = Connection(visit.member.pk, visit.session, visit.epoch, outbox)
        self.has_greeted = False
        self.is_away = False
        self._hopeless = 0
        self._commands: Commands | None = None  # of one who only reads there are none
        self._tasks: set[asyncio.Task[None]] = set()
        self._to_join: dict[int, int] = {}  # room → seq after which its events are missing here
        self._is_joining = self._is_stale = False
        self._hello_timer = engine.loop.call_later(HELLO_SECONDS, self._no_hello)

    # In

    def receive(self, payload: bytes) -> None:
        """A frame of the client, on the loop."""
        if not self._is_open:
            return
        if self.engine.limits.of_frame(self.connection.member_id):
            self.close(CloseCode.TOO_MANY_FRAMES, retry_after_seconds=FLOOD_SECONDS)
            return
        try:
            self._take(protocol.decode(payload))
        except BadFrame as bad:
            self._answer_bad(bad)

    def _take(self, frame: protocol.ClientFrame) -> None:
        """Raises BadFrame for what is out of turn: a second `hello`, anything before the first."""
        if isinstance(frame, protocol.Hello) == self.has_greeted:
            raise BadFrame("invalid_frame", getattr(frame, "ref", None), is_hopeless=not self.has_greeted)
        if isinstance(frame, protocol.Hello):
            self._greet(frame)
        elif isinstance(frame, RoomCommand):
            self._commands = self._commands or Commands(self)
            self._commands.take(frame)
        elif isinstance(frame, protocol.Typing):
            self._typing(frame)
        else:
            self.engine.presence.set_state(self, frame.state)

    def _answer_bad(self, bad: BadFrame) -> None:
        self._hopeless += bad.is_hopeless
        if self._hopeless >= HOPELESS_FRAMES:
            self.close(CloseCode.PROTOCOL_BROKEN)
        else:
            self.refuse(bad.ref, CODES[bad.code]())

    def _no_hello(self) -> None:
        if not self.has_greeted:
            self.close(CloseCode.PROTOCOL_BROKEN)

    # Greeting

    def _greet(self, hello: protocol.Hello) -> None:
        """`ready`, then each room from where the client is: as a rule in one write."""
        self._hello_timer.cancel()
        self.has_greeted = True
        self.engine.hub.add(self.connection)
        self.connection.defer(framed(states.ready(self.visit, hello.ref)))
        self.visit = self.visit.told()
        self.engine.presence.arrive(self)
        self._to_join = {
            room_id: hello.last.get(room_id, standing.room.head.last_seq)
            for room_id, standing in self.visit.standings.items()
        }
        self._is_joining = True
        self._spawn(self._join_all())

    async def _join_all(self) -> None:
        for room_id in list(self._to_join):
            await self._join(room_id, self._to_join.pop(room_id))
        self._is_joining = False
        if self._is_stale:
            self.engine.watch.access_changed([self.connection.member_id])

    async def _join(self, room_id: int, after: int) -> None:
        if (standing := self.visit.standings.get(room_id)) is None:
            return  # lost meanwhile
        topic = topics.room(room_id)
        await self.engine.hub.join(topic, self.connection, standing.view, after)
        if self.connection.follows.get(topic) == standing.view:
            self.engine.presence.show(self, standing)

    # Access

    def missed(self) -> None:
        """Something was told to all who are in their rooms: who is still on the way in will be looked at again."""
        self._is_stale = self._is_stale or not self.has_greeted or self._is_joining

    def update(self, visit: Visit | None) -> None:
        """What the door says now. Leaving one course closes nothing; the member as a whole being out does."""
        if not self._is_open:
            return  # gone while the door was asked: it must not appear to anybody any more
        if visit is None:
            self.close(CloseCode.SIGNED_OUT)
        elif isinstance(visit.decision, gate.Deny):
            self.close(visit.decision.close_code, reason=visit.decision.code)
        elif visit.epoch >= self.visit.epoch:
            self._move(visit)

    def _move(self, visit: Visit) -> None:
        before, self.visit, self.connection.epoch = self.visit, visit, visit.epoch
        self.engine.watch.clients_changed()
        if not self.has_greeted:
            return
        for room_id, standing in before.standings.items():
            if room_id not in visit.standings:
                self.engine.hub.leave(topics.room(room_id), self.connection)
                self.engine.presence.leave(self, standing)
        if (settings := states.settings_changed(before, visit)) is not None:
            self.connection.send(framed(settings))
        self.connection.send(framed(states.access_changed(visit)))
        self.visit = visit.told()
        self.engine.presence.arrive(self)
        for room_id, standing in visit.standings.items():
            known = before.standings.get(room_id)
            if room_id not in self._to_join and (known is None or known.view != standing.view):
                self._spawn(self._join(room_id, standing.room.head.last_seq))

    def refuse(self, ref: int | None, problem: AppError) -> None:
        with translation.override(self.visit.member.locale):
            text = problem.text
        error = protocol.Error(ref, problem.code, text, problem.field, problem.retry_after_seconds)
        self.connection.send(framed(error))

    # Presence

    def _typing(self, frame: protocol.Typing) -> None:
        standing = self.visit.standings.get(frame.room)
        if standing is None or "send" not in standing.may or _is_muted(standing):
            return
        if not self.engine.limits.of_typing(self.connection.member_id, frame.room):
            self.engine.presence.typing(standing)

    # Out

    @property
    def age_seconds(self) -> float:
        return self.engine.loop.time() - self._begun_at

    @property
    def shown(self) -> dict[str, Any]:
        return {"shown": {"id": self.id}}

    @property
    def _is_open(self) -> bool:
        return self.connection.state is State.OPEN

    def is_over(self, now: datetime) -> bool:
        """Whether the clearance has run out, so that the door has to be asked again."""
        until = self.visit.clearance.until
        return until is not None and until <= now

    def close(self, code: CloseCode, *, reason: str = "", retry_after_seconds: int | None = None) -> None:
        """Leave everything now, say why, close."""
        self.engine.forget(self)
        self._forget_commands()
        words = farewell(code, self.visit.member.locale, reason=reason, retry_after_seconds=retry_after_seconds)
        self.connection.close(code, words)

    def gone(self, code: int) -> None:
        self.lost()
        note_socket(self.id, code, self.age_seconds)

    def lost(self) -> None:
        """The socket is gone: what was submitted is still written, what was queued was never promised."""
        self._hello_timer.cancel()
        self.engine.forget(self)
        self.connection.lost()
        self._forget_commands()
        for task in list(self._tasks):
            task.cancel()

    def _forget_commands(self) -> None:
        if self._commands is not None:
            self._commands.forget()

    def work(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """A task that goes on when the socket is gone; its fault is ours, and ends the socket."""
        task = self.engine.loop.create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(self.work(work))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("a socket failed", exc_info=problem, extra=self.shown)
            self.close(CloseCode.SERVER_FAULT)


def _is_muted(standing: Standing) -> bool:
    return standing.muted_until is not None and standing.muted_until > timezone.now()
