"""Leaving by oneself, and coming back (S5): a deactivated account is nowhere, and whoever signs in within 30 days has
it again as it was. After that it is closed.

Invariant: only one's own leaving can be taken back by signing in; what a school or moderator closed stays closed.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.members import change_state
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member, MemberState

DAYS_TO_COME_BACK = 30
TO_COME_BACK = timedelta(days=DAYS_TO_COME_BACK)
NOT_TYPED = _("Type the sign-in name exactly as it stands there. Nothing was changed.")
FOR_PARENTS = _("Until you are 14 your parents decide about this, not you. Tell them, or ask your teacher.")


def deactivate(actor: Actor, member: Member, *, typed: str) -> Member:
    """Every session and socket ends. `typed`: their sign-in name, once more. Raises NotAllowed, FieldInvalid."""
    if actor.member_id != member.pk or member.state != MemberState.ACTIVE:
        raise NotAllowed
    if member.is_protected_on(timezone.localdate()):
        raise NotAllowed(FOR_PARENTS)
    if typed.strip().lower() != member.sign_in_name:
        raise FieldInvalid(NOT_TYPED, field="typed")
    with transaction.atomic():
        change_state(actor, member, MemberState.DEACTIVATED, reason="left")
        _note(member, timezone.now())
    return member


def may_come_back(member: Member) -> bool:
    is_gone = member.state == MemberState.DEACTIVATED and member.left_at is not None
    return is_gone and timezone.now() < member.left_at + TO_COME_BACK  # type: ignore[operator]


def come_back(member: Member) -> Member:
    """They have signed in again: everything is as it was. Raises NotAllowed when the time is over."""
    if not may_come_back(member):
        raise NotAllowed
    with transaction.atomic():
        change_state(Actor.of_member(member), member, MemberState.ACTIVE, reason="came back")
        _note(member, None)
    return member


def close_the_left() -> int:
    """Who hasn't come back in time is out for good; the clock's. Returns how many."""
    gone = Member.objects.filter(state=MemberState.DEACTIVATED, left_at__lte=timezone.now() - TO_COME_BACK)
    members = list(gone.order_by("pk"))
    for member in members:
        change_state(Actor.system("left 30 days ago"), member, MemberState.CLOSED, reason="left")
    return len(members)


def _note(member: Member, left_at: datetime | None) -> None:
    Member.objects.filter(pk=member.pk).update(left_at=left_at)
    member.left_at = left_at
