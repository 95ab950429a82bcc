"""Guardians linked to children, and the links ended (S21, S22).

Invariant: a link ends by itself at the child's majority, by the school's clock; whoever loses a link reads nothing more
from the commit on. Made by the school until access codes exist.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from accounts.models import Member
from consent.gate import midnight
from consent.models import Grant, GuardianLink, School
from consent.models.schools import Source
from consent.permissions import school_for_consent
from consent.queries.children import guardians_of
from consent.queries.schools import in_time

SLOTS = 4


def link_guardian(
    actor: Actor,
    guardian: Member,
    child: Member,
    *,
    slot: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    source: str = Source.SCHOOL,
) -> GuardianLink:
    """Link a guardian to a child, active at once. Raises NotFound, FieldInvalid."""
    school = school_for_consent(actor, child)
    _validate(guardian, child, slot)
    try:
        with transaction.atomic():
            bump_access([guardian.pk, *_supervisors(school)], reason="guardian linked")
            link = GuardianLink.objects.create(
                guardian=guardian,
                child=child,
                slot=slot,
                state=GuardianLink.State.ACTIVE,
                starts_at=starts_at or timezone.now(),
                ends_at=ends_at or _majority(child, school),
                source=source,
            )
            audit.record(
                actor, "guardian.linked", link, scope=school.pk, subject=child.pk, guardian=guardian.pk, slot=slot
            )
    except IntegrityError as problem:  # somebody else was faster
        raise FieldInvalid(_("Somebody else is linked in this place already."), field="slot") from problem
    return link


def end_link(actor: Actor, link: GuardianLink) -> GuardianLink:
    """End a link now; ended once it stays ended. Raises NotFound."""
    school = school_for_consent(actor, link.child)
    if link.state == GuardianLink.State.ENDED:
        return link
    now = timezone.now()
    with transaction.atomic():
        bump_access([link.guardian_id, *_supervisors(school)], reason="guardian link ended")
        GuardianLink.objects.filter(pk=link.pk).update(state=GuardianLink.State.ENDED, ends_at=now)
        link.state, link.ends_at = GuardianLink.State.ENDED, now
        audit.record(
            actor, "guardian.link_ended", link, scope=school.pk, subject=link.child_id, guardian=link.guardian_id
        )
    return link


def _majority(child: Member, school: School) -> datetime | None:
    return midnight(child.majority_on, school.time_zone) if child.majority_on else None


def _validate(guardian: Member, child: Member, slot: int) -> None:
    if guardian.pk == child.pk or guardian.is_k12:
        raise FieldInvalid(_("A guardian has to be a grown-up, not a student of a school."), field="guardian")
    if not 1 <= slot <= SLOTS:
        raise FieldInvalid(_("A child has four places for guardians, 1 to 4."), field="slot")
    active = GuardianLink.objects.filter(child=child, state=GuardianLink.State.ACTIVE)
    if active.filter(slot=slot).exists():
        raise FieldInvalid(_("Somebody else is linked in this place already."), field="slot")
    if active.filter(guardian=guardian).exists():
        raise FieldInvalid(_("This guardian is linked to this child already."), field="guardian")


def bump_family(child: Member, *, reason: str) -> list[Member]:
    """First of the transaction: the child's lock is what keeps the ledger in order. Returns the linked guardians."""
    guardians = guardians_of([child.pk])[child.pk]
    bump_access([child.pk, *(guardian.pk for guardian in guardians)], reason=reason)
    return guardians


def _supervisors(school: School) -> list[int]:
    """They read a minor's one-to-one chats exactly while nobody is linked (S10)."""
    grants = Grant.objects.filter(in_time(timezone.now()), kind=Grant.Kind.SUPERVISOR, school=school)
    return list(grants.values_list("member_id", flat=True))
