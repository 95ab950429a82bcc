"""One signed-in socket: its frames in, its answers out.

Invariants: commands of one socket are carried out in their order; whatever is wrong with one is answered with a code
and a sentence and changes nothing else; nothing is acknowledged before it is on disk; nothing but a `closing` is said
before `ready`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import OperationalError
from django.utils import timezone, translation

from accounts.errors import CODES, AppError, NotFound, TooFast, TryLater
from chatserver import protocol, states
from chatserver.door import Visit
from chatserver.farewells import farewell
from chatserver.logs import new_id
from chatserver.protocol import BadFrame, framed
from consent import gate
from realtime import topics
from realtime.closing import CloseCode
from realtime.connection import Connection, State
from realtime.outbox import Outbox
from rooms.actions.messages import needs_reading, send_message
from rooms.commands import COMMANDS, Ack, DraftSave, MessageSend, ReadAck, Request, RoomCommand, SendAck
from rooms.events import wire_time
from rooms.queries.standings import Standing
from rooms.writer import Receipt
from rooms.writer.store import refusal_of

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
        self._frames = engine.limits.of_socket()
        self._hopeless = 0
        self._queue: deque[RoomCommand] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._to_join: dict[int, int] = {}  # room → seq after which its events are missing here
        self._is_joining = self._is_stale = False
        self._hello_timer = engine.loop.call_later(HELLO_SECONDS, self._no_hello)

    # In

    def receive(self, payload: bytes) -> None:
        """A frame of the client, on the loop."""
        if not self._is_open:
            return
        if self._frames.take(None):
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
            self._take_command(frame)
        elif isinstance(frame, protocol.Typing):
            self._typing(frame)
        else:
            self.engine.presence.set_state(self, frame.state)

    def _answer_bad(self, bad: BadFrame) -> None:
        self._hopeless += bad.is_hopeless
        if self._hopeless >= HOPELESS_FRAMES:
            self.close(CloseCode.PROTOCOL_BROKEN)
        else:
            self._refuse(bad.ref, CODES[bad.code]())

    def _no_hello(self) -> None:
        if not self.has_greeted:
            self.close(CloseCode.PROTOCOL_BROKEN)

    # Greeting

    def _greet(self, hello: protocol.Hello) -> None:
        """`ready` at once, then each room from where the client is."""
        self._hello_timer.cancel()
        self.has_greeted = True
        self.engine.hub.add(self.connection)
        self.connection.send(framed(states.ready(self.visit, hello.ref)))
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

    # Commands, one after the other

    def _take_command(self, command: RoomCommand) -> None:
        self.connection.accept_command()
        if self._worker is None and isinstance(command, MessageSend) and not _needs_thread(command):
            self._send_here(command)
            return
        self._queue.append(command)
        if self._worker is None:
            self._worker = self._spawn(self._work())

    async def _work(self) -> None:
        try:
            while self._queue:
                await self._carry_out(self._queue.popleft())
        finally:
            self._worker = None

    async def _carry_out(self, command: RoomCommand) -> None:
        try:
            standing = self._standing(command)
            if isinstance(command, MessageSend):
                self._limit(command)
                future = await self.engine.bridge.run_sync(self._submit, standing, command)
                future.add_done_callback(partial(self._sent, command.ref))
                return
            self._limit_draft(command)
            ack = await self.engine.bridge.run_sync(self._handle, standing, command)
            self._answered(command, ack)
        except AppError as problem:
            self._refuse(command.ref, problem)
        except OperationalError as problem:
            log.warning("a command failed: %s", problem, extra=self._shown)
            self._refuse(command.ref, CODES[refusal_of(problem).value]())
        except Exception:  # one fault of ours may not end the socket
            log.exception("command %s failed", type(command).__name__, extra=self._shown)
            self._refuse(command.ref, TryLater())
        self.connection.answer_command()

    def _handle(self, standing: Standing, command: RoomCommand) -> Ack:
        with translation.override(self.visit.member.locale):
            return COMMANDS[type(command)](Request(self.visit.actor, standing, self.visit.clearance), command)

    def _answered(self, command: RoomCommand, ack: Ack) -> None:
        self.connection.send(framed(ack))
        if isinstance(ack, ReadAck):
            moved = protocol.ReadMoved(ack.room, ack.read_seq, ack.unread, ack.mentions)
            self.engine.hub.tell_member(self.connection.member_id, framed(moved), but=self.connection)

    def _standing(self, command: RoomCommand) -> Standing:
        standing = self.visit.standings.get(command.room)
        if standing is None:
            raise NotFound
        return standing

    # Sending

    def _send_here(self, command: MessageSend) -> None:
        """The common case, a plain text: no thread and no task before the writer's."""
        try:
            standing = self._standing(command)
            self._limit(command)
            future = self._submit(standing, command)
        except AppError as problem:
            self._refuse(command.ref, problem)
            self.connection.answer_command()
        else:
            future.add_done_callback(partial(self._sent, command.ref))

    def _submit(self, standing: Standing, command: MessageSend) -> "Future[Receipt]":
        return send_message(
            self.visit.actor,
            standing,
            clearance=self.visit.clearance,
            cid=UUID(command.cid),
            text=command.text,
            reply_to=command.reply_to,
        )

    def _limit_draft(self, command: RoomCommand) -> None:
        """One may always be forgotten."""
        if (
            isinstance(command, DraftSave)
            and command.text
            and (seconds := self.engine.limits.of_draft(self.connection.member_id))
        ):
            raise TooFast(retry_after_seconds=max(1, round(seconds + 0.5)))

    def _limit(self, command: MessageSend) -> None:
        seconds = self.engine.limits.of_message(self.connection.member_id, command.room)
        if seconds:
            raise TooFast(retry_after_seconds=max(1, round(seconds + 0.5)))

    def _sent(self, ref: int, future: "Future[Receipt]") -> None:
        """On the loop, in the turn in which the batch is fanned out: ack and event leave in one write."""
        problem = future.exception()
        if problem is None:
            receipt = future.result()
            self.connection.defer(framed(_send_ack(ref, receipt)))
            if standing := self.visit.standings.get(receipt.room):
                self.engine.presence.sent(standing)
        elif isinstance(problem, AppError):
            self._refuse(ref, problem)
        else:
            self._refuse(ref, TryLater())
        self.connection.answer_command()

    def _refuse(self, ref: int | None, problem: AppError) -> None:
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
    def _shown(self) -> dict[str, Any]:
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
        self._queue.clear()
        words = farewell(code, self.visit.member.locale, reason=reason, retry_after_seconds=retry_after_seconds)
        self.connection.close(code, words)

    def lost(self) -> None:
        """The socket is gone: what was submitted is still written, what was queued was never promised."""
        self._hello_timer.cancel()
        self.engine.forget(self)
        self.connection.lost()
        self._queue.clear()
        for task in list(self._tasks):
            if task is not self._worker:
                task.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = self.engine.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("a socket failed", exc_info=problem, extra=self._shown)
            self.close(CloseCode.SERVER_FAULT)


def _is_muted(standing: Standing) -> bool:
    return standing.muted_until is not None and standing.muted_until > timezone.now()


def _needs_thread(command: MessageSend) -> bool:
    return needs_reading(command.text, command.reply_to)


def _send_ack(ref: int, receipt: Receipt) -> SendAck:
    return SendAck(
        ref=ref,
        room=receipt.room,
        seq=receipt.seq,
        cid=str(receipt.cid),
        at=wire_time(receipt.at),
        repeated=receipt.repeated,
    )
