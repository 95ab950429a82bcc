"""The people of a course as its staff see them: who may enter, who waits, whose access ends, who was taken out.

Invariant: names, addresses and what students answered are for the instructors of the course (S1, S4); an assistant
reads course names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone

from accounts.models import Member, MemberState
from consent import gate
from consent.models import ConsentRequest
from consent.queries.children import guardians_of
from consent.queries.facts import decisions_of
from rooms.models import Enrollment, JoinAnswer
from rooms.queries.courses import CoursePlace, admits
from rooms.queries.join_answers import answers_in

State = Literal["waiting", "unlinked", "cleared", "until", "removed", "left", "over"]
GONE: tuple[State, ...] = ("removed", "left", "over")
ORDER: tuple[State, ...] = ("waiting", "unlinked", "cleared", "until", *GONE)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody with a seat in the course. `state` in a word; `address` "" where it is not to be known. `answers`: to
    what the course asked, of whom may enter it."""

    enrollment: Enrollment
    name: str
    address: str
    state: State
    parents: Sequence[str]
    asked_at: datetime | None
    answers: Sequence[JoinAnswer] = ()

    @property
    def member(self) -> Member:
        return self.enrollment.member

    @property
    def is_inside(self) -> bool:
        return self.state not in GONE

    @property
    def is_found_by(self) -> str:
        return f"{self.name} {self.member.course_name} {self.address}".casefold()


def people_of_course(place: CoursePlace) -> list[PersonLine]:
    """Everybody who ever had a seat, who waits first, then by name; for staff alone. Seven statements at most,
    however many people."""
    now = timezone.now()
    rows = list(place.course.enrollments.select_related("member").exclude(member__state=MemberState.ERASED))
    members = [row.member_id for row in rows]
    decisions, guardians = decisions_of(members, now=now), guardians_of(members, now=now)
    asked, answers = _asked(members), answers_in(place.course) if place.is_instructor else {}
    states = {row.pk: _state(row, decisions, bool(guardians[row.member_id]), now) for row in rows}
    lines = [
        PersonLine(
            enrollment=row,
            name=row.member.name if place.is_instructor else row.member.course_name,
            address=(row.member.email or "") if place.is_instructor else "",
            state=states[row.pk],
            parents=[guardian.course_name for guardian in guardians[row.member_id]],
            asked_at=asked.get(row.member_id),
            answers=answers.get(row.pk, ()) if _may_be_read(row, states[row.pk], now) else (),
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (ORDER.index(line.state), line.name.casefold(), line.enrollment.seat))


def _state(row: Enrollment, decisions: Mapping[int, gate.Decision], is_linked: bool, now: datetime) -> State:
    if row.state == Enrollment.State.REMOVED:
        return "removed"
    if row.state == Enrollment.State.LEFT:
        return "left"
    if row.until is not None:
        return "until" if row.until > now else "over"
    if not admits(decisions.get(row.member_id), row.course):
        return "waiting"
    return "unlinked" if not row.is_staff and not is_linked and _is_minor(row.member, now) else "cleared"


def _may_be_read(row: Enrollment, state: State, now: datetime) -> bool:
    """Of students inside: not of whom is out, or held, or turns out to be younger than was thought."""
    return not row.is_staff and state not in ("waiting", *GONE) and not row.member.is_protected_on(now.date())


def _is_minor(member: Member, now: datetime) -> bool:
    """Unknown age in a school is a minor's."""
    return member.is_k12 if member.majority_on is None else member.majority_on > now.date()


def _asked(member_ids: Sequence[int]) -> dict[int, datetime]:
    """child → when the family was asked, while the answer is missing."""
    waiting = ConsentRequest.objects.filter(child__in=member_ids, state=ConsentRequest.State.WAITING)
    return dict(waiting.order_by("sent_at", "pk").values_list("child_id", "sent_at"))
