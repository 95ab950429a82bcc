"""The password asked again before pages that could harm the account (S6).

Invariants: what counts is that the password was right in this very session; wrong tries are limited per account and
device, as rows. A password that is too long to be one is not hashed.
"""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.attempts import Limit, count_try
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member
from accounts.queries.confirmations import CONFIRMED

PER_SESSION = Limit("confirm_password", 5, timedelta(minutes=15))  # nobody locks the owner out from another device
PER_MEMBER = Limit("confirm_password_of", 50, timedelta(hours=1))
LONGEST = 1024  # characters

WRONG = _("That isn't the password of this account. Try again.")


def confirm_password(actor: Actor, member: Member, request: HttpRequest, *, password: str) -> None:
    """Note in the session that the password was right. Raises FieldInvalid, TooManyTries, and NotAllowed for another's
    account."""
    if actor.member_id != member.pk:
        raise NotAllowed
    tries = count_try({PER_SESSION: f"member {member.pk} at {actor.session_id}", PER_MEMBER: f"member {member.pk}"})
    if len(password) > LONGEST or not member.check_password(password):
        raise FieldInvalid(WRONG, field="password")
    tries.forgive(PER_SESSION)
    note_password(request)


def note_password(request: HttpRequest) -> None:
    """From now on the session counts as confirmed: its member has just shown who they are."""
    request.session[CONFIRMED] = int(timezone.now().timestamp())
