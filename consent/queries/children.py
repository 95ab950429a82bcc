"""Reading children: a school's young students with their consent, families, and what the gate's page shows.

Invariant: nothing here says which parent decided; records are for the school's administrator and the family's own page.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member, MemberState
from consent.gate import Allow, Decision, Deny, Facts, Reason, decide, is_protected
from consent.models import ConsentRequest, GuardianLink, ParentalConsent, Registration, School
from consent.queries.facts import consent_facts, gate_facts, scopes_of
from consent.queries.schools import administered_school, agreement_in_force, in_time, student_memberships, young_members

__all__ = [
    "GatePage",
    "Recorded",
    "YoungStudent",
    "children_of",
    "consents_of",
    "gate_view",
    "guardians_of",
    "has_family_home",
    "scopes_of",
    "young_student",
    "young_students",
]

STATES = {  # the gate's reason → how the consent stands, in a word
    Reason.CONSENT_WITHDRAWN: "withdrawn",
    Reason.CONSENT_REFUSED: "refused",
    Reason.CONSENT_DISPUTED: "disputed",
    Reason.CONSENT_EXPIRED: "expired",
    Reason.CONSENT_OUTDATED: "expired",
    Reason.CONSENT_WAITING: "waiting",
    Reason.AGE_UNKNOWN: "waiting",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record of the ledger. `against`: what it says against the use, after those before it (taken back, or a no)."""

    record: ParentalConsent
    against: Reason | None


@dataclass(frozen=True, slots=True)
class YoungStudent:
    """A young student as the school's administrator sees them."""

    member: Member
    decision: Decision
    newest: "Recorded | None"
    request: ConsentRequest | None
    guardians: Sequence[Member]

    @property
    def state(self) -> str:
        """`given`, `waiting`, `refused`, `withdrawn`, `disputed`, `expired`; `closed` where something else than consent
        holds."""
        if isinstance(self.decision, Allow):
            return "given"
        return STATES.get(self.decision.code, "closed")

    @property
    def can_enter(self) -> bool:
        return isinstance(self.decision, Allow)

    @property
    def asked_again_at(self) -> datetime | None:
        """While nobody has answered; `request.asked_again_by` is the child, or somebody of the school."""
        return self.request.asked_again_at if self.request and self.state == "waiting" else None

    @property
    def ends_at(self) -> datetime | None:
        """When the yes runs out, while it holds."""
        return self.newest.record.expires_at if self.newest and self.can_enter else None


def young_students(actor: Actor, school_id: int) -> list[YoungStudent]:
    """Every young student of the school, by name. Raises NotFound. A fixed number of statements."""
    school = administered_school(actor, school_id)
    return _young(young_members(school.pk))


def young_student(actor: Actor, school_id: int, child_id: int) -> YoungStudent:
    """One of them. Raises NotFound."""
    school = administered_school(actor, school_id)
    found = _young(young_members(school.pk).filter(pk=child_id))
    if not found:
        raise NotFound
    return found[0]


def consents_of(actor: Actor, school_id: int, child_id: int) -> list[Recorded]:
    """The ledger of a young student, the newest first. Raises NotFound."""
    child = young_student(actor, school_id, child_id).member
    records = list(child.consents.select_related("recorded_by").order_by("position"))
    facts = [consent_facts(record) for record in records]
    found = [Recorded(record, facts[at].refusal(facts[:at])) for at, record in enumerate(records)]
    return found[::-1]


def _young(members: QuerySet[Member]) -> list[YoungStudent]:
    now = timezone.now()
    children = {member.pk: member for member in members}
    facts = gate_facts(children)
    newest, requests, guardians = _newest(facts), _requests(children), guardians_of(children, now=now)
    return [
        YoungStudent(member, decide(facts[pk], now), newest.get(pk), requests.get(pk), guardians[pk])
        for pk, member in children.items()
        if is_protected(facts[pk], now)
    ]


def _newest(facts: Mapping[int, Facts]) -> dict[int, Recorded]:
    numbered = ParentalConsent.objects.filter(child__in=facts).alias(
        place=Window(RowNumber(), partition_by=F("child"), order_by=F("position").desc())
    )
    found = {record.child_id: record for record in numbered.filter(place=1)}
    said = {child: facts[child].consents for child in found}
    return {child: Recorded(record, said[child][-1].refusal(said[child][:-1])) for child, record in found.items()}


def _requests(child_ids: Collection[int]) -> dict[int, ConsentRequest]:
    """The request of each child that was sent last and still waits."""
    waiting = ConsentRequest.objects.filter(child__in=child_ids, state=ConsentRequest.State.WAITING)
    waiting = waiting.select_related("asked_again_by").order_by("sent_at", "pk")
    return {request.child_id: request for request in waiting}


# Families


def children_of(guardian_id: int, *, now: datetime | None = None) -> list[Member]:
    """The children to whom the guardian is linked now, by name."""
    links = _active_links(now).filter(guardian=guardian_id)
    return list(Member.objects.filter(pk__in=links.values("child")).order_by("name", "pk"))


def has_family_home(member_id: int) -> bool:
    """Whether their home is the family's: a child is linked to them, or they registered as a parent and are still to
    get a code (S1). One statement."""
    linked = Exists(_active_links(None).filter(guardian=OuterRef("pk")))
    registered = Exists(Registration.objects.filter(member=OuterRef("pk"), kind=Registration.Kind.PARENT))
    return Member.objects.filter(linked | registered, pk=member_id).exists()


def guardians_of(child_ids: Collection[int], *, now: datetime | None = None) -> dict[int, list[Member]]:
    """child → the guardians linked now, by slot; an empty list where there is none. One statement."""
    found: dict[int, list[Member]] = {child_id: [] for child_id in child_ids}
    links = _active_links(now).filter(child__in=child_ids).select_related("guardian").order_by("slot", "pk")
    for link in links:
        found[link.child_id].append(link.guardian)
    return found


def _active_links(now: datetime | None) -> QuerySet[GuardianLink]:
    return GuardianLink.objects.filter(in_time(now or timezone.now()), state=GuardianLink.State.ACTIVE)


# The page in front of the chat


@dataclass(frozen=True, slots=True)
class GatePage:
    """What the gate's page says (words § 1 and 2), and its version for the ETag. `course` and `instructor` come from
    above. Instants are aware; `agreement_until` is the last day."""

    member: Member
    decision: Decision
    school: School | None
    agreement_until: date | None
    asked_at: datetime | None
    asked_again_at: datetime | None
    waits_until: datetime | None
    may_ask_again: bool
    course: str = ""
    instructor: str = ""
    said_no: bool = False  # before the details were deleted: there was an answer

    @property
    def is_open(self) -> bool:
        return isinstance(self.decision, Allow)

    @property
    def code(self) -> Reason | None:
        return self.decision.code if isinstance(self.decision, Deny) else None

    @property
    def given_name(self) -> str:
        return self.member.given_name

    @property
    def was_let_in(self) -> bool:
        """Once, at least: classmates have seen them."""
        return self.member.state != MemberState.AWAITING_CONSENT

    @property
    def age_unknown(self) -> bool:
        return self.code == Reason.AGE_UNKNOWN

    @property
    def until(self) -> datetime | None:
        return self.decision.until

    @property
    def withdrawn_at(self) -> datetime | None:
        return self._at(Reason.CONSENT_WITHDRAWN, Reason.CONSENT_DISPUTED)

    @property
    def refused_at(self) -> datetime | None:
        return self._at(Reason.CONSENT_REFUSED)

    @property
    def withdrawn_today(self) -> bool:
        """By the school's clock."""
        zone = ZoneInfo(self.school.time_zone) if self.school else None
        at = self.withdrawn_at
        return at is not None and localdate(at, zone) == localdate(timezone.now(), zone)

    @property
    def expired_at(self) -> datetime | None:
        return self._at(Reason.CONSENT_EXPIRED, Reason.CONSENT_OUTDATED)

    @property
    def version(self) -> str:
        """Moves with everything the page shows."""
        asked = (self.asked_at, self.waits_until, self.may_ask_again)
        said = (self.withdrawn_at, self.refused_at)
        shown = ("open",) if self.is_open else (self.code, self.until, self.agreement_until, *asked, *said)
        return "-".join(str(part).replace(" ", "T") for part in shown)

    def _at(self, *reasons: Reason) -> datetime | None:
        if not isinstance(self.decision, Deny) or self.decision.code not in reasons:
            return None
        at = self.decision.data.get("at")
        return at if isinstance(at, datetime) else None


def gate_view(member_id: int, *, course: str = "", instructor: str = "") -> GatePage:
    """The page of one member. Raises NotFound."""
    now = timezone.now()
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    membership = student_memberships([member_id], now=now).first()
    school = membership.school if membership else None
    agreement = agreement_in_force(school, now=now) if school else None
    request = _requests([member_id]).get(member_id)
    return GatePage(
        member=member,
        decision=decide(gate_facts([member_id])[member_id], now),
        school=school,
        agreement_until=agreement.ends_on if agreement else None,
        asked_at=request.sent_at if request else None,
        asked_again_at=request.asked_again_at if request else None,
        waits_until=request.expires_at if request else None,
        may_ask_again=request is not None and may_ask_again(request, school, now),
        course=course,
        instructor=instructor,
        said_no=member.state == MemberState.ERASED and member.consents.exists(),
    )


def may_ask_again(request: ConsentRequest, school: School | None, now: datetime) -> bool:
    """Once a day, by the school's clock, and not on the day of the first request."""
    zone = ZoneInfo(school.time_zone) if school else None
    asked_on = localdate(request.asked_again_at or request.sent_at, zone)
    return now < request.expires_at and asked_on < localdate(now, zone)
