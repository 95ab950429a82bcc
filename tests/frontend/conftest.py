"""The people of the frontend's tests: a school with one course, made by the product's own actions."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.members import create_member
from accounts.actor import Actor
from accounts.models import Member, MemberState
from consent.actions.consents import ask_family, record_consent
from consent.actions.guardians import link_guardian
from consent.actions.schools import create_school, give_grant, join_school, sign_agreement
from consent.models import Grant, School, Scope
from rooms.actions.courses import add_room, create_course
from rooms.actions.enrollments import enroll
from rooms.models import Course, Enrollment, Room

SYSTEM = Actor.command("test")
PASSWORD = "seven green pears"


@pytest.fixture
def school(db: None) -> School:
    school = create_school(
        SYSTEM, name="Juniper Bend School", time_zone="America/Chicago", city="Springfield", phone="555 0142"
    )
    today = timezone.localdate()
    sign_agreement(
        SYSTEM,
        school,
        signed_by="R. Lindqvist",
        signed_on=today,
        starts_on=today - dt.timedelta(days=30),
        ends_on=today + dt.timedelta(days=200),
        document_hash="0" * 64,
    )
    return school


@pytest.fixture
def course(school: School) -> Course:
    return create_course(SYSTEM, school, title="Algebra I, period 3", short_title="Algebra I")


@pytest.fixture
def room(course: Course) -> Room:
    return add_room(SYSTEM, course, title="General")


@pytest.fixture
def instructor(school: School, course: Course) -> Member:
    member = create_member(SYSTEM, sign_in_name="rivera", name="Marisol Rivera", course_name="Ms. Rivera")
    enroll(SYSTEM, course, member, role=Enrollment.Role.INSTRUCTOR)
    return member


@pytest.fixture
def administrator(school: School) -> Member:
    member = create_member(SYSTEM, sign_in_name="ruth", name="Ruth Lindqvist", password=PASSWORD)
    give_grant(SYSTEM, member, Grant.Kind.SCHOOL_ADMIN, school=school)
    return member


def make_student(school: School, course: Course, sign_in_name: str, name: str, **fields: object) -> Member:
    values = {"protected_until": timezone.localdate() + dt.timedelta(days=200), "is_k12": True} | fields
    given_name, _, initial = name.partition(" ")
    member = create_member(
        SYSTEM,
        sign_in_name=sign_in_name,
        name=name,
        given_name=given_name,
        course_name=f"{given_name} {initial[:1]}.",
        **values,  # type: ignore[arg-type]
    )
    join_school(SYSTEM, school, member, grade=8)
    enroll(SYSTEM, course, member, role=Enrollment.Role.STUDENT)
    return member


@pytest.fixture
def unconsented_student(school: School, course: Course, instructor: Member) -> Member:
    member = make_student(school, course, "sofia", "Sofia Novak", state=MemberState.AWAITING_CONSENT)
    ask_family(SYSTEM, member, channel="email", address="olena@example.org", sent_at=timezone.now())
    return member


@pytest.fixture
def young_student(school: School, course: Course, room: Room, instructor: Member) -> Member:
    member = make_student(school, course, "devon", "Devon Kim", state=MemberState.AWAITING_CONSENT)
    record_consent(
        SYSTEM,
        member,
        scopes=[Scope.USE, Scope.GRADES],
        grantor="Paula Kim",
        capacity="parent",
        method="paper_form",
        evidence="form 1",
    )
    return Member.objects.get(pk=member.pk)


@pytest.fixture
def parent(young_student: Member) -> Member:
    member = create_member(SYSTEM, sign_in_name="paula", name="Paula Kim", password=PASSWORD)
    link_guardian(SYSTEM, member, young_student)
    return member


@pytest.fixture
def stranger(db: None) -> Member:
    return create_member(SYSTEM, sign_in_name="stranger", name="Sam Stranger", password=PASSWORD)


def browser_of(member: Member) -> Client:
    """A client that is signed in as somebody and checks forms as a browser's would be."""
    client = Client(enforce_csrf_checks=False)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
