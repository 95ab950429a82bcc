"""The questions of a course, page by page: picked, asked before the yes, read by instructors, put right (S1, S5)."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Member
from consent.actions.schools import give_grant
from consent.models import Grant, School, SchoolAgreement
from rooms.actions.courses import choose_questions
from rooms.actions.join_codes import make_code
from rooms.models import Course, Enrollment, JoinAnswer, JoinCode, Room
from tests.cast import SYSTEM, acting, browser_of, confirmed_browser_of, make_student, make_young_student
from tests.frontend.test_every_page import faults
from tests.frontend.test_join_pages import NOAH, SOFIA, on_the_way, typed
from tests.rooms_cast import make_classmate

pytestmark = pytest.mark.row("S1")

SAID = {"school": "Juniper Bend", "employer": "The bakery", "about": "not asked", "is_staff": "1"}


@pytest.fixture
def teacher(instructor: Member, school: School) -> Member:
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    return instructor


@pytest.fixture
def code(teacher: Member, course: Course, room: Room, agreement: SchoolAgreement) -> JoinCode:
    """Of Algebra I, which asks for school and employer."""
    choose_questions(acting(teacher), course, ["school", "employer"])
    return make_code(acting(teacher), course)


@pytest.fixture
def noah(school: School) -> Member:
    """16, in no course yet."""
    return make_student(school, "Noah Brandt")


def at_the_offer(member: Member, code: JoinCode) -> Client:
    client = confirmed_browser_of(member)
    typed(client, code.code)
    return client


def asked_on(page: Any) -> set[str]:
    return set(re.findall(r'name="(school|field_of_study|graduation_year|employer)"', page.text))


def kept() -> dict[str, str]:
    return dict(JoinAnswer.objects.values_list("question", "value"))


# Picking


def test_a_course_begins_with_its_questions_and_changes_them_later(teacher: Member, school: School) -> None:
    client = browser_of(teacher)
    assert "Students of 13 or under are never asked." in client.get("/courses/new/").text
    values = {"title": "Chess club", "school": school.pk, "questions": ["employer", "school"]}
    course = Course.objects.get(pk=client.post("/courses/new/", values)["Location"].strip("/").split("/")[1])
    assert course.questions == ["school", "employer"]
    page = client.get(f"/courses/{course.pk}/settings/")
    ticked = re.findall(r'<input[^>]*value="(\w+)"[^>]*checked', page.text)
    assert (ticked, faults(page)) == (["school", "employer"], [])
    answer = client.post(f"/courses/{course.pk}/questions/", {"questions": ["graduation_year"]}, follow=True)
    assert "Saved. Whoever joins from now on is asked this." in answer.text
    course.refresh_from_db()
    assert (course.questions, course.title) == (["graduation_year"], "Chess club")


def test_what_is_not_on_the_list_is_refused_on_both_pages(teacher: Member, school: School, course: Course) -> None:
    client, before = browser_of(teacher), Course.objects.count()
    values = {"title": "Chess club", "school": school.pk, "questions": ["home_address"]}
    for address in ("/courses/new/", f"/courses/{course.pk}/questions/"):
        page = client.post(address, values)
        assert (page.status_code, faults(page)) == (422, [])
        assert "Choose from the list: nothing else can be asked." in page.text
    course.refresh_from_db()
    assert (course.questions, Course.objects.count()) == ([], before)


# Being asked


def test_they_are_asked_before_the_yes_with_who_reads_the_answers(code: JoinCode, noah: Member, room: Room) -> None:
    client = at_the_offer(noah, code)
    page = client.get("/join/offer/")
    assert (asked_on(page), faults(page)) == ({"school", "employer"}, [])
    assert "The instructors of this course read what you answer, and a parent who is linked to you" in page.text
    assert client.post("/join/offer/", SAID)["Location"] == f"/rooms/{room.pk}/"
    assert kept() == {"school": "Juniper Bend", "employer": "The bakery"}


def test_joining_without_a_word_is_joining(code: JoinCode, noah: Member, room: Room) -> None:
    assert at_the_offer(noah, code).post("/join/offer/")["Location"] == f"/rooms/{room.pk}/"
    assert kept() == {}


def test_what_does_not_fit_is_said_at_its_field_and_nobody_has_joined(code: JoinCode, noah: Member) -> None:
    page = at_the_offer(noah, code).post("/join/offer/", {"employer": "turned \u202e round", "school": "Juniper Bend"})
    assert (page.status_code, faults(page)) == (422, [])
    assert "Write it on one line, without control characters." in page.text
    assert 'value="Juniper Bend"' in page.text
    assert not Enrollment.objects.filter(member=noah).exists()


def test_in_spanish_too(code: JoinCode, school: School) -> None:
    client = at_the_offer(make_student(school, "Noa Brandt", locale="es"), code)
    assert (
        "Leen lo que respondes los instructores de este curso y tu familia vinculada" in client.get("/join/offer/").text
    )
    page = client.post("/join/offer/", {"school": "x" * 121})
    assert page.status_code == 422
    assert "Empleador" in page.text


def test_before_signing_in_nobody_is_asked(code: JoinCode, client: Client) -> None:
    typed(client, code.code)
    assert asked_on(client.get("/join/offer/")) == set()


def test_who_registers_is_asked_with_the_rest(code: JoinCode, room: Room, caplog: pytest.LogCaptureFixture) -> None:
    client = on_the_way(code, 16)
    page = client.get("/register/student/")
    assert (asked_on(page), faults(page)) == ({"school", "employer"}, [])
    with caplog.at_level("INFO"):
        assert client.post("/register/student/", NOAH | SAID)["Location"] == f"/rooms/{room.pk}/"
    assert kept() == {"school": "Juniper Bend", "employer": "The bakery"}
    assert "2 fields that nobody asked for were dropped" in caplog.text


@pytest.mark.row("S18")
def test_the_young_see_no_question_and_what_they_post_is_dropped(code: JoinCode, school: School) -> None:
    unknown = make_young_student(school, "Ravi Nair", age_known=False, protected_until=None)
    for child in (make_young_student(school, "Mina Kim"), unknown):
        client = browser_of(child)
        typed(client, code.code)
        assert asked_on(client.get("/join/offer/")) == set()
        assert client.post("/join/offer/", SAID).status_code == 302
        assert Enrollment.objects.filter(member=child).exists()
    new = on_the_way(code, 12)
    assert asked_on(new.get("/register/student/")) == set()
    assert new.post("/register/student/", SOFIA | SAID)["Location"] == "/gate/"
    assert kept() == {}


# Reading and putting right


@pytest.fixture
def answered(code: JoinCode, noah: Member) -> Client:
    client = at_the_offer(noah, code)
    client.post("/join/offer/", SAID)
    return client


def test_instructors_read_it_on_the_people_page_and_others_nowhere(
    answered: Client, teacher: Member, assistant: Member, course: Course, noah: Member
) -> None:
    people = f"/courses/{course.pk}/people/"
    page = browser_of(teacher).get(people)
    assert "Employer: The bakery" in page.text
    for member in (assistant, make_classmate(course)):
        page = browser_of(member).get(people)
        assert "Noah B" in page.text
        for address in (people, f"/courses/{course.pk}/", f"/members/{noah.pk}/"):
            assert "The bakery" not in browser_of(member).get(address).text
    assert "The bakery" not in browser_of(teacher).get(f"/members/{noah.pk}/").text


@pytest.mark.row("S5")
def test_on_one_s_own_page_each_is_put_right_and_deleted(answered: Client, course: Course) -> None:
    page = answered.get("/account/data/")
    assert faults(page) == []
    assert "Its instructors read this, nobody else in the course." in page.text
    edit = f"/account/data/answers/{course.pk}/"
    assert f'href="{edit}"' in page.text
    form = answered.get(edit)
    assert (asked_on(form), 'value="The bakery"' in form.text, faults(form)) == ({"school", "employer"}, True, [])
    assert answered.post(edit, {"school": "", "employer": "The library"})["Location"] == "/account/data/"
    assert kept() == {"employer": "The library"}
    assert answered.post(edit, {"employer": "x" * 121}).status_code == 422
    answered.post("/account/data/", {"delete_answer": JoinAnswer.objects.get().pk})
    assert kept() == {}
    assert "You answered nothing." in answered.get("/account/data/").text


@pytest.mark.row("S5")
def test_another_s_is_not_found(answered: Client, course: Course, stranger: Member, teacher: Member) -> None:
    number = JoinAnswer.objects.latest("pk").pk
    for member in (stranger, teacher):
        client = confirmed_browser_of(member)
        for sent in (number, "x", "9" * 30, "²"):
            assert client.post("/account/data/", {"delete_answer": sent}).status_code == 404
        assert client.get(f"/account/data/answers/{course.pk}/").status_code == 404
        assert client.post(f"/account/data/answers/{course.pk}/", SAID).status_code == 404
    assert kept() == {"school": "Juniper Bend", "employer": "The bakery"}
