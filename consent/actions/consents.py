"""Parental consent recorded, taken back, run out, and asked for (S18, S20).

Invariants: no yes without a school's agreement in force; what changes holds for pages, sockets and classmates at the
commit, because the record, the member's state, the epoch, `consent_changed` and the audit entry are one transaction. A
record takes effect when it is recorded, or later; earlier only where the product itself enters what was before.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound, TooFast
from accounts.models import Member, MemberState
from consent.actions.ledger import append
from consent.gate import (
    AgreementFacts,
    Allow,
    Deny,
    Facts,
    Reason,
    agreement_end,
    consent_answer,
    is_protected,
    midnight,
)
from consent.models import ConsentRequest, ParentalConsent, PolicyVersion, School, SchoolAgreement, Scope
from consent.models.policies import Policy
from consent.permissions import guardian_behind, require_may_ask_again, school_for_consent
from consent.queries.children import guardians_of, may_ask_again
from consent.queries.facts import consent_facts, decisions_of, gate_facts
from consent.queries.schools import agreement_in_force, student_memberships
from consent.signals import consent_changed

Kind, Capacity, Method = ParentalConsent.Kind, ParentalConsent.Capacity, ParentalConsent.Method
LONGEST = timedelta(days=400)
ANSWER_WITHIN = timedelta(days=30)


def record_consent(
    actor: Actor,
    child: Member,
    *,
    scopes: Collection[str],
    grantor: str,
    capacity: str,
    method: str,
    evidence: str,
    grantor_member: Member | None = None,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    agreement: SchoolAgreement | None = None,
) -> ParentalConsent:
    """Record a parent's yes, as a school holds it. Without `expires_at` it lasts as long as the agreement.

    A `grantor` who bears the name of a linked guardian is that guardian. Raises NotFound, FieldInvalid.
    """
    now = timezone.now()
    school = school_for_consent(actor, child)
    agreement = _agreement(school, agreement, now)
    effective_at = _effective_at(actor, effective_at, now)
    expires_at = expires_at or agreement_end(AgreementFacts(agreement.starts_on, agreement.ends_on), school.time_zone)
    _validate_child(child, now)
    _validate(scopes, grantor, capacity, method, evidence)
    _validate_expiry(expires_at, effective_at)
    policy = _policy_in_force(now)
    with transaction.atomic():
        guardians = _bump_family(child, reason="consent recorded")
        record = append(
            child.pk,
            kind=Kind.GRANT,
            scopes=sorted(scopes),
            grantor=grantor.strip(),
            grantor_member=_grantor(actor, grantor, grantor_member, guardians),
            capacity=capacity,
            method=method,
            policy_version=policy.version if policy else "",
            notice_hash=policy.text_hash if policy else "",
            evidence=evidence.strip(),
            agreement=agreement,
            effective_at=effective_at,
            expires_at=expires_at,
            recorded_by_id=actor.member_id,
        )
        _admit(child)
        _answer_requests(child)
        _tell(actor, child, school, record, "consent.granted")
    return record


def withdraw_consent(
    actor: Actor,
    child: Member,
    *,
    kind: str = Kind.WITHDRAW,
    grantor: str = "",
    grantor_member: Member | None = None,
    method: str | None = None,
    evidence: str = "",
    effective_at: datetime | None = None,
) -> ParentalConsent:
    """Take a yes back, or record that the parents disagree (`kind` dispute); effective at the commit.

    A linked guardian speaks for themselves; a school says who told it. Raises NotFound, FieldInvalid. Twice the same is
    once: the record that stands is returned.
    """
    speaks = guardian_behind(actor, child)
    school = _school_of(child) if speaks else school_for_consent(actor, child)
    if kind not in (Kind.WITHDRAW, Kind.DISPUTE):
        raise FieldInvalid(_("Choose what happened."), field="kind")
    with transaction.atomic():
        guardians = _bump_family(child, reason="consent withdrawn")
        grantor_member = speaks or _grantor(actor, grantor, grantor_member, guardians)
        standing = _standing_refusal(child, kind, grantor_member, is_online=speaks is not None)
        if standing is not None:
            return standing
        newest = child.consents.order_by("-position").first()
        if newest is None:
            raise FieldInvalid(_("There is no yes on record that could be taken back."), field="kind")
        record = append(
            child.pk,
            kind=kind,
            scopes=[],
            grantor=(speaks.name if speaks else grantor).strip()[:120],
            grantor_member=grantor_member,
            capacity=newest.capacity if newest.capacity != Capacity.SCHOOL else Capacity.PARENT,
            method=Method.ONLINE if speaks else (method or Method.IN_PERSON),
            policy_version=newest.policy_version,
            notice_hash="",
            evidence=evidence.strip()[:200],
            agreement=None,
            effective_at=_effective_at(actor, effective_at, timezone.now()),
            expires_at=None,
            recorded_by_id=actor.member_id,
        )
        _tell(actor, child, school, record, "consent.disputed" if kind == Kind.DISPUTE else "consent.withdrawn")
    return record


def expire_consents(*, now: datetime | None = None) -> int:
    """Write down which consents have run out, so that classmates no longer see those children's messages; the clock's.

    The gate closes at the instant itself, with or without this record. Returns how many children.
    """
    now = now or timezone.now()
    actor = Actor.system("consent expiry")
    later = ParentalConsent.objects.filter(child=OuterRef("child"), position__gt=OuterRef("position"))
    over = ParentalConsent.objects.filter(~Exists(later), kind=Kind.GRANT, expires_at__lte=now)
    facts = gate_facts(over.values_list("child", flat=True))
    expired = [child_id for child_id, each in facts.items() if is_protected(each, now) and _has_expired(each, now)]
    for child in Member.objects.filter(pk__in=expired).order_by("pk"):
        _expire(actor, child, now)
    return len(expired)


def _has_expired(facts: Facts, now: datetime) -> bool:
    answer = consent_answer(facts, now)
    return isinstance(answer, Deny) and answer.code == Reason.CONSENT_EXPIRED


def _expire(actor: Actor, child: Member, now: datetime) -> None:
    with transaction.atomic():
        _bump_family(child, reason="consent expired")
        newest = child.consents.order_by("-position").get(position=child.consents.count())
        if newest.kind != Kind.GRANT or newest.expires_at is None or newest.expires_at > now:
            return  # answered meanwhile
        record = append(
            child.pk,
            kind=Kind.EXPIRE,
            scopes=[],
            grantor=newest.grantor,
            grantor_member=newest.grantor_member,
            capacity=newest.capacity,
            method=newest.method,
            policy_version=newest.policy_version,
            agreement=newest.agreement,
            effective_at=newest.expires_at,
            recorded_by_id=None,
        )
        _tell(actor, child, _school_of(child), record, "consent.expired")


# Asking


def ask_family(
    actor: Actor,
    child: Member,
    *,
    channel: str,
    address: str | None = None,
    language: str = "en",
    course_id: int | None = None,
    sent_at: datetime | None = None,
) -> ConsentRequest:
    """Note that a parent was asked, how, and until when we wait (30 days). Raises NotFound, FieldInvalid."""
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
            expires_at=sent_at + ANSWER_WITHIN,
        )
        audit.record(actor, "consent.asked", request, scope=school.pk, subject=child.pk, channel=channel)
    return request


def ask_again(actor: Actor, child: Member) -> ConsentRequest:
    """The child, or the school, asks the family once more; once a day. Raises NotFound, TooFast."""
    require_may_ask_again(actor, child)
    now = timezone.now()
    school = _school_of(child)
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
        ConsentRequest.objects.filter(pk=request.pk).update(asked_again_at=now)
        request.asked_again_at = now
        audit.record(actor, "consent.asked_again", request, scope=_scope(school), subject=child.pk)
    return request


# Steps


def _bump_family(child: Member, *, reason: str) -> list[Member]:
    """First of the transaction: the child's lock is what keeps the ledger in order. Returns the linked guardians."""
    guardians = guardians_of([child.pk])[child.pk]
    bump_access([child.pk, *(guardian.pk for guardian in guardians)], reason=reason)
    return guardians


def _effective_at(actor: Actor, wanted: datetime | None, now: datetime) -> datetime:
    if wanted is not None and (actor.is_system or wanted > now):
        return wanted
    return now


def _admit(child: Member) -> None:
    """`awaiting_consent` means: never yet. Once admitted, the ledger alone says whether the child may enter."""
    waiting = Member.objects.filter(pk=child.pk, state=MemberState.AWAITING_CONSENT)
    if waiting.update(state=MemberState.ACTIVE):
        child.state = MemberState.ACTIVE


def _answer_requests(child: Member) -> None:
    """The way to reach the parent goes with the answer."""
    waiting = ConsentRequest.objects.filter(child=child, state=ConsentRequest.State.WAITING)
    waiting.update(state=ConsentRequest.State.ANSWERED, address=None)


def _tell(actor: Actor, child: Member, school: School | None, record: ParentalConsent, action: str) -> None:
    """Rooms hide or show the child (they lock room heads), then the audit entry: the product's order of locks."""
    allowed = isinstance(decisions_of([child.pk])[child.pk], Allow)
    consent_changed.send(ParentalConsent, child_id=child.pk, allowed=allowed, at=record.recorded_at)
    audit.record(
        actor, action, record, scope=_scope(school), subject=child.pk, position=record.position, scopes=record.scopes
    )


def _standing_refusal(
    child: Member, kind: str, grantor_member: Member | None, *, is_online: bool
) -> ParentalConsent | None:
    """The newest record, where it says the same for the same voice already."""
    newest = child.consents.order_by("-position").first()
    if newest is None or newest.kind != kind:
        return None
    same = newest.grantor_member_id == (grantor_member.pk if grantor_member else None)
    return newest if same and consent_facts(newest).on_paper != is_online else None


def _school_of(child: Member) -> School | None:
    membership = student_memberships([child.pk]).first()
    return membership.school if membership else None


def _scope(school: School | None) -> int | str:
    return school.pk if school else audit.SITE


def _grantor(actor: Actor, name: str, named: Member | None, guardians: Collection[Member]) -> Member | None:
    """Who spoke: the linked guardian who is named, or who bears the name that a form is signed with."""
    if named is not None:
        if named not in guardians and not actor.is_system:
            raise FieldInvalid(_("This person isn't linked to the child."), field="grantor_member")
        return named
    signed = " ".join(name.split()).casefold()
    return next((guardian for guardian in guardians if guardian.name.casefold() == signed), None)


def _policy_in_force(now: datetime) -> PolicyVersion | None:
    versions = PolicyVersion.objects.filter(policy__kind=Policy.Kind.PRIVACY, effective_at__lte=now)
    return versions.order_by("-effective_at", "-pk").first()


def _seconds_to_midnight(school: School | None, now: datetime) -> int:
    zone = school.time_zone if school else timezone.get_default_timezone_name()
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return int((midnight(tomorrow, zone) - now).total_seconds()) + 1


# Validation


def _agreement(school: School, agreement: SchoolAgreement | None, now: datetime) -> SchoolAgreement:
    in_force = agreement_in_force(school, now=now)
    if in_force is None:
        raise FieldInvalid(
            _("The school has no agreement in force. It comes first, then the family's yes."), field="agreement"
        )
    if agreement is not None and agreement.school_id != school.pk:
        raise FieldInvalid(_("This agreement is another school's."), field="agreement")
    return agreement or in_force


def _validate_child(child: Member, now: datetime) -> None:
    if not is_protected(gate_facts([child.pk])[child.pk], now):
        raise FieldInvalid(_("From 14 on no parent's consent is needed."), field="child")


def _validate(scopes: Collection[str], grantor: str, capacity: str, method: str, evidence: str) -> None:
    if unknown := set(scopes) - set(Scope.values):
        raise FieldInvalid(_("This can't be consented to: %(scope)s"), field="scopes", scope=", ".join(sorted(unknown)))
    if Scope.USE not in scopes:
        raise FieldInvalid(_("Without “use” nothing else can be allowed."), field="scopes")
    if not grantor.strip():
        raise FieldInvalid(_("Write the name of the parent who said yes."), field="grantor")
    if capacity not in Capacity.values:
        raise FieldInvalid(_("Choose as what this person decides."), field="capacity")
    if method not in Method.values:
        raise FieldInvalid(_("Choose how the answer was given."), field="method")
    if not evidence.strip():
        raise FieldInvalid(_("Say where the answer can be found, such as the number of the form."), field="evidence")
    for field, text, most in (("grantor", grantor, 120), ("evidence", evidence, 200)):
        if len(text.strip()) > most:
            raise FieldInvalid(_("At most %(limit)d characters fit here."), field=field, limit=most)


def _validate_expiry(expires_at: datetime, effective_at: datetime) -> None:
    if expires_at <= effective_at:
        raise FieldInvalid(_("This day is over already."), field="expires_at")
    if expires_at > effective_at + LONGEST:
        raise FieldInvalid(_("A consent lasts at most 400 days; then the family is asked again."), field="expires_at")
