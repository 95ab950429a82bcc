"""What an operator looks after: the schools of the site, independent instructors who wait, mail that doesn't arrive.

Invariant: for operators alone; nothing here names a student or a message.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member, MemberState, RefusedAddress
from consent.models import Grant, Registration, School, SchoolAgreement
from consent.queries.schools import has_grant, in_time

REFUSED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class OperatedSchool:
    """`agreement_until`: of the last agreement that hasn't ended early; None: young students can't come in."""

    school: School
    agreement_until: date | None
    administrators: Sequence[Grant]


def has_operator() -> bool:
    return Grant.objects.filter(in_time(timezone.now()), kind=Grant.Kind.OPERATOR, school__isnull=True).exists()


def operated_schools(actor: Actor) -> list[OperatedSchool]:
    """Every school of the site, by name. Raises NotFound. Four statements."""
    _must_operate(actor)
    return _with_administrators(School.objects.order_by("name", "pk"))


def operated_school(actor: Actor, school_id: int) -> OperatedSchool:
    """One of them. Raises NotFound."""
    _must_operate(actor)
    found = _with_administrators(School.objects.filter(pk=school_id))
    if not found:
        raise NotFound
    return found[0]


def independent_instructors(actor: Actor) -> QuerySet[Registration]:
    """Who registered as an instructor of no school and waits for the operator's word, the oldest first (S1). Raises
    NotFound."""
    _must_operate(actor)
    confirmed = Grant.objects.filter(in_time(timezone.now()), kind=Grant.Kind.INSTRUCTOR, school__isnull=True)
    registered = Registration.objects.filter(
        kind=Registration.Kind.INSTRUCTOR, school__isnull=True, member__state=MemberState.ACTIVE
    )
    waiting = registered.exclude(member__in=confirmed.values("member"))
    return waiting.select_related("member").order_by("at", "pk")


def refused_addresses(actor: Actor) -> list[RefusedAddress]:
    """Where no mail arrives, the newest first. Raises NotFound."""
    _must_operate(actor)
    return list(RefusedAddress.objects.order_by("-last_at")[:REFUSED_SHOWN])


def member_at(address: str) -> Member | None:
    """Whoever signs in by the address."""
    return Member.objects.filter(email=address).first()


def _with_administrators(schools: QuerySet[School]) -> list[OperatedSchool]:
    now = timezone.now()
    found = list(schools)
    grants = Grant.objects.filter(in_time(now), kind=Grant.Kind.SCHOOL_ADMIN, school__in=found)
    administrators: dict[int | None, list[Grant]] = defaultdict(list)
    for grant in grants.select_related("member").order_by("member__name", "pk"):
        administrators[grant.school_id].append(grant)
    running = SchoolAgreement.objects.filter(school__in=found, ends_on__gte=now.date()).order_by("ends_on")
    until = {row.school_id: row.ends_on for row in running if row.ended_at is None or row.ended_at > now}
    return [OperatedSchool(school, until.get(school.pk), administrators[school.pk]) for school in found]


def _must_operate(actor: Actor) -> None:
    """To anybody else there is no such page."""
    if not (actor.is_system or has_grant(actor.member_id, Grant.Kind.OPERATOR)):
        raise NotFound
