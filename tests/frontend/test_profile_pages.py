"""The pages of profiles: one's own, as others see it, what is shared with whom; and what is closed is nowhere."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions.profiles import WRITTEN, choose_audience, keep_field
from accounts.models import AuditEntry, Member, ProfileField
from rooms.models import Course, Room
from rooms.queries.profiles import VIEWS
from rooms.queries.rosters import roster_of
from tests.cast import acting, browser_of, confirmed_browser_of, make_guardian, make_member
from tests.frontend.pages import named
from tests.rooms_cast import INSTRUCTOR, join, make_classmate, make_course, standing_of

Field, Audience = ProfileField.Field, ProfileField.Audience
pytestmark = pytest.mark.django_db
CANARIES: Mapping[str, str] = {field: f"canary {field}" for field in WRITTEN if field != Field.GRADUATION_YEAR}
EMAIL, NAME = "canary-email@example.org", "Tobias Canary-Reyes"


@pytest.fixture
def owner(course: Course, room: Room, instructor: Member) -> Member:
    member = make_classmate(course, NAME, email=EMAIL, email_verified=True, course_name="Tobias R.")
    for field, value in CANARIES.items():
        keep_field(acting(member), member, field, value)
    return member


def opened(owner: Member, field: str, audience: str) -> None:
    choose_audience(acting(owner), owner, field, audience)


def page_of(owner: Member, client: Client) -> Any:
    return client.get(f"/members/{owner.pk}/")


@pytest.mark.row("S3")
def test_what_is_closed_is_on_no_page_in_no_roster_and_in_no_state(owner: Member, course: Course, room: Room) -> None:
    classmate, staff = make_classmate(course), make_member()
    join(course, staff, "assistant")
    other_parent = make_guardian(classmate)
    for viewer in (classmate, staff, other_parent):
        client, standing = browser_of(viewer), standing_of(viewer, room)
        told = msgspec.json.encode(roster_of(standing)).decode()
        for address in ("", "state/"):
            told += client.get(f"/members/{owner.pk}/{address}").text
        for address in (f"/rooms/{room.pk}/", f"/courses/{course.pk}/", f"/courses/{course.pk}/people/", "/"):
            told += client.get(address).text
        assert [canary for canary in (*CANARIES.values(), EMAIL, NAME) if canary in told] == [], viewer.name
    assert all(canary in page_of(owner, browser_of(owner)).text for canary in (*CANARIES.values(), EMAIL, NAME))


@pytest.mark.row("S3")
def test_opening_and_closing_moves_the_state_that_an_open_page_asks_for(owner: Member, course: Course) -> None:
    client = browser_of(make_classmate(course))
    state = lambda: json.loads(client.get(f"/members/{owner.pk}/state/").content)["version"]  # noqa: E731
    closed = state()
    assert closed
    opened(owner, Field.ABOUT, Audience.MY_COURSES)
    assert state() != closed
    assert CANARIES[Field.ABOUT] in page_of(owner, client).text
    opened(owner, Field.ABOUT, Audience.ME)
    assert state() == closed
    assert CANARIES[Field.ABOUT] not in page_of(owner, client).text


@pytest.mark.row("S3")
def test_nobody_is_found_by_whom_nothing_is_shared_with(owner: Member, stranger: Member) -> None:
    closed, absent = page_of(owner, browser_of(stranger)), browser_of(stranger).get("/members/99999999/")
    assert closed.status_code == absent.status_code == 404
    assert closed.text == absent.text
    assert browser_of(stranger).get(f"/members/{owner.pk}/state/").json() == {"version": ""}
    opened(owner, Field.ABOUT, Audience.MEMBERS)
    page = page_of(owner, browser_of(stranger))
    assert CANARIES[Field.ABOUT] in page.text
    assert "A member" in page.text
    assert "Tobias" not in page.text


@pytest.mark.row("S3")
def test_without_an_account_only_what_is_for_everyone_is_seen_and_no_cookie_is_set(owner: Member) -> None:
    assert page_of(owner, Client()).headers["Location"] == f"/sign-in/?next=%2Fmembers%2F{owner.pk}%2F"
    assert Client().get("/members/99999999/").headers["Location"] == "/sign-in/?next=%2Fmembers%2F99999999%2F"
    opened(owner, Field.EMPLOYER, Audience.EVERYONE)
    opened(owner, Field.ABOUT, Audience.MEMBERS)
    client = Client()
    page = page_of(owner, client)
    assert CANARIES[Field.EMPLOYER] in page.text
    assert CANARIES[Field.ABOUT] not in page.text
    assert not client.cookies


@pytest.mark.row("S4")
def test_instructors_read_name_and_email_and_the_linked_parent_everything(owner: Member, instructor: Member) -> None:
    text = page_of(owner, browser_of(instructor)).text
    assert EMAIL in text
    assert NAME in text
    assert not any(canary in text for canary in CANARIES.values())
    of_parent = page_of(owner, browser_of(make_guardian(owner))).text
    assert all(canary in of_parent for canary in (*CANARIES.values(), EMAIL, NAME))


def test_whom_the_gate_holds_is_led_to_it(owner: Member, unconsented_student: Member) -> None:
    opened(owner, Field.ABOUT, Audience.EVERYONE)
    assert page_of(owner, browser_of(unconsented_student)).headers["Location"] == "/gate/"


@pytest.mark.row("S3")
def test_see_as_others_see_me_shows_their_page_and_names_what_they_do_not_get(owner: Member) -> None:
    client = confirmed_browser_of(owner)
    opened(owner, Field.ABOUT, Audience.MY_COURSES)
    as_classmate = client.get("/account/profile/as/classmate/").text
    assert "You see what somebody in your course sees" in as_classmate
    assert "Hidden: only you" in as_classmate
    assert "name and email always" in client.get("/account/profile/as/instructor/").text
    assert "a linked parent sees: everything, always" in client.get("/account/profile/as/parent/").text
    assert "There is no page of yours for them" in client.get("/account/profile/as/public/").text
    assert {client.get(f"/account/profile/as/{view}/").status_code for view in VIEWS} == {200}
    assert client.get("/account/profile/as/nobody/").status_code == 404


@pytest.mark.row("S6")
@pytest.mark.parametrize("address", ["profile/", "profile/edit/", "profile/as/public/", "data/", "leave/"])
def test_the_password_is_asked_again(owner: Member, address: str) -> None:
    answer = browser_of(owner).get(f"/account/{address}")
    assert answer.headers["Location"].startswith("/account/confirm-password/")


@pytest.mark.row("S3")
def test_audiences_are_chosen_on_the_page_and_ended_on_the_page_of_ones_data(owner: Member, stranger: Member) -> None:
    client = confirmed_browser_of(owner)
    chosen = {Field.ABOUT: "members", Field.EMPLOYER: "everyone", "sign_in_name": "everyone"}
    assert client.post("/account/profile/", chosen).headers["Location"] == "/account/profile/"
    assert page_of(owner, browser_of(stranger)).status_code == 200
    buttons = [
        field["value"] for field in named(client.get("/account/data/"), "button") if field.get("name") == "close"
    ]
    assert buttons == [Field.EMPLOYER, Field.ABOUT, "all"]
    client.post("/account/data/", {"close": "all"})
    assert page_of(owner, browser_of(stranger)).status_code == 404
    assert client.post("/account/profile/", {Field.ABOUT: "the world"}).status_code == 422


@pytest.mark.row("S5")
def test_each_field_is_reviewed_corrected_and_deleted(owner: Member) -> None:
    client = confirmed_browser_of(owner)
    text = client.get("/account/data/").text
    assert all(canary in text for canary in (*CANARIES.values(), EMAIL, NAME, owner.sign_in_name))
    typed = {"name": "Tobias Ray", "given_name": "Tobias", Field.ABOUT: "Something else", Field.EMPLOYER: ""}
    assert client.post("/account/profile/edit/", typed).headers["Location"] == "/account/profile/"
    assert set(ProfileField.objects.filter(member=owner).values_list("field", "value")) == {
        (Field.ABOUT, "Something else")
    }
    client.post("/account/data/", {"delete": Field.ABOUT})
    assert not ProfileField.objects.filter(member=owner).exists()


def test_what_does_not_fit_is_said_at_its_field(owner: Member) -> None:
    client = confirmed_browser_of(owner)
    page = client.post("/account/profile/edit/", {"name": NAME, "given_name": "Tobias", "graduation_year": "soon"})
    assert page.status_code == 422
    assert "Write a year, such as 2027." in page.text


@pytest.mark.row("S5")
def test_a_young_student_puts_the_name_right_and_is_told_who_deletes(young_student: Member) -> None:
    client = browser_of(young_student)  # by a card: there is no password to ask for
    page = client.get("/account/profile/edit/")
    names = [field["name"] for field in named(page, "input") if field.get("type") != "hidden"]
    assert names == ["given_name", "name"]
    typed = {"name": "Devin Kim", "given_name": "Devin", "about": "canary"}
    assert client.post("/account/profile/edit/", typed).status_code == 302
    young_student.refresh_from_db()
    assert young_student.course_name == "Devin K."
    assert not ProfileField.objects.filter(member=young_student).exists()
    text = client.get("/account/data/").text
    assert "Only your parents can have something deleted: ask them." in text
    assert 'name="delete"' not in text
    assert 'name="audience' not in client.get("/account/profile/").text
    assert "People in my courses" not in client.get("/account/profile/").text  # without the scope they read "Student 7"
    assert client.post("/account/profile/", {"name": "everyone"}).status_code == 403


@pytest.mark.row("S5")
def test_a_linked_parent_deletes_what_a_young_child_has_and_nobody_else_does(
    young_student: Member, owner: Member, instructor: Member, course: Course
) -> None:
    parent, address = make_guardian(young_student), f"/members/{young_student.pk}/delete/"
    Member.objects.filter(pk=young_student.pk).update(email="devon@example.org")
    for other in (instructor, make_guardian(owner), young_student):
        assert confirmed_browser_of(other).post(address, {"field": "email"}).status_code == 404
    client = confirmed_browser_of(parent)
    assert "Delete: Email" in client.get(f"/members/{young_student.pk}/").text
    assert client.post(address, {"field": "name"}).status_code == 403
    assert client.post(address, {"field": "email"}).status_code == 302
    young_student.refresh_from_db()
    assert young_student.email is None
    entry = AuditEntry.objects.get(action="profile.field_deleted", subject=young_student.pk)
    assert (entry.actor, entry.data["field"]) == (parent.pk, "email")
    older = confirmed_browser_of(make_guardian(owner, slot=2))
    assert older.post(f"/members/{owner.pk}/delete/", {"field": "email"}).status_code == 403


def test_three_of_everything_cost_what_one_does(owner: Member, instructor: Member) -> None:
    client = confirmed_browser_of(owner)
    counts = {address: [count(client, address)] for address in ("/account/data/", "/account/profile/")}
    for title in ("Biology 2", "Chemistry"):
        other = make_course(
            Course.objects.get(enrollments__member=owner).school if title != "Chemistry" else None, title
        )
        join(other, instructor, INSTRUCTOR)
        join(other, owner)
    make_guardian(owner)
    make_guardian(owner, slot=2)
    for field in (Field.ABOUT, Field.SCHOOL, Field.EMPLOYER):
        opened(owner, field, Audience.MEMBERS)
    for address, counted in counts.items():
        assert [count(client, address)] == counted, address


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
