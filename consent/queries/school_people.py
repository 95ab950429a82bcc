"""The people of a school for its administrator: what each is there, the state in a word, the duties they were given.

Invariant: everything is read through the school's grant; to anybody else the school isn't there.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Member, MemberState
from consent.gate import Decision, Deny
from consent.models import Grant, School, SchoolMembership
from consent.queries.facts import decisions_of
from consent.queries.schools import administered_school, in_time

Kind = SchoolMembership.Kind
Duty = Grant.Kind
State = Literal["unconfirmed", "waiting", "held", "open", "closed"]
ORDER: Sequence[State] = ("unconfirmed", "waiting", "held", "open", "closed")
SHUT = (MemberState.SUSPENDED, MemberState.DEACTIVATED, MemberState.CLOSED, MemberState.ERASED)


@dataclass(frozen=True, slots=True)
class SchoolPerson:
    """`kinds`: as what they belong to the school. `duties`: those in force, of this school alone."""

    member: Member
    kinds: frozenset[str]
    grade: int | None
    duties: Sequence[Grant]
    state: State

    @property
    def is_found_by(self) -> str:
        return f"{self.member.name} {self.member.course_name} {self.member.sign_in_name}".casefold()

    @property
    def is_student(self) -> bool:
        return Kind.STUDENT in self.kinds


def people_of_school(actor: Actor, school_id: int) -> list[SchoolPerson]:
    """Everybody who belongs to the school or has a duty there, who needs something first, then by name. Raises
    NotFound. Seven statements, however many people."""
    school, now = administered_school(actor, school_id), timezone.now()
    kinds, grades = _memberships(school, now)
    duties = _duties(school, now)
    members = Member.objects.filter(pk__in={*kinds, *duties})
    decisions = decisions_of([*kinds, *duties], now=now)
    people = [
        SchoolPerson(
            member=member,
            kinds=frozenset(kinds.get(member.pk, ())),
            grade=grades.get(member.pk),
            duties=duties.get(member.pk, ()),
            state=_state(member, kinds.get(member.pk, ()), duties.get(member.pk, ()), decisions),
        )
        for member in members
    ]
    return sorted(people, key=lambda each: (ORDER.index(each.state), each.member.name.casefold(), each.member.pk))


def _memberships(school: School, now: datetime) -> tuple[Mapping[int, set[str]], Mapping[int, int]]:
    kinds: dict[int, set[str]] = defaultdict(set)
    grades: dict[int, int] = {}
    current = SchoolMembership.objects.filter(in_time(now), school=school)
    for member, kind, grade in current.values_list("member_id", "kind", "grade"):
        kinds[member].add(kind)
        if grade is not None:
            grades[member] = grade
    return kinds, grades


def _duties(school: School, now: datetime) -> Mapping[int, list[Grant]]:
    duties: dict[int, list[Grant]] = defaultdict(list)
    for grant in Grant.objects.filter(in_time(now), school=school).order_by("kind", "pk"):
        duties[grant.member_id].append(grant)
    return duties


def _state(member: Member, kinds: Collection[str], duties: Sequence[Grant], decisions: Mapping[int, Decision]) -> State:
    if member.state in SHUT:
        return "closed"
    if Kind.INSTRUCTOR in kinds and not any(grant.kind == Duty.INSTRUCTOR for grant in duties):
        return "unconfirmed"
    if not isinstance(decisions.get(member.pk), Deny):
        return "open"
    return "waiting" if member.state == MemberState.AWAITING_CONSENT else "held"


def roles_of_school(actor: Actor, school_id: int) -> QuerySet[Grant]:
    """Every duty that was ever given at the school, those in force first. Raises NotFound."""
    school = administered_school(actor, school_id)
    given = Grant.objects.filter(school=school).select_related("member", "given_by")
    return given.order_by("kind", "member__name", "-starts_at", "-pk")


def may_be_given_duties(actor: Actor, school_id: int) -> QuerySet[Member]:
    """The school's grown-ups: whoever works or teaches there, or has a duty. No student is given one."""
    school, now = administered_school(actor, school_id), timezone.now()
    works = SchoolMembership.objects.filter(in_time(now), school=school).exclude(kind=Kind.STUDENT)
    serves = Grant.objects.filter(in_time(now), school=school)
    known = Q(pk__in=works.values("member")) | Q(pk__in=serves.values("member"))
    return Member.objects.filter(known, is_k12=False).exclude(state__in=SHUT).order_by("name", "pk")
