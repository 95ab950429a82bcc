"""The family is asked for its yes or no, and asked again (S18).

Invariant: how to reach the parent lives in the request and goes with the answer, and so do the mails; a child may
remind once a day. A reminder of the child's gives no more time; the school's does.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound, TooFast
from accounts.models import Member
from consent.actions.request_mails import forget_request_mails, mail_request
from consent.gate import midnight
from consent.models import ConsentRequest, School
from consent.permissions import require_may_ask_again, school_for_consent
from consent.queries.children import may_ask_again
from consent.queries.schools import school_of

ANSWER_WITHIN = timedelta(days=30)


def ask_family(
    actor: Actor,
    child: Member,
    *,
    channel: str,
    address: str | None = None,
    language: str = "en",
    course_id: int | None = None,
    sent_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> ConsentRequest:
    """Ask a parent, by mail where there is an address; we wait for 30 days, or until `expires_at`. Raises NotFound,
    FieldInvalid."""
    school = school_for_consent(actor, child)
    if channel not in ConsentRequest.Channel.values:
        raise FieldInvalid(_("Choose how the family is asked."), field="channel")
    sent_at = sent_at or timezone.now()
    with transaction.atomic():
        request = ConsentRequest.objects.create(
            child=child,
            course_id=course_id,
            channel=channel,
            address=address,
            language=language,
            sent_at=sent_at,
            expires_at=expires_at or sent_at + ANSWER_WITHIN,
        )
        mail_request(request, school)
        audit.record(actor, "consent.asked", request, scope=school.pk, subject=child.pk, channel=channel)
    return request


def ask_again(actor: Actor, child: Member) -> ConsentRequest:
    """The child, or the school, asks the family once more, by mail where it was asked by mail; once a day. From the
    school's asking on we wait another 30 days. Raises NotFound, TooFast."""
    require_may_ask_again(actor, child)
    now = timezone.now()
    school = school_of(child.pk)
    with transaction.atomic():
        waiting = child.consent_requests.select_for_update().filter(state=ConsentRequest.State.WAITING)
        request = waiting.order_by("-sent_at", "-pk").first()
        if request is None or request.expires_at <= now:
            raise NotFound
        if not may_ask_again(request, school, now):
            raise TooFast(
                _("You can ask once a day. Tomorrow you can ask again."),
                retry_after_seconds=_seconds_to_midnight(school, now),
            )
        request.asked_again_at, request.asked_again_by_id = now, actor.member_id
        if actor.member_id != child.pk:
            request.expires_at = now + ANSWER_WITHIN
        request.save(update_fields=["asked_again_at", "asked_again_by", "expires_at"])
        if school is not None:
            mail_request(request, school)
        scope = school.pk if school else audit.SITE
        audit.record(actor, "consent.asked_again", request, scope=scope, subject=child.pk)
    return request


def end_requests(child: Member, state: ConsentRequest.State) -> None:
    """Inside the transaction of the answer, or of what makes it needless: the way to reach the parent goes with it."""
    waiting = ConsentRequest.objects.filter(child=child, state=ConsentRequest.State.WAITING)
    forget_request_mails(waiting)
    waiting.update(state=state, address=None)


def _seconds_to_midnight(school: School | None, now: datetime) -> int:
    zone = school.time_zone if school else timezone.get_default_timezone_name()
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return int((midnight(tomorrow, zone) - now).total_seconds()) + 1
