"""The page of a room: readable without a script, and the same facts as JSON for the browser that goes on from there."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from rooms.models import Course, Room
from tests.cast import browser_of
from tests.rooms_cast import make_classmate, make_direct, make_room, removed, written

SNAPSHOT = re.compile(r'<script id="snapshot" type="application/json">(.*?)</script>', re.DOTALL)


@pytest.fixture
def talk(room: Room, instructor: Member, young_student: Member) -> Room:
    written(room, instructor, "Good morning. **Warm-up** first.")
    written(room, young_student, "is <script>alert(1)</script> allowed")
    written(room, young_student, "and & this")
    return room


def test_the_messages_are_there_to_read_without_a_script(talk: Room, young_student: Member) -> None:
    page = browser_of(young_student).get(f"/rooms/{talk.pk}/").text
    assert "Good morning. <strong>Warm-up</strong> first." in page
    assert "is &lt;script&gt;alert(1)&lt;/script&gt; allowed" in page
    assert "<script>alert" not in page
    assert page.count('class="message"') == 3
    assert page.count("data-grouped") == 2  # one message, and its head


def test_the_snapshot_in_the_page_is_the_one_that_json_gives(talk: Room, instructor: Member) -> None:
    browser = browser_of(instructor)
    found = SNAPSHOT.search(browser.get(f"/rooms/{talk.pk}/").text)
    assert found is not None
    in_page, as_json = json.loads(found[1]), browser.get(f"/rooms/{talk.pk}/?format=json").json()
    assert in_page.pop("words")["send"] == "Send"
    assert [room.pop("last")["text"] for room in in_page["rooms"] if room["room"] == talk.pk] == ["and & this"]
    assert in_page == as_json, "the list is shown by the page alone"
    assert [message["text"] for message in as_json["messages"]][-1] == "and & this"
    assert as_json["ws"] == "/ws/"


@pytest.mark.row("S22")
def test_a_parents_page_names_the_own_child_and_no_other(
    talk: Room, course: Course, parent: Member, young_student: Member
) -> None:
    other = make_classmate(course, "Jada Adams", age=13)
    written(talk, other, "a word of somebody else's child")
    page = browser_of(parent).get(f"/rooms/{talk.pk}/").text
    assert "a word of somebody else&#x27;s child" in page
    assert young_student.course_name in page
    assert "Jada" not in page
    assert re.search(r">Student \d+<", page)
    assert 'data-shell="family"' in page


@pytest.mark.row("S10")
def test_the_supervisor_s_page_says_that_no_parent_is_linked_and_of_no_other_supervisor(
    supervisor: Member, course: Course, instructor: Member, young_student: Member
) -> None:
    direct = make_direct(course, instructor, young_student)
    page = browser_of(supervisor).get(f"/rooms/{direct.pk}/").text
    assert "Devon K., Ms. Rivera and you can read this. No parent is linked." in page


@pytest.mark.row("S17")
def test_a_removed_text_is_in_no_classmate_s_page(talk: Room, instructor: Member, young_student: Member) -> None:
    receipt = written(talk, instructor, "a text to take back")
    assert "a text to take back" in browser_of(young_student).get(f"/rooms/{talk.pk}/").text
    removed(talk, instructor, receipt.seq)
    assert "a text to take back" not in browser_of(young_student).get(f"/rooms/{talk.pk}/").text


def test_a_foreign_room_and_an_unknown_one_are_the_same_not_found(
    talk: Room, stranger: Member, unconsented_student: Member
) -> None:
    foreign, unknown = (browser_of(stranger).get(f"/rooms/{pk}/") for pk in (talk.pk, 987654))
    assert (foreign.status_code, foreign.text) == (404, unknown.text)
    assert browser_of(unconsented_student).get(f"/rooms/{talk.pk}/").headers["Location"] == "/gate/"


def test_the_list_opens_with_the_first_room_beside_it(talk: Room, course: Course, young_student: Member) -> None:
    make_room(course, title="Homework help")
    page = browser_of(young_student).get("/rooms/").text
    assert 'data-view="list"' in page
    assert "Homework help" in page
    assert "Good morning." in page


def test_an_address_of_a_message_shows_the_messages_round_it(room: Room, instructor: Member) -> None:
    first = written(room, instructor, "the very first")
    for number in range(60):
        written(room, instructor, f"number {number}")
    browser = browser_of(instructor)
    assert "the very first" not in browser.get(f"/rooms/{room.pk}/").text
    assert "the very first" in browser.get(f"/rooms/{room.pk}/{first.seq}/").text


STATEMENTS = 27  # of a student's page in a course room; two are the session's, two the account menu's


@pytest.mark.django_db(transaction=True)
def test_the_statements_of_a_page_do_not_grow_with_rooms_and_messages_and_ask_the_gate_once(
    talk: Room, course: Course, instructor: Member, young_student: Member
) -> None:
    make_classmate(course, "Jada Amos", age=14)
    browser = browser_of(young_student)

    def statements() -> list[str]:
        browser.get(f"/rooms/{talk.pk}/")  # who can read a room is counted once, and remembered
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/rooms/{talk.pk}/").status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    few = statements()
    for title in ("Homework help", "Review"):
        written(make_room(course, title=title), instructor, "one more")
    for number in range(60):
        written(talk, instructor, f"number {number}")
    many = statements()
    assert len(few) == len(many) <= STATEMENTS
    assert sum('FROM "consent_policyversion"' in sql for sql in many) == 1, "the gate is asked once about each person"
