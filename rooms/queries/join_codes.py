"""The codes of a course and who came in by a code or an invitation, for its instructors.

Invariant: a code is found through its course, and its text leaves by nothing but these rows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Member
from consent.gate import Allow
from consent.queries.facts import decisions_of
from rooms.models import Course, Enrollment, JoinCode, Joining
from rooms.queries.offers import open_codes
from rooms.queries.standings import active_enrollments

State = Literal["open", "locked", "full", "expired"]
NEWEST = 100


def codes_of(course: Course) -> QuerySet[JoinCode]:
    """Those that were not ended, the newest first."""
    return JoinCode.objects.filter(course=course, ended_at__isnull=True).order_by("-made_at", "-pk")


def working_code(course: Course) -> JoinCode | None:
    """The newest that lets somebody in."""
    return open_codes().filter(course=course).order_by("-made_at", "-pk").first()


def code_of(course: Course, code_id: int) -> JoinCode:
    """Raises NotFound."""
    code = codes_of(course).select_related("course").filter(pk=code_id).first()
    if code is None:
        raise NotFound
    return code


def state_of(code: JoinCode, now: datetime | None = None) -> State:
    """Why a code that was not ended lets nobody in."""
    if code.locked_at is not None:
        return "locked"
    if code.expires_at <= (now or timezone.now()):
        return "expired"
    return "full" if code.most is not None and code.joined_count >= code.most else "open"


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who came in by themselves. `is_waiting`: the gate holds them, in a school mostly for the family."""

    id: int
    member: Member
    at: datetime
    code: str
    is_waiting: bool
    is_inside: bool


def joined(course: Course) -> list[Joined]:
    """The newest first. Five statements, however many people."""
    rows = list(Joining.objects.filter(course=course).select_related("member", "code").order_by("-at", "-pk")[:NEWEST])
    members = [row.member_id for row in rows]
    decisions = decisions_of(members)
    inside = set(active_enrollments(timezone.now()).filter(course=course).values_list("member_id", flat=True))
    return [
        Joined(
            id=row.pk,
            member=row.member,
            at=row.at,
            code=row.code.code if row.code is not None else "",
            is_waiting=not isinstance(decisions.get(row.member_id), Allow),
            is_inside=row.member_id in inside,
        )
        for row in rows
    ]


def student_count(course: Course) -> int:
    return active_enrollments(timezone.now()).filter(course=course, role=Enrollment.Role.STUDENT).count()
