"""The way of somebody with a code, page by page: the code, the course, the age, the account, the room (F3, F4)."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.actions.attempts import Limit
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from accounts.models import Attempt, Member
from consent.actions.schools import give_grant
from consent.models import Acceptance, ConsentRequest, Grant, School, SchoolAgreement
from rooms.actions import joining
from rooms.actions.join_codes import lock_code, make_code
from rooms.models import Course, Enrollment, JoinCode, Joining, Room
from tests.cast import SYSTEM, acting, browser_of, make_member, make_school, make_student, make_young_student
from tests.frontend.test_every_page import faults
from tests.rooms_cast import join, make_course

pytestmark = pytest.mark.row("S14")

SENTENCES = ["policy", "hosting_country", "grades", "visibility", "linked_parents"]
NOAH = {
    "given_name": "Noah",
    "last_initial": "B",
    "email": "noah.b@example.org",
    "password": "correct horse nine",
    "sentences": SENTENCES,
    "read": "policy= hosting_country=1 grades=1 visibility=1 linked_parents=1",
}
SOFIA = {
    "given_name": "Sofia",
    "last_initial": "n",
    "sign_in_name": "blue.fox7",
    "grade": "7",
    "parent_address": "olena@example.org",
    "language": "es",
}


@pytest.fixture
def code(school: School, instructor: Member, course: Course, room: Room, agreement: SchoolAgreement) -> JoinCode:
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    return make_code(acting(instructor), course)


def typed(client: Client, code: str, **extra: Any) -> Any:
    return client.post("/join/", {"code": code}, **extra)


def born(client: Client, years: int) -> Any:
    today = timezone.localdate()
    return client.post("/register/student/", {"month": today.month, "year": today.year - years}, follow=True)


def on_the_way(code: JoinCode, years: int) -> Client:
    """Somebody who typed the code and said when they were born."""
    client = Client()
    typed(client, code.code)
    born(client, years)
    return client


def test_the_page_asks_for_the_code_and_a_link_brings_it_in_the_fragment(client: Client, db: None) -> None:
    page = client.get("/join/")
    assert page.status_code == 200
    assert "mailed-code" in page.text


def test_the_code_leads_to_what_joining_means(client: Client, code: JoinCode, instructor: Member) -> None:
    answer = typed(client, f" {code.code.lower()} ")
    assert (answer.status_code, answer["Location"]) == (302, "/join/offer/")
    page = client.get("/join/offer/").text
    assert "Algebra I, period 3" in page
    assert "Ms. Rivera teaches it" in page
    assert "A parent who is linked to me sees everything in my account." in page
    assert "may switch this course between private and public" in page
    assert code.code not in page


def test_wrong_ones_get_the_words_with_the_tries_left(client: Client, code: JoinCode, instructor: Member) -> None:
    client.get("/join/")
    page = typed(client, "KX7-MQ4-2RD")
    assert page.status_code == 422
    sentence = (
        "This code doesn&#x27;t work. It may be mistyped, used or out of date. Codes have no 0, O, 1 or I. "
        "4 tries left. For a new one, ask the teacher or the school office."
    )
    assert sentence in page.text
    lock_code(acting(instructor), code)
    assert sentence.replace("4 tries", "3 tries") in typed(client, code.code).text  # locked sounds like mistyped


def test_in_spanish_too(client: Client, db: None) -> None:
    page = typed(client, "KX7-MQ4-2RD", headers={"accept-language": "es"}).text
    assert "Este código no funciona. Puede estar mal escrito, usado o vencido." in page


def test_without_an_offer_there_is_nothing_to_join_or_to_register_with(client: Client, db: None) -> None:
    for address in ("/join/offer/", "/register/student/"):
        assert client.get(address)["Location"] == "/join/"
        assert client.post(address)["Location"] == "/join/"


def test_an_offer_that_ended_meanwhile_leads_back(client: Client, code: JoinCode, instructor: Member) -> None:
    typed(client, code.code)
    lock_code(acting(instructor), code)
    assert client.get("/join/offer/")["Location"] == "/join/"


def test_every_page_on_the_way_is_whole(client: Client, code: JoinCode) -> None:
    typed(client, code.code)
    pages = [client.get("/join/offer/"), client.get("/register/student/")]
    pages += [on_the_way(code, years).get("/register/student/") for years in (16, 12, 16)]
    assert [page.status_code for page in pages] == [200] * 5
    assert [faults(page) for page in pages] == [[]] * 5


def test_a_course_with_a_very_long_name_fits_its_sentences(code: JoinCode, client: Client) -> None:
    Course.objects.filter(pk=code.course_id).update(title="W" * 120)
    typed(client, code.code)
    assert "Join " + "W" * 120 in client.get("/join/offer/").text


# Guessing


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network's bound at a size that a test reaches."""
    monkeypatch.setattr(joining, "PER_ADDRESS", Limit("join_address", 40, joining.SPAN))


def test_thirty_behind_one_address_mistype_once_and_come_in(code: JoinCode, tight: None) -> None:
    for _person in range(30):
        client = Client(REMOTE_ADDR="203.0.113.7", enforce_csrf_checks=True)
        token = client.get("/join/").cookies[settings.CSRF_COOKIE_NAME].value
        sent = {"csrfmiddlewaretoken": token}
        assert client.post("/join/", sent | {"code": "KX7-MQ4-2RD"}).status_code == 422
        assert client.post("/join/", sent | {"code": code.code})["Location"] == "/join/offer/"


def test_a_guesser_on_one_device_is_stopped_after_five(client: Client, code: JoinCode) -> None:
    client.get("/join/")
    outcomes = [typed(client, f"BBB-BBB-BB{n}").status_code for n in range(2, 9)]
    assert outcomes == [422] * 5 + [429] * 2
    stopped = typed(client, code.code)  # the right one too
    assert stopped.status_code == 429
    assert "Too many tries. Try again in 15 minutes, or ask the school for a new code." in stopped.text


def test_a_guesser_who_throws_the_cookies_away_is_stopped_by_the_network(code: JoinCode, tight: None) -> None:
    outcomes = []
    for number in range(45):
        client = Client(REMOTE_ADDR="203.0.113.7")
        client.cookies[settings.CSRF_COOKIE_NAME] = f"device {number}"
        outcomes.append(typed(client, f"CCC-{number:03}-BBB").status_code)
    assert outcomes == [422] * 40 + [429] * 5
    assert typed(Client(REMOTE_ADDR="198.51.100.1"), code.code).status_code == 302  # nobody else is


def test_a_guesser_with_an_account_is_stopped_by_it_on_any_device(school: School, code: JoinCode) -> None:
    member, outcomes = make_member(), []
    for number in range(7):
        client = browser_of(member)
        client.cookies[settings.CSRF_COOKIE_NAME] = f"device {number}"
        outcomes.append(typed(client, f"CCC-{number:03}-BBB", REMOTE_ADDR=f"203.0.113.{number}").status_code)
    assert outcomes == [422] * 5 + [429] * 2


def test_the_tries_keep_neither_code_nor_address(client: Client, db: None) -> None:
    typed(client, "KX7-MQ4-2RD", REMOTE_ADDR="203.0.113.7")
    rows = list(Attempt.objects.values_list("kind", "key"))
    assert {kind for kind, _key in rows} == {"join_device", "join_code", "join_address"}
    assert not any("203" in key and "." in key for _kind, key in rows)


def test_sixty_parents_and_a_class_on_one_evening_behind_one_address_all_come_in(code: JoinCode) -> None:
    """The bounds as they are: each mistypes once, and the right one is no try."""
    anybody = Actor.anonymous()
    for person in range(60 + 28):
        device = {"device": f"device {person}", "address": "203.0.113.7"}
        with pytest.raises(FieldInvalid):
            joining.find_offer(anybody, f"BBB-CCC-{person:03}", **device)
        assert joining.find_offer(anybody, code.code, **device).id == code.pk


# With an account


def test_who_is_signed_in_joins_with_one_button(code: JoinCode, school: School, room: Room) -> None:
    student = make_student(school, "Marcus Okafor")
    client = browser_of(student)
    typed(client, code.code)
    assert "Join the course" in client.get("/join/offer/").text
    assert client.post("/join/offer/")["Location"] == f"/rooms/{room.pk}/"
    assert client.get(f"/rooms/{room.pk}/").status_code == 200
    assert set(Joining.objects.get(member=student).said) == {"grades", "visibility", "linked_parents"}
    assert set(Acceptance.objects.filter(member=student).values_list("sentence", flat=True)) == {
        "grades",
        "visibility",
        "linked_parents",
    }
    assert "offer" not in client.session


@pytest.mark.row("S2")
def test_a_young_student_reads_and_accepts_nothing(code: JoinCode, school: School, room: Room) -> None:
    child = make_young_student(school, "Mina Kim")
    client = browser_of(child)
    typed(client, code.code)
    assert "A parent who is linked to me sees everything in my account." in client.get("/join/offer/").text
    assert client.post("/join/offer/")["Location"] == f"/rooms/{room.pk}/"
    assert set(Joining.objects.get(member=child).said) == {"grades", "visibility", "linked_parents"}
    assert not Acceptance.objects.filter(member=child).exists()


def test_signing_in_comes_back_to_the_offer(client: Client, code: JoinCode, school: School) -> None:
    student = make_student(school, "Marcus Okafor")
    typed(client, code.code)
    assert "/sign-in/?next=/join/offer/" in client.get("/join/offer/").text
    answer = client.post(
        "/sign-in/", {"login": student.sign_in_name, "password": "seven green pears", "next": "/join/offer/"}
    )
    assert answer["Location"] == "/join/offer/"
    assert "Join the course" in client.get("/join/offer/").text


def test_who_is_in_already_is_told_so(code: JoinCode, instructor: Member) -> None:
    client = browser_of(instructor)
    typed(client, code.code)
    assert "You are in this course already." in client.get("/join/offer/").text


def test_a_stranger_of_the_school_is_told_why_not(code: JoinCode) -> None:
    client = browser_of(make_student(make_school("Far Away School")))
    typed(client, code.code)
    page = client.post("/join/offer/")
    assert page.status_code == 403
    assert "This code is for the school&#x27;s students." in page.text
    assert not Joining.objects.exists()


def test_whom_the_gate_holds_waits_there(code: JoinCode, unconsented_student: Member) -> None:
    client = browser_of(unconsented_student)
    assert client.get("/join/")["Location"] == "/gate/"
    session = client.session
    session["offer"] = {"kind": "code", "id": code.pk}
    session.save()
    assert client.get("/join/offer/")["Location"] == "/gate/"


# Registering


@pytest.mark.row("S18")
def test_the_age_is_asked_before_anything_else_and_without_a_hint(client: Client, code: JoinCode) -> None:
    typed(client, code.code)
    page = client.get("/register/student/").text
    assert 'name="month"' in page
    for asked in ("given_name", "email", "password", "sign_in_name"):
        assert f'name="{asked}"' not in page
    form = page.partition('aria-labelledby="born"')[2].partition("<select")[0]
    text = form.partition('<div class="stack">')[2]
    assert "The month and the year, not the day." in text
    for hint in ("13", "14", "parent"):
        assert hint not in text


@pytest.mark.row("S1")
@pytest.mark.row("S2")
def test_somebody_of_14_or_over_registers_and_is_in_the_room(code: JoinCode, room: Room) -> None:
    client = on_the_way(code, 16)
    answer = client.post("/register/student/", NOAH)
    assert answer["Location"] == f"/rooms/{room.pk}/"
    assert client.get(f"/rooms/{room.pk}/").status_code == 200
    member = Member.objects.get(course_name="Noah B.")
    assert Acceptance.objects.filter(member=member).count() == len(SENTENCES)


@pytest.mark.parametrize("left_out", SENTENCES)
def test_no_sentence_can_be_left_out(code: JoinCode, left_out: str) -> None:
    client, before = on_the_way(code, 16), Member.objects.count()
    page = client.post("/register/student/", NOAH | {"sentences": [key for key in SENTENCES if key != left_out]})
    assert page.status_code == 422
    assert "Read each sentence and tick it." in page.text
    assert Member.objects.count() == before


@pytest.mark.row("S1")
def test_what_nobody_asked_for_is_dropped_and_noted(code: JoinCode, caplog: pytest.LogCaptureFixture) -> None:
    client = on_the_way(code, 16)
    with caplog.at_level("INFO"):
        client.post("/register/student/", NOAH | {"phone": "555 0142", "is_staff": "1", "name": "X", "password": "x"})
    assert "3 fields that nobody asked for were dropped" in caplog.text
    assert "555" not in caplog.text


@pytest.mark.row("S18")
def test_a_child_asks_the_family_and_waits_at_the_gate(code: JoinCode, course: Course) -> None:
    client = on_the_way(code, 12)
    page = client.get("/register/student/").text
    assert "A parent has to say yes first." in page
    assert 'name="email"' not in page
    assert 'name="password"' not in page
    assert client.post("/register/student/", SOFIA)["Location"] == "/gate/"
    assert "Almost there, Sofia" in client.get("/gate/").text or "Ya casi, Sofia" in client.get("/gate/").text
    child = Member.objects.get(sign_in_name="blue.fox7")
    assert ConsentRequest.objects.get(child=child).address == "olena@example.org"
    assert Enrollment.objects.get(member=child).course == course
    assert client.get("/rooms/")["Location"] == "/gate/"


@pytest.mark.row("S18")
def test_going_back_does_not_ask_again_and_another_browser_is_not_believed(code: JoinCode) -> None:
    client = on_the_way(code, 12)
    born(client, 16)  # sent again as if the page were still there
    assert 'name="parent_address"' in client.get("/register/student/").text
    other = on_the_way(code, 16)
    page = other.get("/register/student/").text
    assert "Your school tells us your age first" in page
    assert 'name="password"' not in page


@pytest.mark.row("S18")
def test_a_refused_age_closes_registering_with_the_code_for_everybody(client: Client, db: None) -> None:
    course, teacher = make_course(), make_member("Ina Free")
    give_grant(SYSTEM, teacher, Grant.Kind.INSTRUCTOR)
    join(course, teacher, "instructor")
    code = make_code(acting(teacher), course)
    typed(client, code.code)
    refused = born(client, 12)
    assert refused.status_code == 403
    assert "You can&#x27;t register here." in refused.text
    for other in (client, Client()):
        typed(other, code.code)
        page = other.get("/register/student/")
        assert page.status_code == 403
        assert "Nobody can register with this code any more." in page.text
        assert born(other, 30).status_code == 403
    assert not Joining.objects.exists()


def test_a_grown_up_with_the_code_of_a_school_is_led_to_the_page_of_parents(code: JoinCode) -> None:
    client = on_the_way(code, 40)
    born(client, 16)  # the answer stands
    page = client.get("/register/student/")
    assert page.status_code == 403
    assert "This code is for the school&#x27;s students." in page.text
    assert "/register/parent/" in page.text


@pytest.mark.parametrize("year", ["", "20x1", "1850", "3000", "99999999999999999999"])
def test_a_year_that_was_none_is_asked_again(client: Client, code: JoinCode, year: str) -> None:
    typed(client, code.code)
    assert client.post("/register/student/", {"month": "3", "year": year}).status_code == 422
    code.refresh_from_db()
    assert (code.young_unfinished, code.refused_at) == (0, None)


def test_who_is_signed_in_registers_no_second_time(code: JoinCode, school: School) -> None:
    client = browser_of(make_student(school))
    assert client.get("/register/student/")["Location"] == "/join/offer/"
