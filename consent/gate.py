"""The gate: may this member use the service now, and until when. Pure: facts in, decision out, no clock, no database.

Invariant: every answer carries `until`, the earliest instant at which the same facts may give another one; a socket
arms a timer for it and the writer accepts nothing after it. What is unclear is decided for the child.

The order of the table (S18: the agreement before the consent):

1. the account: closed, erased, put aside, on hold (`limited`), suspended → Deny, whoever it is
2. not protected (14 or older, or of known age outside K-12) → Allow; consent is no longer needed
3. no school with an agreement in force → Deny
4. the consent: the most protective of the voices → Allow with its scopes, or Deny

**Voices.** Parents answer each for themselves: a later record takes the place of an earlier one only if it speaks for
the same voice: both name the same linked guardian, or a school recorded both from what it has on paper (it vouches for
whose answer counts), or the later one is in the capacity `school`: the school's decision about a disagreement, by a
document. Of what still stands the most protective answer is taken: one dispute, else one yes taken back, else one no,
is enough to close, and another parent's later yes doesn't lift it. Where several say yes, the scopes are what all of
them gave. In the ledger a no and a yes taken back are of one kind; which it is follows from what came before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import MemberState
from consent.models.consents import ParentalConsent, Scope
from realtime.closing import CloseCode

Kind = ParentalConsent.Kind
ALL_SCOPES = frozenset(Scope)
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Reason(StrEnum):
    """Why somebody is held at the gate: the stable word of pages, frames and lists."""

    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    ACCOUNT_ERASED = "account_erased"  # a stub's details are deleted: nobody answered in time, or the answer was no
    ACCOUNT_ON_HOLD = "account_on_hold"
    SUSPENDED = "suspended"
    NO_AGREEMENT = "no_agreement"
    AGREEMENT_ENDED = "agreement_ended"
    AGE_UNKNOWN = "age_unknown"
    CONSENT_WAITING = "consent_waiting"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_REFUSED = "consent_refused"  # asked, and the answer was no: there was no yes to take back
    CONSENT_DISPUTED = "consent_disputed"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_OUTDATED = "consent_outdated"  # the policy changed materially since

    @property
    def close_code(self) -> CloseCode:
        return CLOSE_CODES.get(self, CloseCode.CONSENT_MISSING)

    @property
    def remedy(self) -> "Remedy":
        return REMEDIES.get(self, Remedy.WAIT_FOR_FAMILY)


class Remedy(StrEnum):
    """Who can open the gate again."""

    WAIT_FOR_FAMILY = "wait_for_family"
    ASK_SCHOOL = "ask_school"
    WRITE_TO_US = "write_to_us"


CLOSE_CODES = {
    Reason.ACCOUNT_CLOSED: CloseCode.ACCOUNT_CLOSED,
    Reason.ACCOUNT_DEACTIVATED: CloseCode.ACCOUNT_CLOSED,
    Reason.ACCOUNT_ERASED: CloseCode.ACCOUNT_CLOSED,
    Reason.ACCOUNT_ON_HOLD: CloseCode.ACCOUNT_CLOSED,
    Reason.SUSPENDED: CloseCode.SUSPENDED,
    Reason.NO_AGREEMENT: CloseCode.NO_AGREEMENT,
    Reason.AGREEMENT_ENDED: CloseCode.NO_AGREEMENT,
}
REMEDIES = {
    Reason.ACCOUNT_CLOSED: Remedy.WRITE_TO_US,
    Reason.ACCOUNT_DEACTIVATED: Remedy.WRITE_TO_US,
    Reason.ACCOUNT_ERASED: Remedy.ASK_SCHOOL,
    Reason.ACCOUNT_ON_HOLD: Remedy.ASK_SCHOOL,
    Reason.SUSPENDED: Remedy.ASK_SCHOOL,
    Reason.NO_AGREEMENT: Remedy.ASK_SCHOOL,
    Reason.AGREEMENT_ENDED: Remedy.ASK_SCHOOL,
    Reason.AGE_UNKNOWN: Remedy.ASK_SCHOOL,
}
STATES = {
    MemberState.CLOSED: Reason.ACCOUNT_CLOSED,
    MemberState.DEACTIVATED: Reason.ACCOUNT_DEACTIVATED,
    MemberState.ERASED: Reason.ACCOUNT_ERASED,
    MemberState.LIMITED: Reason.ACCOUNT_ON_HOLD,
    MemberState.SUSPENDED: Reason.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """Both days belong to it, by the school's clock; `ended_at` where it was ended early."""

    starts_on: date
    ends_on: date
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """A school whose student the member is, from `starts_at` until `ends_at`."""

    school_id: int
    zone: str
    starts_at: datetime
    ends_at: datetime | None = None
    agreements: tuple[AgreementFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One record of the ledger. `voice` is the linked guardian whom it names; `on_paper`: a school recorded it."""

    kind: str
    effective_at: datetime
    expires_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    voice: int | None = None
    on_paper: bool = True
    by_school: bool = False
    policy_version: str = ""

    @property
    def is_no(self) -> bool:
        """A yes without `use` is none."""
        return self.kind == Kind.WITHDRAW or (self.kind == Kind.GRANT and Scope.USE not in self.scopes)

    @property
    def is_yes(self) -> bool:
        return self.kind == Kind.GRANT and not self.is_no

    def refusal(self, earlier: Sequence["ConsentFacts"]) -> Reason | None:
        """What it says against the use, after the records before it: taken back is what was given and held then."""
        if self.kind == Kind.DISPUTE:
            return Reason.CONSENT_DISPUTED
        if not self.is_no:
            return None
        held = any(record.is_yes_at(self.effective_at) for record in earlier)
        return Reason.CONSENT_WITHDRAWN if held else Reason.CONSENT_REFUSED

    def speaks_for(self, earlier: "ConsentFacts") -> bool:
        """Whether this, the later one, takes the place of the earlier. See the module's docstring."""
        same_guardian = self.voice is not None and self.voice == earlier.voice
        return self.by_school or same_guardian or (self.on_paper and earlier.on_paper)

    def is_yes_at(self, now: datetime) -> bool:
        return self.is_yes and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """One version of the privacy policy, the oldest first."""

    version: str
    effective_at: datetime
    is_material: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the gate decides by. `schools` and `consents` are of a student; others have none."""

    member_id: int
    state: str = MemberState.ACTIVE
    protected_until: date | None = None
    age_known: bool = True
    is_k12: bool = False
    zone: str = "UTC"  # of the member, where no school gives one
    schools: tuple[SchoolFacts, ...] = ()
    consents: tuple[ConsentFacts, ...] = ()  # in the order of the ledger
    policies: tuple[PolicyFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Allow:
    """`schools`: those whose rooms are open to a young student; None for everybody else: no such bound."""

    until: datetime | None
    scopes: frozenset[str] = ALL_SCOPES
    schools: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """`data` holds instants and days for the sentence (`at`, `on`), never who decided."""

    code: Reason
    until: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def remedy(self) -> Remedy:
        return self.code.remedy

    @property
    def close_code(self) -> CloseCode:
        return self.code.close_code


Decision = Allow | Deny


def decide(facts: Facts, now: datetime) -> Decision:
    """The table of the module's docstring, read from top to bottom (S18, S20; design § 7)."""
    if (reason := STATES.get(MemberState(facts.state))) is not None:
        return Deny(reason)
    if not is_protected(facts, now):
        return Allow(until=None)
    birthday = _grown_at(facts)
    standing = _agreement(facts, now)
    if isinstance(standing, Deny):
        return Deny(standing.code, _earliest(now, standing.until, birthday), standing.data)
    answer = consent_answer(facts, now)
    until = _earliest(now, standing.until, answer.until, birthday)
    if isinstance(answer, Deny):
        return Deny(answer.code, until, answer.data)
    return Allow(until, answer.scopes, standing.schools)


# Age


def is_protected(facts: Facts, now: datetime) -> bool:
    """Until the 14th birthday begins by the school's clock; unknown age in a school is protected (S18)."""
    if facts.is_k12 and not facts.age_known:
        return True
    grown_at = _grown_at(facts)
    return grown_at is not None and now < grown_at


def _grown_at(facts: Facts) -> datetime | None:
    """The 14th birthday's first instant; with schools in several zones the latest one."""
    if facts.protected_until is None or (facts.is_k12 and not facts.age_known):
        return None
    zones = {school.zone for school in facts.schools} or {facts.zone}
    return max(midnight(facts.protected_until, zone) for zone in zones)


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a day by the clock of a place, in UTC: instants of one zone compare by the clock's face."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


# Agreement


def _agreement(facts: Facts, now: datetime) -> Allow | Deny:
    """Allow names the schools whose agreement is in force and the first end among them."""
    in_force, ends, starts, ended = set[int](), list[datetime](), list[datetime](), list[datetime]()
    for school in facts.schools:
        for start, end in _spans(school):
            if start <= now and (end is None or now < end):
                in_force.add(school.school_id)
                ends += [end] if end else []
            elif now < start:
                starts.append(start)
            elif end:
                ended.append(end)
    if in_force:
        return Allow(_earliest(now, *ends, *starts), schools=frozenset(in_force))
    if ended:
        return Deny(Reason.AGREEMENT_ENDED, _earliest(now, *starts), {"at": max(ended)})
    return Deny(Reason.NO_AGREEMENT, _earliest(now, *starts))


def _spans(school: SchoolFacts) -> Iterable[tuple[datetime, datetime | None]]:
    """When the member was a student of the school while an agreement was in force."""
    for agreement in school.agreements:
        start = max(school.starts_at, midnight(agreement.starts_on, school.zone))
        end = _first(agreement_end(agreement, school.zone), agreement.ended_at, school.ends_at)
        if end is None or start < end:
            yield start, end


def agreement_end(agreement: AgreementFacts, zone: str) -> datetime:
    """The midnight after its last day."""
    return midnight(agreement.ends_on + timedelta(days=1), zone)


# Consent


def consent_answer(facts: Facts, now: datetime) -> Allow | Deny:
    """What the family's records alone say: the most protective of the voices. See the module's docstring."""
    begun = [record for record in facts.consents if record.effective_at <= now]
    coming = _earliest(now, *(record.effective_at for record in facts.consents))
    standing = _standing(begun)
    against = [(record.refusal(earlier), record.effective_at) for record, earlier in standing]
    for reason in (Reason.CONSENT_DISPUTED, Reason.CONSENT_WITHDRAWN, Reason.CONSENT_REFUSED):
        if said := [at for each, at in against if each == reason]:
            return Deny(reason, coming, {"at": max(said)})
    voices = [record for record, _ in standing]
    valid = [record for record in voices if record.is_yes_at(now)]
    if not valid:
        return _no_yes(facts, voices, coming)
    if outdated := _outdated_at(valid, facts.policies, now):
        return Deny(Reason.CONSENT_OUTDATED, coming, {"at": outdated})
    scopes = frozenset.intersection(*(record.scopes for record in valid))
    expiries = [record.expires_at for record in valid]
    policies = [policy.effective_at for policy in facts.policies if policy.is_material]
    return Allow(_earliest(now, coming, *expiries, *policies), scopes)


def _standing(records: Sequence[ConsentFacts]) -> list[tuple[ConsentFacts, Sequence[ConsentFacts]]]:
    """The records that no later one speaks for, each with those before it."""
    return [
        (record, records[:place])
        for place, record in enumerate(records)
        if not any(later.speaks_for(record) for later in records[place + 1 :])
    ]


def _no_yes(facts: Facts, voices: list[ConsentFacts], coming: datetime | None) -> Deny:
    if voices:
        ended = max(record.expires_at or record.effective_at for record in voices)
        return Deny(Reason.CONSENT_EXPIRED, coming, {"at": ended})
    return Deny(Reason.CONSENT_WAITING if facts.age_known else Reason.AGE_UNKNOWN, coming)


def _outdated_at(grants: list[ConsentFacts], policies: tuple[PolicyFacts, ...], now: datetime) -> datetime | None:
    """Since when a material change of the policy stands that one of the grants hasn't seen (S27)."""
    known = {policy.version: policy.effective_at for policy in policies}
    seen = min(known.get(grant.policy_version, grant.effective_at) for grant in grants)
    missed = [policy.effective_at for policy in policies if policy.is_material and seen < policy.effective_at <= now]
    return min(missed, default=None)


# Instants


def _earliest(now: datetime, *instants: datetime | None) -> datetime | None:
    """The first instant still to come."""
    return min((instant for instant in instants if instant is not None and now < instant), default=None)


def _first(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
