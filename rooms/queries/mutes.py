"""Who is paused in which course, until when, by whom and why: one statement, whoever asks.

Invariant: of a student in a course at most one pause is in force, because `mute_member` ends the one before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from msgspec import Struct

from rooms.models import Enrollment, Mute


@dataclass(frozen=True, slots=True)
class Muting:
    """A pause in force. `seat` and `by` are seats of the course."""

    member_id: int
    course_id: int
    seat: int
    by: int
    until: datetime
    reason: str


class MutedSeat(Struct):
    """The same as a page is told it: staff of the course, and the family of who is paused."""

    seat: int
    until: str
    by: int
    reason: str


def in_force(now: datetime) -> QuerySet[Mute]:
    return Mute.objects.filter(until__gt=now, ended_at__isnull=True)


def mutings(now: datetime, **which: Any) -> list[Muting]:
    """Pauses in force, soonest over first; `which` filters Mute."""
    rows = in_force(now).filter(**which).order_by("until", "pk")
    seats = rows.annotate(course=F("room__course"), seat=_seat_of("member"), by_seat=_seat_of("by"))
    found = seats.values_list("member_id", "course", "seat", "by_seat", "until", "reason")
    return [Muting(*row) for row in found]


def mutes_in(course_ids: Collection[int], now: datetime) -> Mapping[int, Sequence[Muting]]:
    """course → who is paused there now."""
    found: dict[int, list[Muting]] = defaultdict(list)
    for muting in mutings(now, room__course__in=course_ids):
        found[muting.course_id].append(muting)
    return found


def _seat_of(who: str) -> Subquery:
    return Subquery(Enrollment.objects.filter(course=OuterRef("room__course"), member=OuterRef(who)).values("seat")[:1])
