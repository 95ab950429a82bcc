"""What happens in a room, as it goes over the wire, and the one rule of who sees what of it.

An event carries the resulting state, never a difference: applying it twice, or after a newer page, is harmless.
`seen_by` serves live frames, replay and history alike. Nobody is named here: a seat is a person's number in the room,
and a removed text is in no event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from realtime import topics
from realtime.frames import text_frame
from realtime.hub import Run, ViewFrames
from rooms.models import EventKind

STAFF, PEER, GUARDIAN, GUARDIAN_OWN = "staff", "peer", "guardian", "guardian_own"

encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=64)  # a batch has one instant, and says it four times for each of its messages
def wire_time(at: datetime) -> str:
    """RFC 3339, UTC, milliseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def to_milliseconds(at: datetime) -> datetime:
    """What the log keeps of an instant: no more than the wire says."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class Removed(Struct, omit_defaults=True):
    """Who took a message away: `author`, or `staff` with the seat. `reason` is staff's, for the author and the
    author's family: it is in pages, never in an event."""

    by_kind: str
    at: str
    by: int | None = None
    reason: str | None = None


class MessageBody(Struct, omit_defaults=True):
    """A message as it is now. `html` absent: the text is plain. Removed: no text, but where history adds it (S17)."""

    seq: int
    number: int
    by: int
    at: str
    cid: str
    version: int
    text: str | None = None
    html: str | None = None
    reply_to: int | None = None
    edited_at: str | None = None
    removed: Removed | None = None


class Event(Struct, tag_field="t"):
    room: int
    seq: int
    at: str
    by: int


class MessageSent(Event, tag="message.sent"):
    cid: str
    message: MessageBody


class MessageEdited(Event, tag="message.edited"):
    message: MessageBody


class MessageRemoved(Event, tag="message.removed"):
    message: MessageBody


class MessageRestored(Event, tag="message.restored"):
    message: MessageBody


class MemberJoined(Event, tag="member.joined"):
    seat: int


class MemberLeft(Event, tag="member.left"):
    seat: int


class MemberHidden(Event, tag="member.hidden"):
    """Classmates no longer see this seat's messages: the page drops them."""

    seat: int


class MemberShown(Event, tag="member.shown"):
    """They may see them again: the page fetches its window anew."""

    seat: int


class RoomChanged(Event, tag="room.changed"):
    title: str
    posting: str
    state: str


class Withheld(Struct, tag_field="t", tag="withheld"):
    """What this view may not see. It keeps the reader's run of seqs whole and says nothing else."""

    room: int
    from_: int = msgspec.field(name="from")
    to: int


EVENTS: tuple[type[Event], ...] = (
    MessageSent,
    MessageEdited,
    MessageRemoved,
    MessageRestored,
    MemberJoined,
    MemberLeft,
    MemberHidden,
    MemberShown,
    RoomChanged,
)

_OF_MESSAGE: Mapping[str, type[MessageEdited | MessageRemoved | MessageRestored]] = {
    EventKind.MESSAGE_EDITED: MessageEdited,
    EventKind.MESSAGE_REMOVED: MessageRemoved,
    EventKind.MESSAGE_RESTORED: MessageRestored,
}
_ABOUT_MESSAGES = frozenset({EventKind.MESSAGE_SENT, *_OF_MESSAGE})
_OF_MEMBER: Mapping[str, type[MemberJoined | MemberLeft | MemberHidden | MemberShown]] = {
    EventKind.MEMBER_JOINED: MemberJoined,
    EventKind.MEMBER_LEFT: MemberLeft,
    EventKind.MEMBER_HIDDEN: MemberHidden,
    EventKind.MEMBER_SHOWN: MemberShown,
}

# After these, earlier messages are rendered differently: a removed text is never replayed (design § 5).
SUPERSEDING = frozenset(
    {
        EventKind.MESSAGE_EDITED,
        EventKind.MESSAGE_REMOVED,
        EventKind.MESSAGE_RESTORED,
        EventKind.MEMBER_HIDDEN,
        EventKind.MEMBER_SHOWN,
    }
)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A row of the log together with the present state of the message it is about."""

    room: int
    seq: int
    at: datetime
    kind: str
    seat: int
    message: MessageBody | None = None
    author_is_hidden: bool = False
    author_is_student: bool = True
    own_child_only: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_of_purged(self) -> bool:
        """About a message that is no longer there: its range was purged, its entry kept."""
        return self.message is None and self.kind in _ABOUT_MESSAGES


def event_of(entry: LogEntry) -> Event:
    """The whole event, as staff see it."""
    head = (entry.room, entry.seq, wire_time(entry.at), entry.seat)
    if entry.message is not None:
        if entry.kind == EventKind.MESSAGE_SENT:
            return MessageSent(*head, entry.message.cid, entry.message)
        return _OF_MESSAGE[entry.kind](*head, entry.message)
    if entry.kind == EventKind.ROOM_CHANGED:
        return RoomChanged(*head, entry.data["title"], entry.data["posting"], entry.data["state"])
    return _OF_MEMBER[entry.kind](*head, entry.data["seat"])


def own_seats(view: str) -> frozenset[int]:
    """The seats of the children whose record this guardian's view is: `guardian:7` → {7}."""
    _, _, seats = view.partition(":")
    return frozenset(int(seat) for seat in seats.split(",") if seat)


def is_withheld(view: str, *, author: int, is_hidden: bool, is_student: bool) -> bool:
    """Whether a message is kept from a view.

    A hidden child's messages (consent taken back) stay with staff and the child's own family (S20). Where a school
    chose `own_child_only`, a guardian sees no other child's words (S22).
    """
    kind = view.partition(":")[0]
    if kind == STAFF or author in own_seats(view):
        return False
    return is_hidden or (kind == GUARDIAN_OWN and is_student)


def seen_by(entry: LogEntry, view: str) -> Event | Withheld:
    """What a view sees of an entry of the log."""
    message = entry.message
    is_kept_back = message is not None and is_withheld(
        view, author=message.by, is_hidden=entry.author_is_hidden, is_student=entry.author_is_student
    )
    if is_kept_back or entry.is_of_purged:
        return Withheld(entry.room, entry.seq, entry.seq)
    return event_of(entry)


def frame_for(entry: LogEntry, view: str) -> bytes:
    return text_frame(encode(seen_by(entry, view)))


def frames_of(entry: LogEntry) -> ViewFrames:
    """An entry framed for every view: nearly always the same bytes for all."""
    whole = frame_for(entry, STAFF)
    rewrites = entry.kind in SUPERSEDING
    if entry.message is None or not (entry.author_is_hidden or entry.own_child_only):
        return ViewFrames(whole, rewrites=rewrites)
    nothing = text_frame(encode(Withheld(entry.room, entry.seq, entry.seq)))
    if entry.author_is_hidden:
        return ViewFrames(nothing, {STAFF: whole, **_own(entry.message.by, whole)}, rewrites)
    if entry.author_is_student:
        return ViewFrames(whole, {GUARDIAN_OWN: nothing, **_own(entry.message.by, whole)}, rewrites)
    return ViewFrames(whole, rewrites=rewrites)


def _own(seat: int, whole: bytes) -> dict[str, bytes]:
    return {f"{GUARDIAN}:{seat}": whole, f"{GUARDIAN_OWN}:{seat}": whole}


def run_of(room_id: int, entries: list[LogEntry]) -> Run:
    """Entries of one room that follow one another, ready for the hub."""
    return Run(topics.room(room_id), entries[0].seq, [frames_of(entry) for entry in entries])
