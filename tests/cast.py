"""The cast: people and schools made by the product's own actions, named for their right.

Builders take what differs and make the rest up; they compose (`make_student(school, …)`), so that a test with three
children is as short as one with one. Fixtures are the people of most tests. Every access test has the `stranger`.
"""

import datetime as dt
import itertools
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify

from accounts.actions.members import create_member
from accounts.actions.two_factor import TwoFactorAdapter
from accounts.actor import Actor
from accounts.models import Member, MemberState
from accounts.queries.confirmations import CONFIRMED
from consent.actions.consents import record_consent
from consent.actions.guardians import link_guardian
from consent.actions.requests import ask_family
from consent.actions.schools import create_school, give_grant, join_school, sign_agreement
from consent.models import Grant, GuardianLink, ParentalConsent, School, SchoolAgreement, SchoolMembership, Scope

SYSTEM = Actor.command("test")
PASSWORD = "seven green pears"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of every second step that the cast has
ZONE = "America/Chicago"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

_numbers = itertools.count(1)


def acting(member: Member, **more: Any) -> Actor:
    """The member as an actor: `record_consent(acting(school_admin), child, …)`."""
    return Actor.of_member(member, **more)


def browser_of(member: Member) -> Client:
    """A client that is signed in as the member."""
    client = Client()
    client.force_login(member, backend=BACKEND)
    return client


def confirmed_browser_of(member: Member) -> Client:
    """The same, and the password was just typed: account pages open."""
    client = browser_of(member)
    session = client.session
    session[CONFIRMED] = int(timezone.now().timestamp())
    session.save()
    return client


def years_from_now(years: int, *, days: int = 0) -> dt.date:
    today = timezone.localdate()
    return today.replace(year=today.year + years, day=min(today.day, 28)) + dt.timedelta(days=days)


# Builders


@cache
def _hashed(password: str) -> str:
    """Hashing is slow on purpose; once for all people of a run."""
    return make_password(password)


def make_member(name: str = "", *, password: str = PASSWORD, **fields: Any) -> Member:
    """A grown-up who may sign in with PASSWORD."""
    number = next(_numbers)
    name = name or f"Person {number}"
    fields.setdefault("sign_in_name", f"{slugify(name.split()[0])}{number}")
    member = create_member(SYSTEM, name=name, **fields)
    Member.objects.filter(pk=member.pk).update(password=_hashed(password))
    member.refresh_from_db()
    return member


def make_school(name: str = "Juniper Bend School", *, time_zone: str = ZONE, **fields: Any) -> School:
    return create_school(SYSTEM, name=name, time_zone=time_zone, **fields)


def make_agreement(
    school: School, *, starts_on: dt.date | None = None, ends_on: dt.date | None = None
) -> SchoolAgreement:
    """In force from a month ago for 200 days, unless said otherwise."""
    today = timezone.localdate()
    starts_on = starts_on or today - dt.timedelta(days=30)
    return sign_agreement(
        SYSTEM,
        school,
        signed_by="Ruth Lindqvist",
        signed_on=starts_on,
        starts_on=starts_on,
        ends_on=ends_on or today + dt.timedelta(days=200),
        document_hash="0" * 64,
    )


def make_student(school: School, name: str = "", *, age: int = 16, grade: int | None = 8, **fields: Any) -> Member:
    """A K-12 student of the school; `age` 13 and under makes a young one who has no consent yet."""
    name = name or f"Student {next(_numbers)}"
    is_young = age < 14
    fields = {
        "given_name": name.split()[0],
        "course_name": f"{name.split()[0]} {name.split()[-1][:1]}.",
        "is_k12": True,
        "protected_until": years_from_now(14 - age, days=-1) if is_young else None,
        "majority_on": years_from_now(18 - age, days=-1),
        "state": MemberState.AWAITING_CONSENT if is_young else MemberState.ACTIVE,
        **fields,
    }
    member = make_member(name, **fields)
    join_school(SYSTEM, school, member, grade=grade)
    return member


def make_consent(child: Member, *, scopes: Iterable[str] = (Scope.USE,), **fields: Any) -> ParentalConsent:
    """A parent's yes on a paper form that the school holds."""
    fields = {"grantor": "A. Parent", "capacity": "parent", "method": "paper_form", "evidence": "form 1", **fields}
    record = record_consent(SYSTEM, child, scopes=list(scopes), **fields)
    child.refresh_from_db()
    return record


def make_young_student(
    school: School, name: str = "", *, scopes: Iterable[str] = (Scope.USE,), **fields: Any
) -> Member:
    """13, with a parent's yes on record."""
    child = make_student(school, name, **{"age": 13, **fields})
    make_consent(child, scopes=scopes)
    return child


def make_guardian(child: Member, name: str = "", *, slot: int = 1, **fields: Any) -> Member:
    guardian = make_member(name or f"Parent {next(_numbers)}", **fields)
    link_guardian(SYSTEM, guardian, child, slot=slot)
    return guardian


def make_staff(school: School, name: str, *duties: Grant.Kind, **fields: Any) -> Member:
    """Somebody of the school's staff, with duties there, and the second step that most of them need."""
    member = set_up(make_member(name, **fields))
    join_school(SYSTEM, school, member, kind=SchoolMembership.Kind.STAFF)
    for duty in duties:
        give_grant(SYSTEM, member, duty, school=school)
    return member


def set_up(member: Member) -> Member:
    """The second step of signing in, without which no such duty opens (accounts.actions.two_factor)."""
    data = {"secret": TwoFactorAdapter().encrypt(TOTP_SECRET), "counter": 0}
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data=data)
    return member


def link_of(guardian: Member, child: Member) -> GuardianLink:
    return GuardianLink.objects.get(guardian=guardian, child=child, state=GuardianLink.State.ACTIVE)


# Fixtures


@pytest.fixture
def school(db: None) -> School:
    """Juniper Bend School, in Chicago's zone. Without an agreement: ask for `agreement` too."""
    return make_school()


@pytest.fixture
def agreement(school: School) -> SchoolAgreement:
    return make_agreement(school)


@pytest.fixture
def instructor(school: School) -> Member:
    """A confirmed instructor of the school."""
    member = make_member("Marisol Rivera", course_name="Ms. Rivera", email="rivera@example.org", email_verified=True)
    join_school(SYSTEM, school, member, kind=SchoolMembership.Kind.INSTRUCTOR)
    give_grant(SYSTEM, member, Grant.Kind.INSTRUCTOR, school=school)
    return member


@pytest.fixture
def student(school: School) -> Member:
    """16: needs nobody's consent."""
    return make_student(school, "Marcus Okafor", age=16, grade=11)


@pytest.fixture
def young_student(school: School, agreement: SchoolAgreement) -> Member:
    """13, with consent."""
    return make_young_student(school, "Devon Kim")


@pytest.fixture
def unconsented_student(school: School, agreement: SchoolAgreement) -> Member:
    """13; the family was asked three days ago and hasn't answered."""
    member = make_student(school, "Sofia Novak", age=13)
    asked_at = timezone.now() - dt.timedelta(days=3)
    ask_family(SYSTEM, member, channel="email", address="olena@example.org", sent_at=asked_at)
    return member


@pytest.fixture
def parent(young_student: Member) -> Member:
    """Linked to the young student."""
    return make_guardian(young_student, "Paula Kim", email="paula@example.org", email_verified=True)


@pytest.fixture
def school_admin(school: School) -> Member:
    return make_staff(school, "Ruth Lindqvist", Grant.Kind.SCHOOL_ADMIN)


@pytest.fixture
def supervisor(school: School) -> Member:
    return make_staff(school, "Tomás Ibarra", Grant.Kind.SUPERVISOR)


@pytest.fixture
def stranger(db: None) -> Member:
    """A member who has nothing to do with any of it."""
    return make_member("Sam Stranger")
