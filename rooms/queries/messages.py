"""Pages of a room's past, as one view may see it; the current state, so later events merge without any rule."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from rooms.events import MessageBody, is_withheld, own_seats
from rooms.models import Message, MessageVersion, RoomHead
from rooms.queries.log import AuthorMarks, author_marks, body_of
from rooms.queries.standings import Standing

PAGE_MESSAGES = 50


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Messages in order, complete between the first and the last; `as_of_seq` is the state they show."""

    messages: list[MessageBody]
    as_of_seq: int
    more_before: bool
    more_after: bool


def latest(standing: Standing, *, limit: int = PAGE_MESSAGES) -> HistoryPage:
    return before(standing, None, limit=limit)


def before(standing: Standing, seq: int | None, *, limit: int = PAGE_MESSAGES) -> HistoryPage:
    """The page that ends just before `seq`; None: the newest."""
    as_of = _as_of(standing)
    rows = _visible(standing)
    found = list((rows if seq is None else rows.filter(seq__lt=seq)).order_by("-seq")[: limit + 1])
    page = found[:limit][::-1]
    return HistoryPage(_bodies(page, standing), as_of, len(found) > limit, seq is not None)


def after(standing: Standing, seq: int, *, limit: int = PAGE_MESSAGES) -> HistoryPage:
    """The page that begins just after `seq`."""
    as_of = _as_of(standing)
    found = list(_visible(standing).filter(seq__gt=seq).order_by("seq")[: limit + 1])
    return HistoryPage(_bodies(found[:limit], standing), as_of, seq > 0, len(found) > limit)


def around(standing: Standing, seq: int, *, limit: int = PAGE_MESSAGES) -> HistoryPage:
    """The page with `seq` in its middle."""
    half = limit // 2
    earlier = before(standing, seq, limit=half)
    later = after(standing, seq - 1, limit=limit - half)
    return HistoryPage(earlier.messages + later.messages, earlier.as_of_seq, earlier.more_before, later.more_after)


def _as_of(standing: Standing) -> int:
    """Read before the messages: what happens in between is applied twice, and never missed."""
    return RoomHead.objects.values_list("last_seq", flat=True).get(room=standing.room)


def _visible(standing: Standing) -> QuerySet[Message]:
    marks = author_marks(standing.room.pk)
    rows = Message.objects.filter(room=standing.room, seq__gte=standing.room.head.first_seq)
    return rows.exclude(seat__in=withheld_seats(standing.view, marks)).exclude(_others(standing.view, marks))


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
    """S17: the author and the author's linked parents still read it; nobody else without a reason on record."""
    return message.author_id == standing.member_id or message.author_id in standing.children


def versions_of(standing: Standing, seq: int) -> list[MessageVersion]:
    """Earlier texts of a message, oldest first, for those whom U19 names."""
    return list(MessageVersion.objects.filter(message__room=standing.room, message__seq=seq).order_by("version"))
