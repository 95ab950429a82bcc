"""Parental consent recorded, refused, taken back and run out (S18, S20).

Invariants: no yes without a school's agreement in force; what changes holds for pages, sockets and classmates at the
commit, because the record, the member's state, the epoch, `consent_changed` and the audit entry are one transaction. A
record takes effect when it is recorded, or later; earlier only where the product itself enters what was before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from accounts.models import Member, MemberState
from consent.actions.guardians import bump_family
from consent.actions.ledger import append
from consent.actions.requests import end_requests
from consent.gate import (
    AgreementFacts,
    Allow,
    Deny,
    Facts,
    Reason,
    agreement_end,
    consent_answer,
    is_protected,
)
from consent.models import ConsentRequest, ParentalConsent, PolicyVersion, School, SchoolAgreement, Scope
from consent.models.policies import Policy
from consent.permissions import guardian_behind, school_for_consent
from consent.queries.facts import consent_facts, decisions_of, gate_facts
from consent.queries.schools import agreement_in_force, school_of
from consent.signals import consent_changed

Kind, Capacity, Method = ParentalConsent.Kind, ParentalConsent.Capacity, ParentalConsent.Method
LONGEST = timedelta(days=400)


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
        guardians = bump_family(child, reason="consent recorded")
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
        end_requests(child, ConsentRequest.State.ANSWERED)
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
    said = _Said.by(actor, child, kind, grantor, grantor_member)
    with transaction.atomic():
        guardians = bump_family(child, reason="consent withdrawn")
        newest = child.consents.order_by("-position").first()
        if newest is None:
            raise FieldInvalid(_("There is no yes on record that could be taken back."), field="kind")
        capacity = newest.capacity if newest.capacity != Capacity.SCHOOL else Capacity.PARENT
        return said.record(
            guardians,
            "consent.withdrawn",
            capacity=capacity,
            method=method,
            policy_version=newest.policy_version,
            evidence=evidence,
            effective_at=effective_at,
        )


def refuse_consent(
    actor: Actor,
    child: Member,
    *,
    kind: str = Kind.WITHDRAW,
    grantor: str = "",
    grantor_member: Member | None = None,
    capacity: str = Capacity.PARENT,
    method: str | None = None,
    evidence: str = "",
) -> ParentalConsent:
    """Record the family's no to what it was asked, or that the parents disagree about it: nothing opens, and nobody is
    asked any more (S18). In the ledger it is what a yes taken back is; that there was none before makes it a no.

    A linked guardian speaks for themselves; a school says who told it. Raises NotFound, FieldInvalid. Twice is once.
    """
    said = _Said.by(actor, child, kind, grantor, grantor_member)
    if capacity not in (Capacity.PARENT, Capacity.GUARDIAN):
        raise FieldInvalid(_("Choose as what this person decides."), field="capacity")
    with transaction.atomic():
        guardians = bump_family(child, reason="consent refused")
        end_requests(child, ConsentRequest.State.ANSWERED)
        policy = _policy_in_force(timezone.now())
        return said.record(
            guardians,
            "consent.refused",
            capacity=capacity,
            method=method,
            policy_version=policy.version if policy else "",
            evidence=evidence,
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """Somebody's word against the use: by a linked guardian themselves (`speaks`), or told to the school."""

    actor: Actor
    child: Member
    school: School | None
    speaks: Member | None
    kind: str
    grantor: str
    named: Member | None

    @classmethod
    def by(cls, actor: Actor, child: Member, kind: str, grantor: str, named: Member | None) -> "_Said":
        speaks = guardian_behind(actor, child)
        school = school_of(child.pk) if speaks else school_for_consent(actor, child)
        if kind not in (Kind.WITHDRAW, Kind.DISPUTE):
            raise FieldInvalid(_("Choose what happened."), field="kind")
        return cls(actor, child, school, speaks, kind, speaks.name if speaks else grantor, named)

    def record(
        self,
        guardians: Collection[Member],
        action: str,
        *,
        capacity: str,
        method: str | None,
        policy_version: str,
        evidence: str,
        effective_at: datetime | None = None,
    ) -> ParentalConsent:
        """Inside the transaction, after `bump_family`. Twice the same is once: the record that stands is returned."""
        grantor_member = self.speaks or _grantor(self.actor, self.grantor, self.named, guardians)
        is_online = self.speaks is not None
        standing = _standing_refusal(self.child, self.kind, grantor_member, is_online=is_online)
        if standing is not None:
            return standing
        record = append(
            self.child.pk,
            kind=self.kind,
            scopes=[],
            grantor=self.grantor.strip()[:120],
            grantor_member=grantor_member,
            capacity=capacity,
            method=Method.ONLINE if is_online else (method or Method.IN_PERSON),
            policy_version=policy_version,
            notice_hash="",
            evidence=evidence.strip()[:200],
            agreement=None,
            effective_at=_effective_at(self.actor, effective_at, timezone.now()),
            expires_at=None,
            recorded_by_id=self.actor.member_id,
        )
        _tell(self.actor, self.child, self.school, record, "consent.disputed" if self.kind == Kind.DISPUTE else action)
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
        bump_family(child, reason="consent expired")
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
        _tell(actor, child, school_of(child.pk), record, "consent.expired")


# Steps


def _effective_at(actor: Actor, wanted: datetime | None, now: datetime) -> datetime:
    if wanted is not None and (actor.is_system or wanted > now):
        return wanted
    return now


def _admit(child: Member) -> None:
    """`awaiting_consent` means: never yet. Once admitted, the ledger alone says whether the child may enter."""
    waiting = Member.objects.filter(pk=child.pk, state=MemberState.AWAITING_CONSENT)
    if waiting.update(state=MemberState.ACTIVE):
        child.state = MemberState.ACTIVE


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
    if method not in Method.values or method == Method.EMAIL:  # a link that was mailed proves nobody
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
