"""The school tells the month of birth of a student whose age nobody knew (S18).

Invariant: it is told once, by the student's own school; until then the student is protected. From 14 on no parent is
asked any more, and how to reach one is gone.
"""

from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.members import change_state, set_age
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member, MemberState
from consent.actions.guardians import bump_family
from consent.actions.requests import end_requests
from consent.gate import Allow
from consent.models import ConsentRequest, School
from consent.permissions import school_for_consent
from consent.queries.facts import asked_anew, decisions_of
from consent.signals import consent_changed
from rooms.actions.registrations import Birth

KNOWN = _("The month of birth is on record already.")


def tell_birth_month(actor: Actor, child: Member, birth: Birth) -> Member:
    """Raises NotFound (no student of the actor's school), NotAllowed (known already), FieldInvalid."""
    school = school_for_consent(actor, child)
    today = localdate(timezone.now(), ZoneInfo(school.time_zone))
    if not birth.was_by(today):
        raise FieldInvalid(_("Choose the month and the year of birth."), field="birth")
    with transaction.atomic():
        bump_family(child, reason="age told")
        child.refresh_from_db()
        if child.age_known:
            raise NotAllowed(KNOWN)
        set_age(child, protected_until=birth.turns(14), majority_on=birth.turns(18))
        is_grown = today >= birth.turns(14)
        if is_grown:
            _let_in(actor, child, school)
        audit.record(actor, "member.age_told", child, scope=school.pk, subject=child.pk, is_young=not is_grown)
    return child


def _let_in(actor: Actor, child: Member, school: School) -> None:
    """Rooms first, then what is recorded: the product's order of locks."""
    with asked_anew():
        allowed = isinstance(decisions_of([child.pk])[child.pk], Allow)
    consent_changed.send(Member, child_id=child.pk, allowed=allowed, at=timezone.now())
    end_requests(child, ConsentRequest.State.ENDED)
    if child.state == MemberState.AWAITING_CONSENT:
        change_state(actor, child, MemberState.ACTIVE, reason="14 or over, says the school", scope=school.pk)
