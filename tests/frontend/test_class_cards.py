"""Class cards: made, printed once and taken back by who may; and the door where a child comes in by one."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.members import change_state
from accounts.models import Attempt, AuditEntry, Member, MemberState, Session
from accounts.queries.sessions import member_of_session
from consent.actions.card_sign_in import PER_CARD, PER_CARD_A_DAY, PER_DEVICE, PER_PIN, PER_PIN_A_DAY
from consent.actions.schools import give_grant
from consent.models import ClassCard, Grant, School
from consent.queries.phrases import LANGUAGES, new_phrase, plain, words_of
from rooms.actions.class_cards import make_cards
from rooms.actions.courses import archive_course, create_course
from rooms.actions.enrollments import end_enrollment
from rooms.models import Course, Enrollment
from tests.accounts.engine import running_hub
from tests.cast import SYSTEM, acting, browser_of, make_member, make_student, set_up
from tests.rooms_cast import ASSISTANT, INSTRUCTOR, join

pytestmark = pytest.mark.django_db
OTHERS = "203.0.113.9"


class Printed:
    """What stands on a child's card, and on the teacher's page of PINs."""

    def __init__(self, name: str, phrase: str, pin: str) -> None:
        self.name, self.phrase, self.pin = name, phrase, pin


def make(teacher: Member, course: Course, *children: Member, seen: int | None = None) -> Any:
    if seen is None:
        newest = ClassCard.objects.order_by("-pk").first()
        seen = newest.pk if newest else 0
    fields = {"students": [child.pk for child in children], "seen": seen}
    return browser_of(teacher).post(f"/courses/{course.pk}/cards/make/", fields)


def printed(page: HttpResponse) -> list[Printed]:
    text = page.content.decode()
    cards = re.findall(r"<dd>(\S+)</dd>.*?<dd>([^<]+)</dd>", text, re.S)
    pins = re.findall(r"<td>(\d{4})</td>", text)
    assert len(cards) == len(pins)
    return [Printed(name, phrase, pin) for (name, phrase), pin in zip(cards, pins, strict=True)]


def card_of(teacher: Member, course: Course, child: Member) -> Printed:
    (card,) = printed(make(teacher, course, child))
    return card


def open_door(name: str, phrase: str, *, client: Client | None = None, address: str = "192.0.2.7", **more: str) -> Any:
    client = client or Client()
    return client.post("/sign-in/card/", {"name": name, "phrase": phrase, **more}, REMOTE_ADDR=address)


def came_in(response: Any) -> Member | None:
    cookie = response.client.cookies.get("session")
    who = member_of_session(cookie.value) if cookie else None
    return who.member if who else None


@pytest.fixture
def devon(young_student: Member) -> Member:
    return young_student


# The words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_plain_and_no_two_are_the_same_to_a_child(language: str) -> None:
    words = words_of(language)
    assert len(words) >= {"en": 2000, "es": 1500}[language]
    assert len({plain(word) for word in words}) == len(words)
    assert all(word.isalpha() and word == word.lower() and 3 <= len(word) <= 9 for word in words)


def test_a_phrase_is_three_different_words_of_the_childs_language() -> None:
    for language in (*LANGUAGES, "fr"):
        phrase = new_phrase(language)
        assert len(set(phrase)) == 3
        assert set(phrase) <= set(words_of(language))


# Who may make them


@pytest.mark.row("S1")
def test_the_teacher_makes_a_card_and_the_child_comes_in(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    answer = open_door(card.name, card.phrase)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert came_in(answer) == devon


def test_the_schools_administrator_makes_one_too(school_admin: Member, course: Course, devon: Member) -> None:
    card = card_of(school_admin, course, devon)
    assert came_in(open_door(card.name, card.phrase)) == devon


def test_the_office_finds_the_cards_of_each_course(
    school_admin: Member, school: School, instructor: Member, course: Course, devon: Member
) -> None:
    create_course(SYSTEM, school, title="Nobody in it")
    office = browser_of(school_admin)
    page = office.get(f"/school/{school.pk}/cards/").text
    assert "0 of 1 student has a card." in page
    assert f'href="/courses/{course.pk}/cards/"' in page
    assert "Nobody in it" not in page
    card_of(instructor, course, devon)
    assert "1 of 1 student has a card." in office.get(f"/school/{school.pk}/cards/").text
    assert f'href="/school/{school.pk}/cards/"' in office.get(f"/courses/{course.pk}/cards/").text
    assert browser_of(instructor).get(f"/school/{school.pk}/cards/").status_code == 404


def test_three_courses_take_as_many_statements_as_one(school_admin: Member, school: School) -> None:
    office, counted = browser_of(school_admin), []
    for titles in (("Latin",), ("Greek", "Art")):
        for title in titles:
            join(create_course(SYSTEM, school, title=title), make_student(school))
        office.get(f"/school/{school.pk}/cards/")
        with CaptureQueriesContext(connection) as statements:
            page = office.get(f"/school/{school.pk}/cards/")
        counted.append(len(statements))
    assert page.text.count("of 1 student has a card.") == 3
    assert counted[0] == counted[1]


@pytest.mark.parametrize("who", ["stranger", "parent", "devon", "unconsented_student", "supervisor"])
def test_to_others_the_page_is_not_there(
    request: pytest.FixtureRequest, course: Course, devon: Member, who: str
) -> None:
    client = browser_of(request.getfixturevalue(who))
    pages = [
        client.get(f"/courses/{course.pk}/cards/"),
        client.post(f"/courses/{course.pk}/cards/make/", {"students": devon.pk, "seen": 0}),
        client.post(f"/courses/{course.pk}/cards/{devon.pk}/revoke/"),
    ]
    gate = who == "unconsented_student"  # is sent to the gate, and learns nothing either
    assert [page.status_code for page in pages] == [302 if gate else 404] * 3
    assert not ClassCard.objects.exists()


def test_an_assistant_makes_none(course: Course, devon: Member) -> None:
    assistant = make_member("Theo Assis")
    join(course, assistant, ASSISTANT)
    assert make(assistant, course, devon, seen=0).status_code == 404


def test_a_teacher_of_another_course_makes_none(school: School, course: Course, devon: Member) -> None:
    other, teacher = create_course(SYSTEM, school, title="Latin"), make_member("Lee Latin")
    join(other, teacher, INSTRUCTOR)
    assert make(teacher, other, devon, seen=0).status_code == 404
    assert make(teacher, course, devon, seen=0).status_code == 404
    assert not ClassCard.objects.exists()


def test_a_teacher_of_last_years_course_makes_none(instructor: Member, course: Course, devon: Member) -> None:
    archive_course(SYSTEM, course)
    assert make(instructor, course, devon, seen=0).status_code == 404


def test_a_child_who_has_left_the_course_gets_none(instructor: Member, course: Course, devon: Member) -> None:
    end_enrollment(SYSTEM, course, devon)
    assert make(instructor, course, devon, seen=0).status_code == 404


def test_who_has_an_address_or_is_staff_gets_none(school: School, instructor: Member, course: Course) -> None:
    own = make_student(school, "Olive Own", email="olive@example.org", email_verified=True)
    join(course, own)
    assert make(instructor, course, own, seen=0).status_code == 404
    assert make(instructor, course, instructor, seen=0).status_code == 404
    assert "1 more student signs in without a card." in browser_of(instructor).get(f"/courses/{course.pk}/cards/").text


def test_of_a_course_without_a_school_there_are_none() -> None:
    alone, teacher = create_course(SYSTEM, None, title="Evening Spanish"), make_member("Ina Alone")
    join(alone, teacher, INSTRUCTOR)
    assert browser_of(teacher).get(f"/courses/{alone.pk}/cards/").status_code == 404


def test_nobody_chosen_makes_nothing_and_says_so(instructor: Member, course: Course, devon: Member) -> None:
    answer = make(instructor, course)
    assert answer.status_code == 302
    assert "Choose who gets a card" in answer.client.get(answer.headers["Location"]).text


# What is printed is shown once


def test_what_is_printed_is_stored_nowhere(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    stored = str(list(ClassCard.objects.values())) + str(list(AuditEntry.objects.values()))
    stored += str([session.get_decoded() for session in Session.objects.all()])
    assert not [
        word for word in (*card.phrase.split(" · "), card.pin) if f"'{word}'" in stored or f" {word} " in stored
    ]
    page = browser_of(instructor).get(f"/courses/{course.pk}/cards/").text
    assert "Devon K." in page
    assert card.phrase not in page


def test_a_sheet_sent_twice_makes_no_second_set(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    again = make(instructor, course, devon, seen=0)
    assert again.status_code == 302
    assert "cards have been made since" in again.client.get(again.headers["Location"]).text
    assert came_in(open_door(card.name, card.phrase)) == devon


def test_a_class_of_28_is_on_four_sheets_and_a_page_of_pins(school: School, instructor: Member, course: Course) -> None:
    class_of_28 = [make_student(school, f"Child {number}x", age=9) for number in range(28)]
    for child in class_of_28:
        join(course, child)
    page = make(instructor, course, *class_of_28)
    assert len(printed(page)) == 28
    text = page.content.decode()
    assert (text.count('class="card-sheet"'), text.count('class="qr"')) == (4 + 1, 28)
    assert page.headers["Cache-Control"] == "no-store"


def test_three_students_take_as_many_statements_as_one(school: School, instructor: Member, course: Course) -> None:
    client, counted = browser_of(instructor), []
    for more in (1, 2):
        for _ in range(more):
            join(course, make_student(school))
        make(instructor, course, *Member.objects.filter(is_k12=True))
        client.get(f"/courses/{course.pk}/cards/")
        with CaptureQueriesContext(connection) as statements:
            page = client.get(f"/courses/{course.pk}/cards/")
        counted.append(len(statements))
    assert page.text.count('name="students"') == 3
    assert counted[0] == counted[1]


def test_a_course_without_children_says_what_cards_are_for(instructor: Member, course: Course) -> None:
    assert "Nobody in this course needs a card yet" in browser_of(instructor).get(f"/courses/{course.pk}/cards/").text


# Lost, and replaced


@pytest.mark.row("S1", "S6")
@pytest.mark.django_db(transaction=True)
def test_a_lost_card_is_dead_at_once_with_its_sessions(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    finder = open_door(card.name, card.phrase)
    assert came_in(finder) == devon
    session = Session.objects.get(member=devon, ended_at=None)
    with running_hub() as heard:
        browser_of(instructor).post(f"/courses/{course.pk}/cards/{devon.pk}/revoke/")
        assert frozenset({str(session.public_id)}) in heard.all_sessions()
    assert came_in(finder) is None
    assert came_in(open_door(card.name, card.phrase)) is None


@pytest.mark.row("S1")
def test_a_new_card_makes_the_old_one_void(instructor: Member, course: Course, devon: Member) -> None:
    old = card_of(instructor, course, devon)
    inside = open_door(old.name, old.phrase)
    new = card_of(instructor, course, devon)
    assert came_in(inside) is None
    assert came_in(open_door(old.name, old.phrase)) is None
    assert came_in(open_door(new.name, new.phrase)) == devon
    assert list(ClassCard.objects.order_by("pk").values_list("state", flat=True)) == ["revoked", "active"]


def test_a_card_leaves_the_class_alone(school: School, instructor: Member, course: Course, devon: Member) -> None:
    other = make_student(school, "Mina Kim", age=9)
    join(course, other)
    cards = printed(make(instructor, course, devon, other))
    card_of(instructor, course, devon)
    assert (
        came_in(open_door(other.sign_in_name, next(c.phrase for c in cards if c.name == other.sign_in_name))) == other
    )


def test_one_that_is_not_there_can_not_be_lost(instructor: Member, course: Course, devon: Member) -> None:
    assert browser_of(instructor).post(f"/courses/{course.pk}/cards/{devon.pk}/revoke/").status_code == 404


# The door


@pytest.mark.parametrize("change", [str.upper, str.title, lambda text: text.replace(" · ", ""), lambda t: f" {t}! "])
def test_how_a_child_types_the_words_does_not_matter(
    instructor: Member, course: Course, devon: Member, change: Any
) -> None:
    card = card_of(instructor, course, devon)
    assert came_in(open_door(f" {card.name.upper()} ", change(card.phrase))) == devon


def test_accents_may_be_left_out(instructor: Member, course: Course, devon: Member) -> None:
    assert plain("Otoño · MÚSICA, pingüino") == plain("otono musica pinguino") == "otonomusicapinguino"


def test_the_other_order_of_the_words_is_wrong(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    assert came_in(open_door(card.name, " ".join(reversed(card.phrase.split(" · "))))) is None


def test_one_childs_words_open_nobody_elses_door(
    school: School, instructor: Member, course: Course, devon: Member
) -> None:
    other = make_student(school, "Mina Kim", age=9)
    join(course, other)
    card_of(instructor, course, other)
    assert came_in(open_door(other.sign_in_name, card_of(instructor, course, devon).phrase)) is None


def test_nobody_learns_whether_a_name_has_a_card(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)

    def said(name: str) -> tuple[int, str]:
        answer = open_door(name, "no such words")
        return answer.status_code, re.search(r'id="card-fault".*?</div>', answer.text, re.S)[0]  # type: ignore[index]

    assert said(card.name) == said("nobody.here") == said(instructor.sign_in_name)


@pytest.mark.row("S6")
def test_a_childs_session_ends_with_the_browser(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    alone = open_door(card.name, card.phrase, remember="on")
    assert alone.cookies["session"]["max-age"] == ""
    shared = open_door(card.name, card.phrase, shared="on")
    assert shared.cookies["session"]["max-age"] == ""
    rows = Session.objects.filter(member=devon).order_by("created_at").values_list("kept", "shared")
    assert list(rows) == [(False, False), (False, True)]


def test_a_card_opens_nothing_before_the_family_says_yes(
    instructor: Member, course: Course, unconsented_student: Member
) -> None:
    card = card_of(instructor, course, unconsented_student)
    client = Client()
    assert open_door(card.name, card.phrase, client=client).status_code == 302
    assert client.get("/").headers["Location"] == "/gate/"


def test_a_child_by_card_sees_where_they_are_signed_in(instructor: Member, course: Course, devon: Member) -> None:
    """A child without a password confirms with the card: by coming in again."""
    card = card_of(instructor, course, devon)
    client = Client()
    open_door(card.name, card.phrase, client=client)
    assert client.get("/account/sessions/").status_code == 200


def test_whoever_sat_there_before_is_signed_out_and_leaves_nothing(
    instructor: Member, course: Course, devon: Member, stranger: Member
) -> None:
    card, client = card_of(instructor, course, devon), browser_of(stranger)
    answer = open_door(card.name, card.phrase, client=client)
    assert came_in(answer) == devon
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert not Session.objects.filter(member=stranger, ended_at=None).exists()
    assert "Clear-Site-Data" not in open_door(card.name, card.phrase, client=client).headers  # what waits is their own


def test_an_administrator_without_a_second_step_makes_none(school: School, course: Course, devon: Member) -> None:
    ruth = make_member("Ruth Lindqvist")
    give_grant(SYSTEM, ruth, Grant.Kind.SCHOOL_ADMIN, school=school)
    assert make(ruth, course, devon).status_code == 404
    set_up(ruth)
    assert make(ruth, course, devon).status_code == 200


def test_a_closed_account_is_told_so(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    change_state(SYSTEM, devon, MemberState.CLOSED, reason="test")
    answer = open_door(card.name, card.phrase)
    assert came_in(answer) is None
    assert "This account is closed." in answer.text
    assert "This account is closed." not in open_door(card.name, "no such words").text


def test_whoever_came_for_a_page_gets_there_and_nowhere_else(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    assert open_door(card.name, card.phrase, next="/rooms/3/").headers["Location"] == "/rooms/3/"
    assert open_door(card.name, card.phrase, next="https://evil.example/").headers["Location"] == "/"


# The picture


def by_picture(secret: str, pin: str, **more: Any) -> Any:
    return Client().post("/sign-in/card/", {"secret": secret, "pin": pin}, REMOTE_ADDR="192.0.2.7", **more)


@pytest.fixture
def picture(instructor: Member, course: Course, devon: Member) -> tuple[str, str]:
    """What the QR code of Devon's card holds behind the #, and its PIN."""
    (fresh,) = make_cards(acting(instructor), course.pk, [devon.pk], seen=0)
    return fresh.secret, fresh.pin


@pytest.mark.row("S1")
def test_the_picture_opens_with_its_pin_alone(picture: tuple[str, str], devon: Member) -> None:
    secret, pin = picture
    wrong = f"{(int(pin) + 1) % 10000:04}"
    answer = by_picture(secret, wrong)
    assert came_in(answer) is None
    assert "That PIN isn&#x27;t right yet." in answer.text
    assert came_in(by_picture(secret, f" {pin} ")) == devon


def test_the_pin_of_one_card_is_not_the_pin_of_another(picture: tuple[str, str]) -> None:
    answer = by_picture("x" * 32, picture[1])
    assert came_in(answer) is None
    assert "This card doesn&#x27;t work any more." in answer.text


def test_a_pin_is_not_guessed(picture: tuple[str, str], devon: Member) -> None:
    secret, pin = picture
    wrong = f"{(int(pin) + 1) % 10000:04}"
    for _ in range(PER_PIN.most):
        by_picture(secret, wrong)
    assert "Too many tries." in by_picture(secret, pin).text
    for hour in range(1, 4):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=hour), tick=False):
            for _ in range(PER_PIN.most):
                by_picture(secret, wrong)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=5), tick=False):
        assert "Too many tries." in by_picture(secret, pin).text
        assert PER_PIN_A_DAY.most == 4 * PER_PIN.most


# Guessers, and a class


def test_a_guesser_is_stopped_and_the_child_is_helped_by_a_new_card(
    instructor: Member, course: Course, devon: Member
) -> None:
    card = card_of(instructor, course, devon)
    for _ in range(PER_CARD.most):
        assert came_in(open_door(card.name, "no such words")) is None
    answer = open_door(card.name, card.phrase)
    assert came_in(answer) is None
    assert "Too many tries. Try again in 15 minutes. Or ask your teacher for a new card" in answer.text
    assert came_in(open_door(card.name, card.phrase, address=OTHERS)) == devon  # nobody else is locked out
    new = card_of(instructor, course, devon)
    assert came_in(open_door(new.name, new.phrase)) == devon


def test_a_guesser_with_many_addresses_is_stopped(instructor: Member, course: Course, devon: Member) -> None:
    card = card_of(instructor, course, devon)
    for number in range(PER_CARD_A_DAY.most):
        open_door(card.name, "no such words", address=f"198.51.100.{number}")
    answer = open_door(card.name, card.phrase, address=OTHERS)
    assert "Too many tries." in answer.text
    assert came_in(answer) is None


def test_one_browser_does_not_try_name_after_name(instructor: Member, course: Course, devon: Member) -> None:
    browser = Client()
    browser.get("/sign-in/card/")
    for number in range(PER_DEVICE.most):
        open_door(f"name{number}", "no such words", client=browser)
    assert "Too many tries." in open_door("one.more", "no such words", client=browser).text
    assert "Too many tries." not in open_door("one.more", "no such words").text


def test_a_whole_class_behind_one_address_mistypes_and_comes_in(
    school: School, instructor: Member, course: Course
) -> None:
    children = [make_student(school, f"Child {number}x", age=15) for number in range(30)]
    for child in children:
        join(course, child)
    for card in printed(make(instructor, course, *children)):
        browser = Client()
        browser.get("/sign-in/card/")
        for _ in range(3):
            open_door(card.name, "not so easy", client=browser)
        assert came_in(open_door(card.name, card.phrase, client=browser)) is not None
    kept = Attempt.objects.filter(kind=PER_CARD.kind)
    assert not kept.exists()  # what was right forgives what was wrong before it


def test_making_and_losing_are_on_record(instructor: Member, course: Course, devon: Member, school: School) -> None:
    card_of(instructor, course, devon)
    browser_of(instructor).post(f"/courses/{course.pk}/cards/{devon.pk}/revoke/")
    entries = AuditEntry.objects.filter(action__startswith="class_card.").order_by("pk")
    assert [(entry.action, entry.actor, entry.subject, entry.scope) for entry in entries] == [
        ("class_card.made", instructor.pk, devon.pk, str(school.pk)),
        ("class_card.revoked", instructor.pk, devon.pk, str(school.pk)),
    ]


def test_a_substitute_makes_cards_until_the_last_day(course: Course, devon: Member) -> None:
    substitute = make_member("Sasha Sub")
    join(course, substitute, INSTRUCTOR, until=timezone.now() + dt.timedelta(hours=1))
    assert make(substitute, course, devon).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
        assert make(substitute, course, devon).status_code == 404
    assert Enrollment.objects.filter(member=substitute).exists()
