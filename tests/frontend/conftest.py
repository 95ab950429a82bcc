"""The cast in a class: the instructor teaches Algebra I, the two young students are in it, its room is General."""

import pytest

from accounts.models import Member
from consent.actions.requests import ask_family
from consent.models import School, SchoolAgreement
from rooms.actions.courses import add_room, create_course
from rooms.actions.enrollments import enroll
from rooms.models import Course, Enrollment, Room
from tests import cast
from tests.cast import SYSTEM, agreement, parent, school_admin, stranger, supervisor

__all__ = ["agreement", "parent", "school_admin", "stranger", "supervisor"]


@pytest.fixture
def school(db: None) -> School:
    return cast.make_school(phone="555 0142")


@pytest.fixture
def course(school: School) -> Course:
    return create_course(SYSTEM, school, title="Algebra I, period 3", short_title="Algebra I")


@pytest.fixture
def room(course: Course) -> Room:
    return add_room(SYSTEM, course, title="General")


@pytest.fixture
def instructor(course: Course) -> Member:
    member = cast.make_member("Marisol Rivera", course_name="Ms. Rivera")
    enroll(SYSTEM, course, member, role=Enrollment.Role.INSTRUCTOR)
    return member


@pytest.fixture
def young_student(school: School, agreement: SchoolAgreement, instructor: Member, course: Course, room: Room) -> Member:
    member = cast.make_student(school, "Devon Kim", age=13)
    enroll(SYSTEM, course, member, role=Enrollment.Role.STUDENT)
    cast.make_consent(member, scopes=["use", "grades"], grantor="Paula Kim")
    return member


@pytest.fixture
def unconsented_student(school: School, agreement: SchoolAgreement, instructor: Member, course: Course) -> Member:
    """The family was asked today and hasn't answered."""
    member = cast.make_student(school, "Sofia Novak", age=13)
    enroll(SYSTEM, course, member, role=Enrollment.Role.STUDENT)
    ask_family(SYSTEM, member, channel="email", address="olena@example.org")
    return member
