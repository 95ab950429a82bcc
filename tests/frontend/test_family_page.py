"""A parent's home: the own children, how the consent stands, the rooms to read along, and that it stays current."""

import pytest
from django.test import Client

from accounts.models import Member
from consent.actions.consents import refuse_consent, withdraw_consent
from consent.actions.guardians import link_guardian
from consent.models import School
from rooms.actions.enrollments import enroll
from rooms.models import Course, Enrollment, Room
from tests.cast import SYSTEM, browser_of, make_guardian, make_student
from tests.rooms_cast import written


def test_a_parent_sees_the_child_and_the_rooms_to_read(parent: Member, room: Room) -> None:
    page = browser_of(parent).get("/family/").text
    assert "Devon K." in page
    assert "Grade 8" in page
    assert "Consent active" in page
    assert f'href="/rooms/{room.pk}/"' in page
    assert "General" in page
    assert "Algebra I" in page


def test_other_children_appear_nowhere(parent: Member, unconsented_student: Member) -> None:
    page = browser_of(parent).get("/family/").text
    assert "Devon" in page
    assert "Sofia" not in page


def test_the_family_keeps_reading_when_the_consent_ended(parent: Member, young_student: Member, room: Room) -> None:
    withdraw_consent(SYSTEM, young_student, grantor="Paula Kim")
    page = browser_of(parent).get("/family/").text
    assert "Closed for now" in page
    assert "Devon's chat is closed on every device." in page
    assert "you and the school keep them until" in page
    assert f"/rooms/{room.pk}/" in page


def test_a_child_who_waits_needs_an_answer(parent: Member, unconsented_student: Member) -> None:
    link_guardian(SYSTEM, parent, unconsented_student)
    page = browser_of(parent).get("/family/").text
    assert "Sofia needs your answer" in page


@pytest.mark.row("S18")
def test_a_no_is_said_to_the_family_and_asks_for_nothing_more(parent: Member, unconsented_student: Member) -> None:
    link_guardian(SYSTEM, parent, unconsented_student)
    refuse_consent(SYSTEM, unconsented_student, grantor="Olena Novak")
    page = browser_of(parent).get("/family/").text
    assert "is no, so nothing is open to Sofia." in page
    assert "Sofia needs your answer" not in page
    assert "Olena" not in page


def test_a_student_of_14_needs_no_consent(school: School, course: Course, room: Room) -> None:
    student = make_student(school, "Jada Amos", age=14)
    enroll(SYSTEM, course, student, role=Enrollment.Role.STUDENT)
    page = browser_of(make_guardian(student)).get("/family/").text
    assert "No consent needed from 14 on" in page
    assert "Consent active" not in page


def test_a_teacher_s_page_leads_to_the_rooms_of_the_own_child_too(
    instructor: Member, young_student: Member, room: Room
) -> None:
    link_guardian(SYSTEM, instructor, young_student)
    page = browser_of(instructor).get("/family/").text
    assert f'href="/rooms/{room.pk}/"' in page
    assert "You and General" not in page
    assert page.count(f'href="/rooms/{room.pk}/"') == 3  # the child's rooms, the account menu, the bar of a phone


# The state that the open page asks for


def test_the_version_of_the_page_is_the_version_of_the_state(parent: Member, room: Room) -> None:
    client = browser_of(parent)
    state = client.get("/family/state/")
    assert f'data-version="{state.json()["version"]}"' in client.get("/family/").text
    assert client.get("/family/state/", headers={"If-None-Match": state.headers["ETag"]}).status_code == 304


@pytest.mark.row("S20")
def test_a_consent_taken_back_elsewhere_moves_the_version(parent: Member, young_student: Member, room: Room) -> None:
    client = browser_of(parent)
    before = client.get("/family/state/").json()["version"]
    withdraw_consent(SYSTEM, young_student, grantor="Paula Kim")
    assert client.get("/family/state/").json()["version"] != before


def test_a_new_link_moves_the_version(parent: Member, unconsented_student: Member, room: Room) -> None:
    client = browser_of(parent)
    before = client.get("/family/state/").json()["version"]
    link_guardian(SYSTEM, parent, unconsented_student)
    assert client.get("/family/state/").json()["version"] != before


def test_a_new_message_is_counted_and_moves_no_version(parent: Member, instructor: Member, room: Room) -> None:
    client = browser_of(parent)
    before = client.get("/family/state/").json()
    assert before["unread"] == {}
    written(room, instructor, "Good morning.")
    after = client.get("/family/state/").json()
    assert after == {"version": before["version"], "unread": {str(room.pk): 1}}


def test_nobody_signed_in_is_told_so(client: Client, db: None) -> None:
    assert client.get("/family/state/").status_code == 401


def test_without_a_linked_child_the_page_says_where_to_get_a_code(stranger: Member) -> None:
    assert "No child is linked to you right now." in browser_of(stranger).get("/family/").text
