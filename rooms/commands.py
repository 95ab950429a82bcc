"""What a client may ask of a room: typed payload → action → answer, the same for socket and HTTP.

The structs carry types and coarse bounds; limits that a person can hit are the action's, with a code of their own.
Everything here is synchronous; `message.send` alone has a way of its own (chatserver.client), because its answer comes
with the commit of a batch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta, Struct

from accounts.actor import Actor
from accounts.errors import InvalidFrame
from rooms.actions.clearances import Clearance
from rooms.actions.drafts import save_draft
from rooms.actions.messages import edit_message, open_removed_message, remove_message, restore_message
from rooms.actions.mutes import mute_member, unmute_member
from rooms.actions.reads import mark_read, mark_unread
from rooms.events import MessageBody, wire_time
from rooms.models import Message
from rooms.queries import messages
from rooms.queries.last_words import LastMessage, last_words_of
from rooms.queries.log import body_of
from rooms.queries.rosters import RosterSeat, roster_of, roster_version
from rooms.queries.standings import Standing

Id = Annotated[int, Meta(ge=1, le=2**53)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
Cid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")]
Ref = Annotated[int, Meta(ge=0, le=2**53)]


class Command(Struct, tag_field="t", kw_only=True):
    """`ref` comes back in the answer."""

    ref: Ref


class RoomCommand(Command, kw_only=True):
    room: Id


class MessageSend(RoomCommand, tag="message.send", kw_only=True):
    """`cid` is a UUIDv7 of the client: sent again with the same one, the first answer comes back."""

    cid: Cid
    text: str
    reply_to: Id | None = None


class MessageEdit(RoomCommand, tag="message.edit", kw_only=True):
    message: Id
    text: str


class MessageRemove(RoomCommand, tag="message.remove", kw_only=True):
    """`reason` is needed where staff remove a student's message; the student and the linked parents read it."""

    message: Id
    reason: str = ""


class MessageRestore(RoomCommand, tag="message.restore", kw_only=True):
    """Undo a removal within ten seconds."""

    message: Id


class MessageVersions(RoomCommand, tag="message.versions", kw_only=True):
    """The earlier texts of a message, for those who may read them (U19); of a removed one the last too (S17). Where it
    is an instructor's look, it goes on record."""

    message: Id


class RoomHistory(RoomCommand, tag="room.history", kw_only=True):
    """One of `before`, `after`, `around`; none of them: the newest page."""

    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class RoomRead(RoomCommand, tag="room.read", kw_only=True):
    """Everything up to `seq` was seen. The mark goes forward only."""

    seq: Seq


class RoomUnread(RoomCommand, tag="room.unread", kw_only=True):
    """Everything after `seq` is new again: the one way back for the mark. Answered and told as `room.read` is."""

    seq: Seq


class RoomLast(RoomCommand, tag="room.last", kw_only=True):
    """The newest message that this view sees, for the list of rooms: where a page can't know it by itself."""


class RoomRoster(RoomCommand, tag="room.roster", kw_only=True):
    """`version` is the one known; the same as ours: no seats in the answer."""

    version: Seq = 0


class MemberMute(RoomCommand, tag="member.mute", kw_only=True):
    """It holds in all rooms of the course but chats of two. The student reads the `reason`."""

    seat: Id
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 10
    reason: str = ""


class MemberUnmute(RoomCommand, tag="member.unmute", kw_only=True):
    """The student may write again at once."""

    seat: Id


class DraftSave(RoomCommand, tag="draft.save", kw_only=True):
    """What the member is writing in the room and hasn't sent, for their own other devices. An empty text forgets it.
    At most 30 in a minute."""

    text: str
    reply_to: Id | None = None


class Ack(Struct, tag_field="t", tag="ack", omit_defaults=True, kw_only=True):
    ref: int


class SendAck(Ack, tag="ack", kw_only=True):
    """On disk under `seq`. `repeated`: it already was."""

    room: int
    seq: int
    cid: str
    at: str
    repeated: bool = False


class MessageAck(Ack, tag="ack", kw_only=True):
    room: int
    message: int
    version: int


class VersionBody(Struct, omit_defaults=True):
    version: int
    text: str
    at: str
    html: str | None = None


class VersionsAck(Ack, tag="ack", kw_only=True):
    """`removed`: the message with its text, where it was removed."""

    versions: list[VersionBody]
    removed: MessageBody | None = None


class HistoryAck(Ack, tag="ack", kw_only=True):
    messages: list[MessageBody]
    as_of_seq: int
    more_before: bool
    more_after: bool


class ReadAck(Ack, tag="ack", kw_only=True):
    room: int
    read_seq: int
    unread: int
    mentions: int


class LastAck(Ack, tag="ack", kw_only=True):
    """`last` absent: nothing is there to be seen."""

    room: int
    last: LastMessage | None = None


class RosterAck(Ack, tag="ack", kw_only=True):
    version: int
    seats: list[RosterSeat] | None = None


class MuteAck(Ack, tag="ack", kw_only=True):
    """`until` absent: may write."""

    seat: int
    until: str | None = None


class DraftAck(Ack, tag="ack", kw_only=True):
    """Kept, or forgotten, as of `at`."""

    room: int
    at: str


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, where they stand in the room, and what the door found about their access."""

    actor: Actor
    standing: Standing
    clearance: Clearance


def edit(request: Request, command: MessageEdit) -> MessageAck:
    message = edit_message(
        request.actor, request.standing, clearance=request.clearance, seq=command.message, text=command.text
    )
    return MessageAck(ref=command.ref, room=command.room, message=message.seq, version=message.version)


def remove(request: Request, command: MessageRemove) -> MessageAck:
    message = remove_message(
        request.actor, request.standing, clearance=request.clearance, seq=command.message, reason=command.reason
    )
    return MessageAck(ref=command.ref, room=command.room, message=message.seq, version=message.version)


def restore(request: Request, command: MessageRestore) -> MessageAck:
    message = restore_message(request.actor, request.standing, clearance=request.clearance, seq=command.message)
    return MessageAck(ref=command.ref, room=command.room, message=message.seq, version=message.version)


def versions(request: Request, command: MessageVersions) -> VersionsAck:
    opened = _opened(request, command.message)
    rows = opened.versions.order_by("version") if opened else messages.versions_of(request.standing, command.message)
    return VersionsAck(
        ref=command.ref,
        versions=[VersionBody(row.version, row.text, wire_time(row.at), row.html) for row in rows],
        removed=body_of(opened, with_removed_text=True) if opened else None,
    )


def _opened(request: Request, seq: int) -> Message | None:
    """A removed message, for who may read it: the author's family as ever, an instructor on record."""
    message = messages.visible_message(request.standing, seq)
    if message.removed_at is None:
        return None
    if messages.may_read_removed(message, request.standing):
        return message
    return open_removed_message(request.actor, request.standing, clearance=request.clearance, seq=seq)


def history(request: Request, command: RoomHistory) -> HistoryAck:
    page = _page(request.standing, command)
    return HistoryAck(
        ref=command.ref,
        messages=page.messages,
        as_of_seq=page.as_of_seq,
        more_before=page.more_before,
        more_after=page.more_after,
    )


def _page(standing: Standing, command: RoomHistory) -> messages.HistoryPage:
    given = [value for value in (command.before, command.after, command.around) if value is not None]
    if len(given) > 1:
        raise InvalidFrame
    if command.around is not None:
        return messages.around(standing, command.around, limit=command.limit)
    if command.after is not None:
        return messages.after(standing, command.after, limit=command.limit)
    return messages.before(standing, command.before, limit=command.limit)


def read(request: Request, command: RoomRead) -> ReadAck:
    mark, unread = mark_read(request.actor, request.standing, seq=command.seq)
    return ReadAck(ref=command.ref, room=command.room, read_seq=mark.seq, unread=unread, mentions=mark.mentions)


def unread(request: Request, command: RoomUnread) -> ReadAck:
    mark, count = mark_unread(request.actor, request.standing, seq=command.seq)
    return ReadAck(ref=command.ref, room=command.room, read_seq=mark.seq, unread=count, mentions=mark.mentions)


def last(request: Request, command: RoomLast) -> LastAck:
    words = last_words_of([request.standing])
    return LastAck(ref=command.ref, room=command.room, last=words.seen_by(request.standing))


def roster(request: Request, command: RoomRoster) -> RosterAck:
    version = roster_version(request.standing.room)
    if version == command.version:
        return RosterAck(ref=command.ref, version=version)
    return RosterAck(ref=command.ref, version=version, seats=roster_of(request.standing))


def mute(request: Request, command: MemberMute) -> MuteAck:
    row = mute_member(
        request.actor,
        request.standing,
        clearance=request.clearance,
        seat=command.seat,
        minutes=command.minutes,
        reason=command.reason,
    )
    return MuteAck(ref=command.ref, seat=command.seat, until=wire_time(row.until))


def unmute(request: Request, command: MemberUnmute) -> MuteAck:
    unmute_member(request.actor, request.standing, clearance=request.clearance, seat=command.seat)
    return MuteAck(ref=command.ref, seat=command.seat)


def draft(request: Request, command: DraftSave) -> DraftAck:
    state = save_draft(
        request.actor, request.standing, clearance=request.clearance, text=command.text, reply_to=command.reply_to
    )
    return DraftAck(ref=command.ref, room=command.room, at=state.at)


Handler = Callable[[Request, Any], Ack]

COMMANDS: Mapping[type[RoomCommand], Handler] = {
    MessageEdit: edit,
    MessageRemove: remove,
    MessageRestore: restore,
    MessageVersions: versions,
    RoomHistory: history,
    RoomRead: read,
    RoomUnread: unread,
    RoomLast: last,
    RoomRoster: roster,
    MemberMute: mute,
    MemberUnmute: unmute,
    DraftSave: draft,
}
