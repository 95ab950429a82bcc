"""Reading schools: who administers them, who studies there, which agreement is in force.

Invariant: a school is fetched through the actor's grant; what isn't theirs is not found.
"""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member
from consent.models import Grant, School, SchoolAgreement, SchoolMembership


def in_time(now: datetime) -> Q:
    """Rows with `starts_at` and `ends_at` that hold at this instant."""
    return Q(starts_at__lte=now) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


def grants_of(member_id: int, *, now: datetime | None = None) -> QuerySet[Grant]:
    """The duties the member has now."""
    return Grant.objects.filter(in_time(now or timezone.now()), member=member_id)


def below_the_office(school: School, member_ids: Collection[int]) -> set[int]:
    """Of these, the people of the school for whom its administrators answer alone: no administrator, and nobody with a
    duty beyond the school. Two statements."""
    now = timezone.now()
    here = SchoolMembership.objects.filter(in_time(now), school=school, member__in=member_ids)
    held = Grant.objects.filter(in_time(now), member__in=member_ids)
    above = held.filter(school=school, kind=Grant.Kind.SCHOOL_ADMIN) | held.exclude(
        Q(kind=Grant.Kind.INSTRUCTOR) | Q(school__isnull=False, school=school)
    )
    return set(here.values_list("member_id", flat=True)) - set(above.values_list("member_id", flat=True))


def has_grant(member_id: int | None, kind: Grant.Kind, school_id: int | None = None) -> bool:
    """Whether a member has a duty at a school, or for the whole site where `school_id` is None."""
    if member_id is None:
        return False
    return grants_of(member_id).filter(kind=kind, school=school_id).exists()


def administered_schools(member_id: int) -> QuerySet[School]:
    """The schools the member administers now."""
    grants = grants_of(member_id).filter(kind=Grant.Kind.SCHOOL_ADMIN, school__isnull=False)
    return School.objects.filter(pk__in=grants.values("school")).order_by("name", "pk")


def administered_school(actor: Actor, school_id: int) -> School:
    """The school, for its administrator and the system. Raises NotFound, for a stranger and an absent one alike."""
    schools = School.objects.all() if actor.is_system else administered_schools(actor.member_id or 0)
    if (school := schools.filter(pk=school_id).first()) is None:
        raise NotFound
    return school


def schools_to_confirm(member_id: int) -> QuerySet[School]:
    """Where the member registered as an instructor and is not confirmed yet: a confirmed one has a grant (S1)."""
    now = timezone.now()
    registered = SchoolMembership.objects.filter(in_time(now), member=member_id, kind=SchoolMembership.Kind.INSTRUCTOR)
    confirmed = grants_of(member_id, now=now).filter(kind=Grant.Kind.INSTRUCTOR)
    schools = School.objects.filter(pk__in=registered.values("school")).exclude(pk__in=confirmed.values("school"))
    return schools.order_by("name", "pk")


def unconfirmed_instructors(actor: Actor, school_id: int) -> QuerySet[SchoolMembership]:
    """Who registered at the school as an instructor and waits for its word, the oldest first. Raises NotFound."""
    school, now = administered_school(actor, school_id), timezone.now()
    confirmed = Grant.objects.filter(in_time(now), kind=Grant.Kind.INSTRUCTOR, school=school)
    registered = SchoolMembership.objects.filter(
        in_time(now), school=school, kind=SchoolMembership.Kind.INSTRUCTOR
    ).exclude(member__in=confirmed.values("member"))
    return registered.select_related("member").order_by("starts_at", "pk")


def student_memberships(member_ids: Collection[int], *, now: datetime | None = None) -> QuerySet[SchoolMembership]:
    """Where these members are students now."""
    current = SchoolMembership.objects.filter(in_time(now or timezone.now()), kind=SchoolMembership.Kind.STUDENT)
    return current.filter(member__in=member_ids).select_related("school").order_by("pk")


def school_of(student_id: int) -> School | None:
    """Where somebody is a student now; the school whose administrators answer for them."""
    membership = student_memberships([student_id]).first()
    return membership.school if membership else None


def young_members(school_id: int, *, now: datetime | None = None) -> QuerySet[Member]:
    """The school's students who are young by their account: 13 or under, or of unknown age (S18)."""
    now = now or timezone.now()
    students = SchoolMembership.objects.filter(in_time(now), school=school_id, kind=SchoolMembership.Kind.STUDENT)
    # A day more than the birthday: which zone's midnight counts is the gate's matter.
    young = Q(protected_until__gte=now.date()) | Q(age_known=False, is_k12=True)
    return Member.objects.filter(young, pk__in=students.values("member")).order_by("name", "pk")


def agreement_in_force(school: School, *, now: datetime | None = None) -> SchoolAgreement | None:
    """The one that ends last of those in force today, by the school's clock."""
    now = now or timezone.now()
    today = localdate(now, ZoneInfo(school.time_zone))
    in_force = school.agreements.filter(starts_on__lte=today, ends_on__gte=today)
    in_force = in_force.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now))
    return in_force.order_by("-ends_on", "-pk").first()
