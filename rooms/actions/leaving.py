"""Leaving for good begins with what would be left behind: a course without anybody to lead it, a school or a site
without anybody to look after it (S5, S35)."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.actions.leaving import TO_COME_BACK, deactivate
from accounts.actor import Actor
from accounts.errors import NotAllowed
from accounts.mail import send_mail
from accounts.models import Member
from consent.queries.children import guardians_of
from consent.queries.duties import held_alone
from rooms.models import Course, Enrollment
from rooms.queries.standings import active_enrollments

FAMILY = "/family/"
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
    with transaction.atomic():
        deactivate(actor, member, typed=typed)
        _tell_parents(member)
    return member


def _tell_parents(member: Member) -> None:
    """Whoever is linked hears of it by mail, with the day until which it can be taken back."""
    now = timezone.now()
    for guardian in guardians_of([member.pk], now=now)[member.pk]:
        if guardian.email is None:
            continue
        zone = ZoneInfo(guardian.time_zone) if guardian.time_zone else None
        with translation.override(guardian.locale):
            until = date_format(localdate(now + TO_COME_BACK, zone), "MONTH_DAY_FORMAT")
        send_mail(
            "child_left",
            address=guardian.email,
            recipient=guardian.pk,
            period=f"left {member.pk} {now.isoformat(timespec='minutes')}",
            payload={"child": member.given_name, "until": until, "url": f"{settings.SITE_URL}{FAMILY}"},
            locale=guardian.locale,
            cause=("accounts.member", str(member.pk)),
        )
