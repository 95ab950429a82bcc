"""Leaving for good begins with what would be left behind: a course without anybody to lead it, a school or a site
without anybody to look after it (S5, S35)."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.leaving import deactivate
from accounts.actor import Actor
from accounts.errors import NotAllowed
from accounts.models import Member
from consent.queries.duties import held_alone
from rooms.models import Course, Enrollment
from rooms.queries.standings import active_enrollments

LEADS = _("You are the only instructor of a course. Add another one there, or archive it, then come back to this page.")

LOOKS_AFTER = _(
    "Nobody else looks after what you look after. Have somebody else named first, then come back to this page."
)


def courses_led_alone(member: Member) -> list[Course]:
    """Those that would have nobody: neither a record, nor led by another who stays. Two statements."""
    leaders = active_enrollments(timezone.now()).filter(role=Enrollment.Role.INSTRUCTOR, until__isnull=True)
    own = leaders.filter(member=member, course__archived_at__isnull=True)
    others = leaders.exclude(member=member).filter(course__in=own.values("course"))
    rows = own.exclude(course__in=others.values("course")).select_related("course")
    return [row.course for row in rows.order_by("course__title", "course")]


def leave(actor: Actor, member: Member, *, typed: str) -> Member:
    """Deactivate one's own account. Raises FieldInvalid, NotAllowed: also where a course, a school or the
    site would have nobody."""
    if courses_led_alone(member):
        raise NotAllowed(LEADS)
    if held_alone(member.pk):
        raise NotAllowed(LOOKS_AFTER)
    return deactivate(actor, member, typed=typed)
