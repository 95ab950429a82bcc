"""Where everybody's day begins."""

import pytest

from accounts.models import Member
from consent.actions.guardians import link_guardian
from consent.actions.schools import give_grant, join_school
from consent.models import Grant, School, SchoolMembership
from rooms.models import Room
from tests.cast import SYSTEM, browser_of


def start(member: Member) -> str | None:
    return browser_of(member).get("/").headers.get("Location")


def test_a_student_begins_in_the_first_room(young_student: Member, room: Room) -> None:
    assert start(young_student) == f"/rooms/{room.pk}/"


def test_an_instructor_who_is_a_parent_too_begins_in_the_class(
    instructor: Member, young_student: Member, room: Room
) -> None:
    link_guardian(SYSTEM, instructor, young_student)
    assert start(instructor) == f"/rooms/{room.pk}/"


def test_a_parent_begins_with_the_family(parent: Member) -> None:
    assert start(parent) == "/family/"


def test_an_administrator_begins_with_the_school(school_admin: Member, school: School) -> None:
    assert start(school_admin) == f"/school/{school.pk}/consents/"


def test_a_child_who_waits_begins_at_the_gate(unconsented_student: Member) -> None:
    assert start(unconsented_student) == "/gate/"


def test_somebody_to_whom_nothing_is_open_reads_that(stranger: Member) -> None:
    page = browser_of(stranger).get("/")
    assert "Nothing is open to you yet" in page.text


@pytest.mark.row("S1")
def test_an_instructor_whom_nobody_confirmed_reads_that_the_school_has_to(stranger: Member, school: School) -> None:
    join_school(SYSTEM, school, stranger, kind=SchoolMembership.Kind.INSTRUCTOR, source="member")
    page = browser_of(stranger).get("/").text
    assert "Your registration waits for the school" in page
    assert "Juniper Bend School has to confirm that you are one" in page
    give_grant(SYSTEM, stranger, Grant.Kind.INSTRUCTOR, school=school)
    page = browser_of(stranger).get("/").text
    assert "Your registration waits" not in page
    assert "Instructor of Juniper Bend School" in page


def test_somebody_with_a_duty_reads_which(supervisor: Member) -> None:
    page = browser_of(supervisor).get("/")
    assert "Supervisor of Juniper Bend School" in page.text
    assert "Nothing is open to you yet" not in page.text
