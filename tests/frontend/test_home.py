"""Where everybody's day begins."""

from accounts.models import Member
from consent.actions.guardians import link_guardian
from consent.models import School
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


def test_somebody_with_a_duty_reads_which(supervisor: Member) -> None:
    page = browser_of(supervisor).get("/")
    assert "Supervisor of Juniper Bend School" in page.text
    assert "Nothing is open to you yet" not in page.text
