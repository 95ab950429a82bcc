"""The codes of a course: who sees them, what can be done with each, and who has joined, live (S14)."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from consent.actions.schools import give_grant
from consent.models import Grant, School, SchoolAgreement
from rooms.actions.enrollments import end_enrollment
from rooms.actions.join_codes import make_code
from rooms.actions.joining import redeem
from rooms.models import Course, JoinCode
from rooms.queries.offers import offer_of_code
from tests.cast import SYSTEM, acting, browser_of, make_member, make_student
from tests.frontend.test_every_page import faults
from tests.rooms_cast import join, make_course

pytestmark = pytest.mark.row("S14")


@pytest.fixture
def teacher(instructor: Member, school: School) -> Member:
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    return instructor


@pytest.fixture
def code(teacher: Member, course: Course) -> JoinCode:
    return make_code(acting(teacher), course)


def address(course: Course, *parts: object) -> str:
    return f"/courses/{course.pk}/codes/" + "".join(f"{part}/" for part in parts)


def do(client: Client, code: JoinCode, deed: str) -> JoinCode:
    answer = client.post(address(code.course, code.pk, deed))
    assert (answer.status_code, answer["Location"]) == (302, address(code.course))
    code.refresh_from_db()
    return code


def joins(code: JoinCode, name: str = "") -> Member:
    student = make_student(code.course.school, name)  # type: ignore[arg-type]
    redeem(acting(student), offer_of_code(code.code), student)
    return student


def test_an_instructor_makes_a_code_with_a_day_and_a_number(teacher: Member, course: Course) -> None:
    client, until = browser_of(teacher), timezone.localdate() + dt.timedelta(days=30)
    assert "No code opens this course." in client.get(address(course)).text
    answer = client.post(address(course), {"until": until.isoformat(), "most": "28"})
    assert answer["Location"] == address(course)
    code = JoinCode.objects.get()
    assert (timezone.localtime(code.expires_at).date(), code.most) == (until, 28)
    page = client.get(address(course)).text
    assert f"/join/#{code.code}" in page  # in the fragment, which no log sees
    assert "0 of 28 joined" in page
    assert '<svg class="qr"' in page


@pytest.mark.parametrize(
    "typed", [{"until": ""}, {"until": "2020-01-01"}, {"until": "2999-01-01"}, {"most": "0"}, {"most": "many"}]
)
def test_what_is_no_bound_is_said_at_its_field(teacher: Member, course: Course, typed: dict[str, str]) -> None:
    until = (timezone.localdate() + dt.timedelta(days=7)).isoformat()
    page = browser_of(teacher).post(address(course), {"until": until, "most": ""} | typed)
    assert page.status_code == 422
    assert "field-error" in page.text
    assert not JoinCode.objects.exists()


def test_lock_unlock_replace_and_end(teacher: Member, code: JoinCode) -> None:
    client, first = browser_of(teacher), code.code
    assert do(client, code, "lock").locked_at is not None
    assert "Locked" in client.get(address(code.course)).text
    assert do(client, code, "unlock").locked_at is None
    assert do(client, code, "replace").ended_at is not None
    page = client.get(address(code.course)).text
    assert first not in page
    new = JoinCode.objects.get(ended_at__isnull=True)
    assert new.code in page
    do(client, new, "end")
    assert "No code opens this course." in client.get(address(code.course)).text


def test_the_bounds_are_changed(teacher: Member, code: JoinCode) -> None:
    client, until = browser_of(teacher), timezone.localdate() + dt.timedelta(days=3)
    client.post(address(code.course, code.pk), {"until": until.isoformat(), "most": "5"})
    code.refresh_from_db()
    assert (timezone.localtime(code.expires_at).date(), code.most) == (until, 5)
    page = client.post(address(code.course, code.pk), {"until": "2020-01-01"})
    assert page.status_code == 422


def test_the_sheet_for_the_wall_has_code_link_and_picture(teacher: Member, code: JoinCode) -> None:
    page = browser_of(teacher).get(address(code.course, code.pk, "poster")).text
    assert code.code in page
    assert '<svg class="qr"' in page
    assert "style=" not in page


def test_its_pages_are_whole(teacher: Member, code: JoinCode) -> None:
    client = browser_of(teacher)
    joins(make_code(acting(teacher), code.course))
    for page in ("", f"{code.pk}/poster/"):
        assert faults(client.get(address(code.course) + page)) == []


def test_a_deed_that_is_none_is_not_found(teacher: Member, code: JoinCode) -> None:
    assert browser_of(teacher).post(address(code.course, code.pk, "burn")).status_code == 404


@pytest.mark.parametrize("who", ["student", "assistant", "parent", "stranger", "school_admin"])
def test_to_everybody_else_there_is_no_such_page(
    who: str, code: JoinCode, request: pytest.FixtureRequest, young_student: Member
) -> None:
    if who in ("student", "assistant"):
        member = make_student(code.course.school, "Marcus Okafor") if who == "student" else make_member()  # type: ignore[arg-type]
        join(code.course, member, who)
    else:
        member = request.getfixturevalue(who)
    client, there = browser_of(member), address(code.course)
    for page in ("", f"{code.pk}/poster/", "state/"):
        answer = client.get(there + page)
        assert answer.status_code == 404
        assert code.code not in answer.text
    for deed in ("lock", "unlock", "replace", "end"):
        assert client.post(f"{there}{code.pk}/{deed}/").status_code == 404
    assert client.post(there, {"until": "2030-01-01"}).status_code == 404
    code.refresh_from_db()
    assert (code.locked_at, code.ended_at, JoinCode.objects.count()) == (None, None, 1)


def test_a_code_of_another_course_is_not_found(teacher: Member, code: JoinCode) -> None:
    biology = make_course(code.course.school, "Biology")
    join(biology, teacher, "instructor")
    other = make_code(acting(teacher), biology)
    client = browser_of(teacher)
    assert client.post(address(code.course, other.pk, "lock")).status_code == 404
    other.refresh_from_db()
    assert other.locked_at is None


def test_who_is_not_signed_in_is_told_so(client: Client, code: JoinCode) -> None:
    assert client.get(address(code.course))["Location"].startswith("/sign-in/")
    assert client.get(address(code.course, "state")).status_code == 401


@pytest.mark.row("S1")
def test_before_an_instructor_is_confirmed_nobody_can_be_let_in(instructor: Member, course: Course) -> None:
    client = browser_of(instructor)
    assert "Nobody can come into this course yet." in client.get(address(course)).text
    client.post(address(course), {"until": (timezone.localdate() + dt.timedelta(days=7)).isoformat()})
    assert not JoinCode.objects.exists()


# Who has joined


def told(client: Client, course: Course, etag: str = "") -> Any:
    return client.get(address(course, "state"), headers={"if-none-match": etag} if etag else {})


def test_who_joins_appears_on_the_open_page(teacher: Member, code: JoinCode) -> None:
    client = browser_of(teacher)
    before = told(client, code.course)
    assert before.json()["joined"] == []
    assert told(client, code.course, before["ETag"]).status_code == 304
    joins(code, "Noah Berg")
    after = told(client, code.course, before["ETag"])
    assert [line["name"] for line in after.json()["joined"]] == ["Noah Berg"]
    assert (after.json()["count"], after.json()["codes"]) == ("1 person has joined", {str(code.pk): "1 joined"})
    assert "Noah Berg" in client.get(address(code.course)).text


def test_who_waits_and_who_was_taken_out_is_said(teacher: Member, code: JoinCode, agreement: SchoolAgreement) -> None:
    child = make_student(code.course.school, "Sofia Novak", age=12)  # type: ignore[arg-type]
    redeem(acting(child), offer_of_code(code.code), child)
    out = joins(code, "Ben Far")
    end_enrollment(acting(teacher), code.course, out, removed=True)
    notes = {line["name"]: line["note"] for line in told(browser_of(teacher), code.course).json()["joined"]}
    assert "can't enter yet" in notes["Sofia Novak"]
    assert "not in the course any more" in notes["Ben Far"]


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("page", ["", "state/"])
def test_three_people_and_codes_take_the_statements_of_one(teacher: Member, code: JoinCode, page: str) -> None:
    client, path = browser_of(teacher), address(code.course) + page
    joins(code)
    statements(client, path)
    one = statements(client, path)
    for _ in range(2):
        joins(make_code(acting(teacher), code.course))
    assert statements(client, path) == one


def test_the_course_page_shows_a_working_code_to_its_instructors_alone(
    teacher: Member, code: JoinCode, young_student: Member
) -> None:
    page = f"/courses/{code.course_id}/"
    assert code.code in browser_of(teacher).get(page).text
    assert code.code not in browser_of(young_student).get(page).text
    do(browser_of(teacher), code, "lock")
    assert code.code not in browser_of(teacher).get(page).text
