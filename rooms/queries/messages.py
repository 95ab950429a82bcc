"""Pages of a room's past, as one view may see it; the current state, so later events merge without any rule."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.errors import NotAllowed, NotFound
from rooms.events import STAFF, MessageBody, is_withheld, own_seats
from rooms.models import Enrollment, Message, MessageVersion, Room, RoomHead
from rooms.queries.log import AuthorMarks, author_marks, body_of
from rooms.queries.standings import PARENT, Standing

PAGE_MESSAGES = 50


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Messages in order, complete between the first and the last; `as_of_seq` is the state they show."""

    messages: list[MessageBody]
    as_of_seq: int
    more_before: bool
    more_after: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page is read by. The head is read before the messages: what happens in between is applied twice, and never
    missed."""

    head: RoomHead
    marks: AuthorMarks


def sight_of(standing: Standing) -> Sight:
    return Sight(RoomHead.objects.get(room=standing.room), author_marks(standing.room))


def latest(standing: Standing, *, limit: int = PAGE_MESSAGES, sight: Sight | None = None) -> HistoryPage:
    return before(standing, None, limit=limit, sight=sight)


def before(
    standing: Standing, seq: int | None, *, limit: int = PAGE_MESSAGES, sight: Sight | None = None
) -> HistoryPage:
    """The page that ends just before `seq`; None: the newest."""
    sight = sight or sight_of(standing)
    rows, head = _visible(standing, sight), sight.head
    found = list((rows if seq is None else rows.filter(seq__lt=seq)).order_by("-seq")[: limit + 1])
    page = found[:limit][::-1]
    return HistoryPage(_bodies(page, standing), head.last_seq, len(found) > limit, seq is not None)


def after(standing: Standing, seq: int, *, limit: int = PAGE_MESSAGES, sight: Sight | None = None) -> HistoryPage:
    """The page that begins just after `seq`."""
    sight = sight or sight_of(standing)
    head = sight.head
    found = list(_visible(standing, sight).filter(seq__gt=seq).order_by("seq")[: limit + 1])
    return HistoryPage(_bodies(found[:limit], standing), head.last_seq, seq >= head.first_seq, len(found) > limit)


def around(standing: Standing, seq: int, *, limit: int = PAGE_MESSAGES, sight: Sight | None = None) -> HistoryPage:
    """The page with `seq` in its middle."""
    sight, half = sight or sight_of(standing), limit // 2
    earlier = before(standing, seq, limit=half, sight=sight)
    later = after(standing, seq - 1, limit=limit - half, sight=sight)
    return HistoryPage(earlier.messages + later.messages, earlier.as_of_seq, earlier.more_before, later.more_after)


def visible_message(standing: Standing, seq: int) -> Message:
    """The message, if this view may see it. Raises NotFound for a withheld one and an absent one alike."""
    message = Message.objects.filter(room=standing.room, seq=seq, room__head__first_seq__lte=seq).first()
    if message is None:
        raise NotFound
    author = _author(message, standing)
    is_hidden = author is not None and author.hidden_at is not None
    is_student = author is None or not author.is_staff
    if is_withheld(standing.view, author=message.seat, is_hidden=is_hidden, is_student=is_student):
        raise NotFound
    return message


def _author(message: Message, standing: Standing) -> Enrollment | None:
    """None: a parent, in the chat about a child."""
    return Enrollment.objects.filter(course=standing.room.course_id, member=message.author_id).first()


def _visible(standing: Standing, sight: Sight) -> QuerySet[Message]:
    rows = Message.objects.filter(room=standing.room, seq__gte=sight.head.first_seq)
    withheld = withheld_seats(standing.view, sight.marks)
    return rows.exclude(seat__in=withheld).exclude(_others(standing.view, sight.marks))


def withheld_seats(view: str, marks: AuthorMarks) -> list[int]:
    """Hidden seats that this view may not read."""
    return [s for s in marks.hidden if is_withheld(view, author=s, is_hidden=True, is_student=True)]


def _others(view: str, marks: AuthorMarks) -> Q:
    """Where a school chose so: every student but the own child."""
    if view.startswith("guardian_own:"):
        return ~Q(seat__in=marks.staff | own_seats(view))
    return Q(pk__in=[])


def _bodies(messages: Sequence[Message], standing: Standing) -> list[MessageBody]:
    return [body_of(message, with_removed_text=may_read_removed(message, standing)) for message in messages]


def may_read_removed(message: Message, standing: Standing) -> bool:
    """S17: the author and the author's linked parents still read it; in a child's own chat with a teacher the linked
    parents read what either of them removed (S22). Nobody else without a record of it."""
    if message.author_id == standing.member_id or message.author_id in standing.children:
        return True
    return standing.room.kind == Room.Kind.DIRECT and standing.room.student_id in standing.children


def versions_of(standing: Standing, seq: int) -> list[MessageVersion]:
    """Earlier texts of a message, oldest first, for those whom U19 names. Raises NotFound, NotAllowed."""
    message = visible_message(standing, seq)
    if not may_read_versions(message, standing):
        raise NotAllowed
    return list(message.versions.order_by("version"))


def may_read_versions(message: Message, standing: Standing) -> bool:
    """U19: the author, the author's family and staff; of a staff member's message every parent, and the student to
    whom it was written. Of a removed message only whoever may read that (S17)."""
    if may_read_removed(message, standing):
        return True
    if message.removed_at is not None:
        return False
    if standing.view == STAFF:
        return True
    author = _author(message, standing)
    is_addressed = standing.role == PARENT or standing.room.kind == Room.Kind.DIRECT
    return is_addressed and author is not None and author.is_staff
