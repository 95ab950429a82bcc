"""Schools, their agreements, who studies there and who has a duty (S18, S19).

Invariant: what may change the gate's answer for somebody moves their epoch in the same transaction; an agreement
that is signed or ends moves every young student of the school.
"""

from datetime import date, datetime, time
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from accounts.models import Member
from consent.models import Grant, School, SchoolAgreement, SchoolMembership
from consent.models.schools import Source
from consent.permissions import require_may_give, require_operator, require_school_admin
from consent.queries.schools import in_time, young_members


def create_school(
    actor: Actor,
    *,
    name: str,
    time_zone: str,
    city: str = "",
    country: str = "US",
    phone: str = "",
    day_starts_at: time = time(8),
    day_ends_at: time = time(15, 30),
    masking: str = School.Masking.PSEUDONYMS,
) -> School:
    """A school, by the operator. Raises NotFound, FieldInvalid."""
    require_operator(actor)
    if not name.strip():
        raise FieldInvalid(_("Write the name."), field="name")
    if time_zone not in available_timezones():
        raise FieldInvalid(_("Choose one of the time zones, such as America/Chicago."), field="time_zone")
    if day_starts_at >= day_ends_at:
        raise FieldInvalid(_("The day has to end after it starts."), field="day_ends_at")
    with transaction.atomic():
        school = School.objects.create(
            name=name.strip(),
            time_zone=time_zone,
            city=city,
            country=country,
            phone=phone,
            day_starts_at=day_starts_at,
            day_ends_at=day_ends_at,
            masking=masking,
            created_at=timezone.now(),
        )
        audit.record(actor, "school.created", school, scope=school.pk)
    return school


# Agreements


def sign_agreement(
    actor: Actor,
    school: School,
    *,
    signed_by: str,
    signed_on: date,
    starts_on: date,
    ends_on: date,
    document_hash: str,
    extent: str = "",
) -> SchoolAgreement:
    """The written agreement of a school, both days included, entered by the operator. Raises NotFound, FieldInvalid."""
    require_operator(actor)
    if not signed_by.strip():
        raise FieldInvalid(_("Write who signed for the school."), field="signed_by")
    if ends_on < starts_on:
        raise FieldInvalid(_("The last day comes before the first."), field="ends_on")
    if len(document_hash) != 64:
        raise FieldInvalid(_("Give the SHA-256 of the signed document."), field="document_hash")
    with transaction.atomic():
        bump_access(_young(school), reason="agreement signed")
        agreement = SchoolAgreement.objects.create(
            school=school,
            signed_by=signed_by.strip(),
            signed_on=signed_on,
            document_hash=document_hash,
            starts_on=starts_on,
            ends_on=ends_on,
            scope=extent,
        )
        audit.record(actor, "agreement.signed", agreement, scope=school.pk, starts_on=starts_on, ends_on=ends_on)
    return agreement


def end_agreement(actor: Actor, agreement: SchoolAgreement, *, at: datetime | None = None) -> SchoolAgreement:
    """End it before its last day; at that minute its young students are out (S19). `at` defaults to now."""
    require_operator(actor)
    at = max(at or timezone.now(), timezone.now())
    with transaction.atomic():
        bump_access(_young(agreement.school), reason="agreement ended")
        SchoolAgreement.objects.filter(pk=agreement.pk).update(ended_at=at)
        agreement.ended_at = at
        audit.record(actor, "agreement.ended", agreement, scope=agreement.school_id, at=at)
    return agreement


def _young(school: School) -> list[int]:
    return list(young_members(school.pk).values_list("pk", flat=True))


# Belonging


def join_school(
    actor: Actor,
    school: School,
    member: Member,
    *,
    kind: str = SchoolMembership.Kind.STUDENT,
    grade: int | None = None,
    starts_at: datetime | None = None,
    source: str = Source.SCHOOL,
) -> SchoolMembership:
    """Put a member on the school's list; twice is once. Raises NotFound, FieldInvalid."""
    require_school_admin(actor, school)
    if kind not in SchoolMembership.Kind.values:
        raise FieldInvalid(_("Choose as what this person belongs to the school."), field="kind")
    current = SchoolMembership.objects.filter(member=member, school=school, kind=kind, ends_at__isnull=True)
    if (membership := current.first()) is not None:
        return membership
    try:
        with transaction.atomic():
            bump_access([member.pk], reason="joined a school")
            membership = current.create(
                member=member,
                school=school,
                kind=kind,
                grade=grade,
                starts_at=starts_at or timezone.now(),
                source=source,
            )
            audit.record(actor, "school.joined", membership, scope=school.pk, subject=member.pk, kind=kind, grade=grade)
    except IntegrityError:  # somebody else was faster
        return current.get()
    return membership


def leave_school(actor: Actor, membership: SchoolMembership) -> SchoolMembership:
    """End a membership now; a school unenrols, it never deletes (S24). Raises NotFound."""
    require_school_admin(actor, membership.school)
    now = timezone.now()
    with transaction.atomic():
        bump_access([membership.member_id], reason="left a school")
        SchoolMembership.objects.filter(pk=membership.pk, ends_at__isnull=True).update(ends_at=now)
        membership.ends_at = membership.ends_at or now
        audit.record(actor, "school.left", membership, scope=membership.school_id, subject=membership.member_id)
    return membership


# Duties


def give_grant(
    actor: Actor,
    member: Member,
    kind: str,
    *,
    school: School | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Grant:
    """Give a duty at a school, or for the whole site; twice is once. Raises NotFound, NotAllowed, FieldInvalid."""
    if kind not in Grant.Kind.values:
        raise FieldInvalid(_("Choose one of the duties."), field="kind")
    require_may_give(actor, Grant.Kind(kind), school)
    now = timezone.now()
    held = Grant.objects.filter(in_time(now), member=member, kind=kind, school=school, ends_at__isnull=True)
    if (grant := held.first()) is not None:
        return grant
    with transaction.atomic():
        bump_access([member.pk], reason=f"grant given: {kind}")
        grant = Grant.objects.create(
            member=member,
            kind=kind,
            school=school,
            given_by_id=actor.member_id,
            starts_at=starts_at or now,
            ends_at=ends_at,
        )
        audit.record(actor, "grant.given", grant, scope=_scope(school), subject=member.pk, kind=kind)
    return grant


def end_grant(actor: Actor, grant: Grant) -> Grant:
    """Take a duty away, now. Raises NotFound, NotAllowed."""
    require_may_give(actor, Grant.Kind(grant.kind), grant.school)
    now = timezone.now()
    if grant.ends_at is not None and grant.ends_at <= now:
        raise NotFound
    with transaction.atomic():
        bump_access([grant.member_id], reason=f"grant ended: {grant.kind}")
        Grant.objects.filter(pk=grant.pk).update(ends_at=now)
        grant.ends_at = now
        audit.record(actor, "grant.ended", grant, scope=_scope(grant.school), subject=grant.member_id, kind=grant.kind)
    return grant


def _scope(school: School | None) -> int | str:
    return school.pk if school else audit.SITE
