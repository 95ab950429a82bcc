"""Everything the gate decides by, for any number of members, in three statements.

Invariant: these are the only queries behind a decision. What isn't in Facts can't change the answer.

A page asks about the same people again and again; inside `asked_once` the first answer holds. That is for pages that
only read: what writes, or keeps an answer for later, asks anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import FilteredRelation, Q
from django.utils import timezone

from accounts.models import Member
from consent.gate import AgreementFacts, Allow, ConsentFacts, Decision, Facts, PolicyFacts, SchoolFacts, decide
from consent.models import ParentalConsent, Policy, PolicyVersion, SchoolMembership, Scope

OF_MEMBER = ("pk", "state", "protected_until", "age_known", "is_k12", "time_zone")
OF_SCHOOL = ("studies__school", "studies__school__time_zone", "studies__starts_at", "studies__ends_at")
OF_AGREEMENT = tuple(f"studies__school__agreements__{name}" for name in ("pk", "starts_on", "ends_on", "ended_at"))


@dataclass(slots=True)
class _Asked:
    """What was asked so far."""

    facts: dict[int, Facts] = field(default_factory=dict)
    policies: tuple[PolicyFacts, ...] | None = None


_asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Until the end of it, nobody is asked about twice."""
    token = _asked.set(_Asked())
    try:
        yield
    finally:
        _asked.reset(token)


@contextmanager
def asked_anew() -> Iterator[None]:
    """Whatever was asked before, the facts are read now."""
    token = _asked.set(None)
    try:
        yield
    finally:
        _asked.reset(token)


def gate_facts(member_ids: Collection[int]) -> dict[int, Facts]:
    """member → facts. Members that don't exist are left out. Three statements."""
    asked = _asked.get()
    if asked is None:
        return _read(member_ids, _policies())
    if missing := [member for member in member_ids if member not in asked.facts]:
        asked.policies = _policies() if asked.policies is None else asked.policies
        asked.facts |= _read(missing, asked.policies)
    return {member: asked.facts[member] for member in member_ids if member in asked.facts}


def _read(member_ids: Collection[int], policies: tuple[PolicyFacts, ...]) -> dict[int, Facts]:
    members = _members(member_ids)
    consents = _consents(member_ids)
    return {
        row["pk"]: Facts(
            member_id=row["pk"],
            state=row["state"],
            protected_until=row["protected_until"],
            age_known=row["age_known"],
            is_k12=row["is_k12"],
            zone=row["time_zone"] or settings.TIME_ZONE,
            schools=tuple(schools),
            consents=tuple(consents[row["pk"]]),
            policies=policies,
        )
        for row, schools in members
    }


def decisions_of(member_ids: Collection[int], *, now: datetime | None = None) -> dict[int, Decision]:
    """member → what the gate says now. Three statements."""
    now = now or timezone.now()
    return {member_id: decide(facts, now) for member_id, facts in gate_facts(member_ids).items()}


def scopes_of(member_ids: Collection[int], *, now: datetime | None = None) -> dict[int, frozenset[str]]:
    """member → the scopes in effect now: all of them from 14 on, none while the gate is closed. Three statements."""
    return {
        member_id: decision.scopes if isinstance(decision, Allow) else frozenset()
        for member_id, decision in decisions_of(member_ids, now=now).items()
    }


def may_be_mailed(child_id: int) -> bool:
    """Whether mail may go to a young student: a scope of its own (S20). Three statements."""
    return Scope.EMAIL_TO_CHILD in scopes_of([child_id])[child_id]


def _members(member_ids: Collection[int]) -> list[tuple[dict[str, Any], list[SchoolFacts]]]:
    """Each member with the schools whose student they are, were or will be, and those schools' agreements."""
    studies = FilteredRelation(
        "school_memberships", condition=Q(school_memberships__kind=SchoolMembership.Kind.STUDENT)
    )
    rows = Member.objects.filter(pk__in=member_ids).annotate(studies=studies)
    found: dict[int, tuple[dict[str, Any], dict[Any, list[dict[str, Any]]]]] = {}
    for row in rows.values(*OF_MEMBER, *OF_SCHOOL, *OF_AGREEMENT):
        _member, schools = found.setdefault(row["pk"], (row, defaultdict(list)))
        if row["studies__school"] is not None:
            schools[row["studies__school"], row["studies__starts_at"]].append(row)
    return [(row, [_school(each) for each in schools.values()]) for row, schools in found.values()]


def _school(rows: list[dict[str, Any]]) -> SchoolFacts:
    """One membership; a row for each agreement of the school, or one without."""
    row = rows[0]
    agreements = [[each[name] for name in OF_AGREEMENT] for each in rows]
    return SchoolFacts(
        school_id=row["studies__school"],
        zone=row["studies__school__time_zone"],
        starts_at=row["studies__starts_at"],
        ends_at=row["studies__ends_at"],
        agreements=tuple(
            AgreementFacts(starts_on, ends_on, ended_at)
            for pk, starts_on, ends_on, ended_at in agreements
            if pk is not None
        ),
    )


def _consents(member_ids: Collection[int]) -> dict[int, list[ConsentFacts]]:
    found: dict[int, list[ConsentFacts]] = defaultdict(list)
    for record in ParentalConsent.objects.filter(child__in=member_ids).order_by("child", "position"):
        found[record.child_id].append(consent_facts(record))
    return found


def consent_facts(record: ParentalConsent) -> ConsentFacts:
    return ConsentFacts(
        kind=record.kind,
        effective_at=record.effective_at,
        expires_at=record.expires_at,
        scopes=frozenset(record.scopes),
        voice=record.grantor_member_id,
        on_paper=record.grantor_member_id is None or record.recorded_by_id != record.grantor_member_id,
        by_school=record.capacity == ParentalConsent.Capacity.SCHOOL,
        policy_version=record.policy_version,
    )


def _policies() -> tuple[PolicyFacts, ...]:
    versions = PolicyVersion.objects.filter(policy__kind=Policy.Kind.PRIVACY).order_by("effective_at", "pk")
    return tuple(
        PolicyFacts(version, effective_at, is_material)
        for version, effective_at, is_material in versions.values_list("version", "effective_at", "is_material")
    )
