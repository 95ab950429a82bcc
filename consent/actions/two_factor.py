"""A second step taken away from somebody who lost the device (accounts.actions.two_factor holds the step itself)."""

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.two_factor import remove_two_factor
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from accounts.models import Member
from consent.models import School
from consent.permissions import require_operator, require_school_admin
from consent.queries.schools import below_the_office

LONGEST = 200


def reset_two_factor(actor: Actor, member: Member, *, reason: str, school: School | None = None) -> None:
    """By the administrator of a school for its people but administrators, by the operator for everybody; for oneself by
    nobody: who has the password alone must not take the second step away. All their sessions end.

    Raises NotFound, FieldInvalid.
    """
    require_may_reset(actor, member, school)
    if not reason.strip():
        raise FieldInvalid(_("Write how you know that it is them: it stays on record."), field="reason")
    scope = school.pk if school is not None else audit.SITE
    remove_two_factor(actor, member, reason=reason.strip()[:LONGEST], scope=scope)


def require_may_reset(actor: Actor, member: Member, school: School | None) -> None:
    """`school` None: the operator asks. Raises NotFound."""
    if school is None:
        require_operator(actor)
    else:
        require_school_admin(actor, school)
        _require_of_school(member, school)
    if actor.member_id == member.pk:
        raise NotFound


def _require_of_school(member: Member, school: School) -> None:
    """Another administrator's is the operator's matter: whoever answers for more is not opened by whoever has less."""
    if member.pk not in below_the_office(school, [member.pk]):
        raise NotFound
