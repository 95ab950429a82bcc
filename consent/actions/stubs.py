"""A child's stub goes: when nobody has answered in time, or when the parent says no by the link of the mail (S18).

Invariant: a stub alone is erased, one that was never let in and is protected still; whatever was asked, how to reach
the parent is gone in the same commit. What stays is that somebody was asked, when, and how it ended, of nobody.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.erasing import erase_member
from accounts.actor import Actor
from accounts.errors import NotAllowed, NotFound
from accounts.models import Member, MemberState
from consent.actions.consents import refuse_consent
from consent.actions.guardians import bump_family
from consent.actions.request_mails import forget_mails_of_the_answered
from consent.actions.requests import end_requests
from consent.gate import is_protected
from consent.models import ClassCard, ConsentRequest, GuardianLink, ParentalConsent, SchoolMembership
from consent.queries.facts import asked_anew, gate_facts
from consent.queries.requests import waiting_request
from consent.queries.schools import school_of

State = ConsentRequest.State
BY_LINK = Actor.system("the link that was mailed to the family")
OWN = _("This is for your parent or guardian to say.")


def refuse_by_link(actor: Actor, request_id: int) -> Member:
    """The parent's no, by whoever has the mail: on record, and the stub is gone before the page answers. The child's
    page, if one is open, says so. Raises NotFound (answered or over), NotAllowed (the child)."""
    request = waiting_request(request_id)
    child = request.child
    if actor.member_id == child.pk:
        raise NotAllowed(OWN)
    with transaction.atomic():
        bump_family(child, reason="consent refused")
        if not _waits(child):  # somebody was faster
            raise NotFound
        is_stub = _is_stub(child, timezone.now())
        asked = list(child.consent_requests.filter(state=State.WAITING).values_list("pk", flat=True))
        if is_stub:
            _erase(BY_LINK, child, reason="the family said no", ends_sessions=False)
        refuse_consent(BY_LINK, child, method=ParentalConsent.Method.EMAIL)
        if is_stub:
            _let_go(child, asked)
    return child


def erase_unanswered(*, now: datetime | None = None) -> int:
    """Stubs that nobody has answered about in time; the clock's. Returns how many children."""
    now = now or timezone.now()
    waiting = ConsentRequest.objects.filter(state=State.WAITING)
    over, still = waiting.filter(expires_at__lte=now), waiting.filter(expires_at__gt=now)
    children = Member.objects.filter(Q(pk__in=over.values("child")) & ~Q(pk__in=still.values("child")))
    ended = [_end_unanswered(child, now) for child in children.order_by("pk")]
    forget_mails_of_the_answered()
    return sum(ended)


def _end_unanswered(child: Member, now: datetime) -> bool:
    actor = Actor.system("nobody answered in time")
    with transaction.atomic():
        bump_family(child, reason="nobody answered in time")
        waiting = list(child.consent_requests.select_for_update().filter(state=State.WAITING))
        if not waiting or any(request.expires_at > now for request in waiting):
            return False  # answered, or asked again, meanwhile
        is_stub = _is_stub(child, now)
        school = school_of(child.pk)
        if is_stub:
            _erase(actor, child, reason="nobody answered in time", ends_sessions=True)
        end_requests(child, State.EXPIRED if is_stub or _is_young(child, now) else State.ENDED)
        for request in waiting:
            audit.record(
                actor, "consent.unanswered", request, scope=school.pk if school else audit.SITE, subject=child.pk
            )
        if is_stub:
            _let_go(child, [request.pk for request in waiting])
    return True


def _waits(child: Member) -> bool:
    return child.consent_requests.select_for_update().filter(state=State.WAITING).exists()


def _is_stub(child: Member, now: datetime) -> bool:
    """Under the child's lock, as it is now."""
    child.refresh_from_db()
    return child.state == MemberState.AWAITING_CONSENT and _is_young(child, now)


def _is_young(child: Member, now: datetime) -> bool:
    with asked_anew():
        return is_protected(gate_facts([child.pk])[child.pk], now)


def _erase(actor: Actor, child: Member, *, reason: str, ends_sessions: bool) -> None:
    school = school_of(child.pk)
    scope = school.pk if school else audit.SITE
    erase_member(actor, child, reason=reason, scope=scope, ends_sessions=ends_sessions)


def _let_go(child: Member, request_ids: list[int]) -> None:
    """Of the school's list, its class, cards and families; last, because the school is what everything before is
    recorded with."""
    now = timezone.now()
    SchoolMembership.objects.filter(member=child, ends_at__isnull=True).update(ends_at=now, grade=None)
    ClassCard.objects.filter(member=child).delete()
    links = GuardianLink.objects.filter(child=child).exclude(state=GuardianLink.State.ENDED)
    links.update(state=GuardianLink.State.ENDED, ends_at=now)
    ConsentRequest.objects.filter(pk__in=request_ids).update(erased_at=now)
