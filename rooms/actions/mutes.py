"""Pausing a student in one room for a while."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from rooms import permissions
from rooms.actions.clearances import Clearance, hold
from rooms.actions.messages import REASON_CHARS, scope_of
from rooms.models import Mute
from rooms.queries.seats import members_at
from rooms.queries.standings import Standing

LONGEST_MINUTES = 60


def mute_member(
    actor: Actor, standing: Standing, *, clearance: Clearance, seat: int, minutes: int, reason: str
) -> Mute:
    """Staff pause a student of the room: the student reads on and cannot write until then.

    Raises: NotAllowed, NotFound (nobody sits there), FieldInvalid (reason, minutes), AccessChanged.
    """
    permissions.can_moderate(standing)
    members = members_at(standing.room, [seat])
    if not members:
        raise NotFound
    permissions.can_mute(standing, members[0])
    reason = reason.strip()[:REASON_CHARS]
    if not reason:
        raise FieldInvalid(_("Give a reason: it goes on record, and the student can ask for it."), field="reason")
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise FieldInvalid(_("A pause lasts from 1 to 60 minutes."), field="minutes")
    with transaction.atomic():
        hold(standing.member_id, clearance, with_members=members)
        bump_access(members, reason="muted")
        now = timezone.now()
        mute = Mute.objects.create(
            room=standing.room,
            member_id=members[0],
            by_id=standing.member_id,
            reason=reason,
            at=now,
            until=now + timedelta(minutes=minutes),
        )
        audit.record(
            actor,
            "member.mute",
            standing.room,
            scope=scope_of(standing),
            subject=members[0],
            minutes=minutes,
            reason=reason,
        )
    return mute
