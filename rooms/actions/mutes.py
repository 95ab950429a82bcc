"""Pausing a student in a course for a while: the student reads on, and can't write in any of its rooms until then.

One-to-one chats stay open: whoever is paused can still reach a teacher. Invariant: of a student in a course at most one
pause is in force; the student's access row, locked first, makes two teachers take turns.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from rooms import permissions
from rooms.actions.clearances import Clearance, hold
from rooms.actions.messages import reason_given, scope_of
from rooms.models import Mute, Room
from rooms.queries.mutes import in_force
from rooms.queries.seats import members_at
from rooms.queries.standings import Standing

LONGEST_MINUTES = 60


def mute_member(
    actor: Actor, standing: Standing, *, clearance: Clearance, seat: int, minutes: int, reason: str
) -> Mute:
    """Staff pause a student of the course; the student is shown the reason. A second pause never shortens the first.

    Raises: NotAllowed, NotFound (nobody sits there), FieldInvalid (reason, minutes), AccessChanged.
    """
    member = _student_at(standing, seat)
    reason = reason_given(reason)
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise FieldInvalid(_("A pause lasts from 1 to 60 minutes."), field="minutes")
    with transaction.atomic():
        hold(standing.member_id, clearance, with_members=[member])
        bump_access([member], reason="muted")
        now = timezone.now()
        mute = Mute.objects.create(
            room=standing.room,
            member_id=member,
            by_id=standing.member_id,
            reason=reason,
            at=now,
            until=max([now + timedelta(minutes=minutes), *_end(standing, member, now)]),
        )
        audit.record(
            actor,
            "member.mute",
            standing.room,
            scope=scope_of(standing),
            subject=member,
            minutes=minutes,
            reason=reason,
        )
    return mute


def unmute_member(actor: Actor, standing: Standing, *, clearance: Clearance, seat: int) -> None:
    """Staff let a student write again at once. Where nobody is paused nothing changes.

    Raises: NotAllowed, NotFound (nobody sits there), AccessChanged.
    """
    member = _student_at(standing, seat)
    with transaction.atomic():
        hold(standing.member_id, clearance, with_members=[member])
        if not _end(standing, member, timezone.now()):
            return
        bump_access([member], reason="unmuted")
        audit.record(actor, "member.unmute", standing.room, scope=scope_of(standing), subject=member)


def _student_at(standing: Standing, seat: int) -> int:
    """The student whom this member of staff may pause."""
    permissions.can_moderate(standing)
    if standing.room.kind == Room.Kind.DIRECT:
        raise NotAllowed(_("A pause holds in the rooms of the course; one-to-one chats stay open."))
    members = members_at(standing.room, [seat])
    if not members:
        raise NotFound
    permissions.can_mute(standing, members[0])
    return members[0]


def _end(standing: Standing, member: int, now: datetime) -> list[datetime]:
    """End what is in force; until when it would have lasted."""
    mutes = list(in_force(now).filter(member=member, room__course=standing.room.course_id))
    for mute in mutes:
        mute.ended_at, mute.ended_by_id = now, standing.member_id
        mute.save(update_fields=["ended_at", "ended_by"])
    return [mute.until for mute in mutes]
