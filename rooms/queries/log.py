"""The log read back: what follows a seq, as every view sees it. Five statements, however many entries."""

from collections.abc import Collection, Iterable
from uuid import UUID

from consent.models import School
from realtime.hub import Head
from rooms.events import LogEntry, MessageBody, Removed, wire_time
from rooms.models import Enrollment, Message, Room, RoomEvent, RoomHead, RoomMember


def heads_of(room_ids: Collection[int]) -> dict[int, Head]:
    """First and last seq of each room that exists."""
    rows = RoomHead.objects.filter(room_id__in=room_ids).values_list("room_id", "first_seq", "last_seq")
    return {room_id: Head(first, last) for room_id, first, last in rows}


def entries_of(room_id: int, *, after: int, upto: int, limit: int) -> list[LogEntry]:
    """The entries with after < seq ≤ upto, in order, at most `limit`; messages as they are now."""
    rows = list(RoomEvent.objects.filter(room_id=room_id, seq__gt=after, seq__lte=upto).order_by("seq")[:limit])
    about = {row.seq if row.kind == "message.sent" else row.message for row in rows}
    messages = {m.seq: m for m in Message.objects.filter(room_id=room_id, seq__in=[s for s in about if s is not None])}
    marks = author_marks(Room.objects.select_related("course__school").get(pk=room_id))
    return [_entry(row, messages, marks) for row in rows]


class AuthorMarks:
    """Which seats of a room are hidden, which are staff's, and whether the school keeps other children's words back."""

    def __init__(self, hidden: frozenset[int], staff: frozenset[int], own_child_only: bool) -> None:
        self.hidden, self.staff, self.own_child_only = hidden, staff, own_child_only


def author_marks(room: Room, seats: Iterable[tuple[int, str, bool]] | None = None) -> AuthorMarks:
    """`seats`: as `seat_rows` says, where somebody has them already."""
    school = room.course.school
    own_child_only = school is not None and school.masking == School.Masking.OWN_CHILD_ONLY
    seats = seat_rows(room) if seats is None else list(seats)
    hidden = frozenset(seat for seat, _, is_hidden in seats if is_hidden)
    staff = frozenset(seat for seat, role, _ in seats if role in Enrollment.STAFF)
    return AuthorMarks(hidden, staff, own_child_only)


def seat_rows(room: Room) -> list[tuple[int, str, bool]]:
    """(seat in the room, role in the course, whether hidden) of everybody who ever had a seat there."""
    enrolled = Enrollment.objects.filter(course_id=room.course_id)
    rows = list(enrolled.values_list("member_id", "seat", "role", "hidden_at"))
    if room.kind == Room.Kind.DIRECT:
        seats = dict(RoomMember.objects.filter(room=room).values_list("member_id", "seat"))
        rows = [(member, seats[member], role, hidden) for member, _, role, hidden in rows if member in seats]
    return [(seat, role, hidden_at is not None) for _, seat, role, hidden_at in rows]


def _entry(row: RoomEvent, messages: dict[int, Message], marks: AuthorMarks) -> LogEntry:
    seq = row.seq if row.kind == "message.sent" else row.message
    message = messages.get(seq) if seq is not None else None
    return LogEntry(
        room=row.room_id,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        seat=row.seat,
        message=body_of(message) if message is not None else None,
        author_is_hidden=message is not None and message.seat in marks.hidden,
        author_is_student=message is not None and message.seat not in marks.staff,
        own_child_only=marks.own_child_only,
        data=row.data,
    )


def body_of(message: Message, *, with_removed_text: bool = False) -> MessageBody:
    """A message as the wire has it. A removed one says so and, for those whom S17 names, still its text and why."""
    shows_text = message.removed_at is None or with_removed_text
    return MessageBody(
        seq=message.seq,
        number=message.number,
        by=message.seat,
        at=wire_time(message.at),
        cid=str(UUID(str(message.cid))),
        version=message.version,
        text=message.text if shows_text else None,
        html=message.html if shows_text else None,
        reply_to=message.reply_to,
        edited_at=wire_time(message.edited_at) if message.edited_at else None,
        removed=removed_of(message, with_reason=with_removed_text),
    )


def removed_of(message: Message, *, with_reason: bool) -> Removed | None:
    if message.removed_at is None or message.removed_kind is None:
        return None
    reason = message.removed_reason if with_reason else None
    return Removed(message.removed_kind, wire_time(message.removed_at), message.removed_seat, reason)
