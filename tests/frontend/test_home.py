"""Where everybody's day begins."""

import re

import pytest
from django.test import Client

from accounts.models import Member
from consent.actions.guardians import link_guardian
from consent.actions.schools import give_grant, join_school
from consent.models import Grant, School, SchoolMembership
from rooms.models import Course, Room
from tests.cast import SYSTEM, browser_of, make_guardian, make_staff, set_up
from tests.rooms_cast import make_direct


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
    assert start(school_admin) == f"/school/{school.pk}/"


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
    page = browser_of(stranger).get("/", follow=True).text
    assert "Your registration waits" not in page
    assert "Instructor of Juniper Bend School" in page


@pytest.mark.row("S1")
def test_the_page_of_somebody_who_waits_hears_of_the_school_s_word(stranger: Member, school: School) -> None:
    client = browser_of(stranger)
    nothing = client.get("/home/state/").json()
    join_school(SYSTEM, school, stranger, kind=SchoolMembership.Kind.INSTRUCTOR, source="member")
    waiting = client.get("/home/state/")
    assert waiting.json()["version"] != nothing["version"]
    assert f'data-version="{waiting.json()["version"]}"' in client.get("/").text
    assert waiting.json()["open"] is False
    assert client.get("/home/state/", headers={"If-None-Match": waiting.headers["ETag"]}).status_code == 304
    give_grant(SYSTEM, stranger, Grant.Kind.INSTRUCTOR, school=school)
    assert client.get("/home/state/").json()["open"] is True


def test_the_page_of_somebody_who_waits_leaves_for_the_gate(unconsented_student: Member) -> None:
    assert browser_of(unconsented_student).get("/home/state/").json()["open"] is True


def test_nobody_signed_in_waits_for_nothing(client: Client, db: None) -> None:
    assert client.get("/home/state/").status_code == 401


def test_a_supervisor_begins_with_the_duty_and_what_it_opens(
    supervisor: Member, course: Course, instructor: Member, young_student: Member
) -> None:
    assert start(supervisor) == "/duties/"
    page = browser_of(supervisor).get("/duties/").text
    assert "Supervisor of Juniper Bend School" in page
    assert "There is no such chat right now." in page
    direct = make_direct(course, instructor, young_student)
    page = browser_of(supervisor).get("/duties/").text
    assert "There is no such chat right now." not in page
    assert f'href="/rooms/{direct.pk}/"' in page
    assert "Devon K. and Ms. Rivera" in page
    assert start(supervisor) == "/duties/"


def test_a_linked_parent_takes_the_chat_from_the_supervisor_s_page(
    supervisor: Member, course: Course, instructor: Member, young_student: Member
) -> None:
    direct = make_direct(course, instructor, young_student)
    assert f"/rooms/{direct.pk}/" in browser_of(supervisor).get("/duties/").text
    make_guardian(young_student)
    assert f"/rooms/{direct.pk}/" not in browser_of(supervisor).get("/duties/").text


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Grant.Kind.MODERATOR, "only with a reason on record"),
        (Grant.Kind.INSTRUCTOR, "When a course of yours is there"),
        (Grant.Kind.SCHOOL_ADMIN, "You record what families decide"),
    ],
)
def test_each_duty_says_what_it_opens(school: School, kind: Grant.Kind, sentence: str) -> None:
    member = make_staff(school, "Avery Moss", kind)
    assert sentence in browser_of(member).get("/duties/").text
    assert start(member) == ("/duties/" if kind != Grant.Kind.SCHOOL_ADMIN else f"/school/{school.pk}/")


def test_an_operator_begins_with_the_site(stranger: Member) -> None:
    give_grant(SYSTEM, set_up(stranger), Grant.Kind.OPERATOR)
    assert start(stranger) == "/operator/"
    assert "Operator" in browser_of(stranger).get("/duties/").text


def test_without_a_duty_the_page_is_not_found(stranger: Member, parent: Member) -> None:
    assert browser_of(stranger).get("/duties/").status_code == 404
    assert browser_of(parent).get("/duties/").status_code == 404


def ways(member: Member, address: str) -> list[str]:
    """Where the account menu of a page leads, in its order, up to the account."""
    page = browser_of(member).get(address).text
    menu = page[page.index('id="account"') : page.index('href="/account/"', page.index('id="account"'))]
    return re.findall(r'class="button" href="([^"]+)"', menu)


def test_who_is_several_things_has_every_way_on_every_page(
    instructor: Member, young_student: Member, school: School, room: Room
) -> None:
    link_guardian(SYSTEM, instructor, young_student)
    give_grant(SYSTEM, instructor, Grant.Kind.SCHOOL_ADMIN, school=school)
    give_grant(SYSTEM, set_up(instructor), Grant.Kind.SUPERVISOR, school=school)
    all_ways = [f"/rooms/{room.pk}/", "/family/", f"/school/{school.pk}/", "/duties/"]
    for address in (*all_ways, "/settings/"):
        assert ways(instructor, address) == all_ways


def test_a_way_is_only_there_where_it_leads_somewhere(young_student: Member, parent: Member, room: Room) -> None:
    assert ways(young_student, "/settings/") == [f"/rooms/{room.pk}/"]
    assert ways(parent, "/settings/") == ["/family/"]


def test_the_rooms_are_those_with_a_seat_of_one_s_own(
    instructor: Member, young_student: Member, course: Course, parent: Member
) -> None:
    """A parent's own chat with a teacher is the family's."""
    make_direct(course, instructor, parent, about=young_student)
    assert ways(parent, "/family/") == ["/family/"]
