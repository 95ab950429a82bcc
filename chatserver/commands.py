"""What one socket asks for in its rooms, and the answers.

Invariants: commands of one socket are carried out in their order; nothing is acknowledged before it is on disk; an ack
leaves before the event of its message, in the same write.
"""

import asyncio
import logging
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import OperationalError
from django.utils import translation

from accounts.errors import CODES, AppError, NotFound, TooFast, TryLater
from chatserver.protocol import ReadMoved, framed
from rooms import writer
from rooms.actions.messages import drafted, needs_reading
from rooms.commands import COMMANDS, Ack, DraftSave, MessageSend, ReadAck, Request, RoomCommand, SendAck
from rooms.events import wire_time
from rooms.queries.standings import Standing
from rooms.writer import Draft, Receipt
from rooms.writer.store import refusal_of

if TYPE_CHECKING:
    from chatserver.client import Client

log = logging.getLogger(__name__)


class Commands:
    def __init__(self, client: "Client") -> None:
        self._client, self._engine, self._connection = client, client.engine, client.connection
        self._waiting: deque[RoomCommand] = deque()
        self._worker: asyncio.Task[None] | None = None

    def take(self, command: RoomCommand) -> None:
        self._connection.accept_command()
        if self._worker is None and isinstance(command, MessageSend) and not _needs_thread(command):
            self._send_here(command)
            return
        self._waiting.append(command)
        if self._worker is None:
            self._worker = self._client.work(self._carry_out_all())

    def forget(self) -> None:
        """What waits was never promised; what is under way goes on."""
        self._waiting.clear()

    async def _carry_out_all(self) -> None:
        try:
            while self._waiting:
                await self._carry_out(self._waiting.popleft())
        finally:
            self._worker = None

    async def _carry_out(self, command: RoomCommand) -> None:
        try:
            standing = self._standing(command)
            if isinstance(command, MessageSend):
                self._limit(command)
                self._submit(command, await self._engine.bridge.run_sync(self._draft, standing, command))
                return
            self._limit_draft(command)
            ack = await self._engine.bridge.run_sync(self._handle, standing, command)
            self._answered(command, ack)
        except AppError as problem:
            self._client.refuse(command.ref, problem)
        except OperationalError as problem:
            log.warning("a command failed: %s", problem, extra=self._client.shown)
            self._client.refuse(command.ref, CODES[refusal_of(problem).value]())
        except Exception:  # one fault of ours may not end the socket
            log.exception("command %s failed", type(command).__name__, extra=self._client.shown)
            self._client.refuse(command.ref, TryLater())
        self._connection.answer_command()

    def _handle(self, standing: Standing, command: RoomCommand) -> Ack:
        visit = self._client.visit
        with translation.override(visit.member.locale):
            return COMMANDS[type(command)](Request(visit.actor, standing, visit.clearance), command)

    def _answered(self, command: RoomCommand, ack: Ack) -> None:
        self._connection.send(framed(ack))
        if isinstance(ack, ReadAck):
            moved = ReadMoved(ack.room, ack.read_seq, ack.unread, ack.mentions)
            self._engine.hub.tell_member(self._connection.member_id, framed(moved), but=self._connection)

    def _standing(self, command: RoomCommand) -> Standing:
        standing = self._client.visit.standings.get(command.room)
        if standing is None:
            raise NotFound
        return standing

    # Sending

    def _send_here(self, command: MessageSend) -> None:
        """The common case, a plain text: no thread and no task before the writer's."""
        try:
            standing = self._standing(command)
            self._limit(command)
            draft = self._draft(standing, command)
        except AppError as problem:
            self._client.refuse(command.ref, problem)
            self._connection.answer_command()
        else:
            self._submit(command, draft)

    def _draft(self, standing: Standing, command: MessageSend) -> Draft:
        return drafted(
            standing,
            clearance=self._client.visit.clearance,
            cid=UUID(command.cid),
            text=command.text,
            reply_to=command.reply_to,
        )

    def _submit(self, command: MessageSend, draft: Draft) -> None:
        """On the loop, so that whoever hears of the commit there finds that we wait for it."""
        writer.current().submit(draft).add_done_callback(partial(self._sent, command.ref))

    def _limit(self, command: MessageSend) -> None:
        seconds = self._engine.limits.of_message(self._connection.member_id, command.room)
        if seconds:
            raise TooFast(retry_after_seconds=max(1, round(seconds + 0.5)))

    def _limit_draft(self, command: RoomCommand) -> None:
        """One may always be forgotten."""
        if (
            isinstance(command, DraftSave)
            and command.text
            and (seconds := self._engine.limits.of_draft(self._connection.member_id))
        ):
            raise TooFast(retry_after_seconds=max(1, round(seconds + 0.5)))

    def _sent(self, ref: int, future: "Future[Receipt]") -> None:
        """On the loop, in the turn in which the batch is fanned out: ack and event leave in one write."""
        problem = future.exception()
        if problem is None:
            receipt = future.result()
            self._connection.defer(framed(_send_ack(ref, receipt)))
            if standing := self._client.visit.standings.get(receipt.room):
                self._engine.presence.sent(standing)
        elif isinstance(problem, AppError):
            self._client.refuse(ref, problem)
        else:
            self._client.refuse(ref, TryLater())
        self._connection.answer_command()


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
