"""The cast, put into the course: here student, young student and unconsented student are in Algebra I."""

import pytest

from accounts.models import Member
from rooms.models import Course
from tests.rooms.school_of_all import everybody
from tests.rooms_cast import join

__all__ = ["everybody"]


@pytest.fixture
def student(student: Member, course: Course) -> Member:
    join(course, student)
    return student


@pytest.fixture
def young_student(young_student: Member, course: Course) -> Member:
    join(course, young_student)
    return young_student


@pytest.fixture
def unconsented_student(unconsented_student: Member, course: Course) -> Member:
    join(course, unconsented_student)
    return unconsented_student
