"""The page from which instructors invite, and the pages of whoever is invited: served to whom, and what they keep."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import MailOutbox, MailStop, Member
from consent.actions.schools import give_grant
from consent.models import Grant, School
from rooms.models import Course, Enrollment, Invitation
from tests.cast import SYSTEM, browser_of, make_member
from tests.frontend.pages import named

pytestmark = pytest.mark.row("S13")


@pytest.fixture
def teacher(instructor: Member, school: School) -> Client:
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    return browser_of(instructor)


def url_of(course: Course, more: str = "") -> str:
    return f"/courses/{course.pk}/invitations/{more}"


def form(**changes: Any) -> dict[str, Any]:
    fields = {
        "addresses": "ana@example.org",
        "role": "student",
        "age": "grown",
        "text": "Hello, come in.",
        "language": "en",
        "bound": "on",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def code() -> str:
    return str(MailOutbox.objects.filter(kind="invitation").latest("created_at").payload["code"])


def test_the_letter_begins_with_words_that_name_course_school_and_teacher(teacher: Client, course: Course) -> None:
    page = teacher.get(url_of(course))
    assert "I invite you to Algebra I, period 3 at Juniper Bend School." in page.text
    assert "Ms. Rivera" in page.text
    assert "Nobody was invited in the last 30 days." in page.text
    assert not [each for each in named(page, "input") if each.get("name") == "age" and "checked" in each]


def test_each_address_has_its_result_and_a_bad_one_stays_to_be_corrected(teacher: Client, course: Course) -> None:
    page = teacher.post(url_of(course), form(addresses="ana@example.org; yusuf@juniper"))
    assert page.status_code == 200
    assert "2 addresses, 1 sent" in page.text
    assert ">yusuf@juniper</textarea>" in page.text.replace("\n", "")
    assert "Leaves in a moment" in page.text


def test_the_preview_shows_the_mail_and_sends_nothing(teacher: Client, course: Course) -> None:
    page = teacher.post(url_of(course), form(do="preview", language="es"))
    assert "Ms. Rivera" in page.text
    assert "&gt; Hello, come in." in page.text
    assert "Nunca le pedimos su contraseña" in page.text
    assert (Invitation.objects.count(), MailOutbox.objects.count()) == (0, 0)


@pytest.mark.parametrize("do", ["preview", "send"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "Reply with your password."}, "Take this out: “Reply with your password”."),
        ({"age": None}, "Say how old they are."),
        ({"text": " "}, "Write a few words"),
        ({"role": "operator"}, "operator"),
    ],
)
def test_what_is_refused_stands_at_its_field_with_all_that_was_typed(
    teacher: Client, course: Course, do: str, changes: dict[str, Any], sentence: str
) -> None:
    page = teacher.post(url_of(course), form(do=do, **changes))
    assert page.status_code == 422
    assert sentence in page.text
    assert "ana@example.org" in page.text
    assert Invitation.objects.count() == 0


def test_five_thousand_at_once_get_a_sentence(teacher: Client, course: Course) -> None:
    page = teacher.post(url_of(course), form(addresses="\n".join(f"a{n}@example.org" for n in range(5000))))
    assert page.status_code == 422
    assert "That is too many at once: 300 invitations a day are the most" in page.text
    assert Invitation.objects.count() == 0


@pytest.mark.row("S18")
def test_what_needs_an_agreement_is_counted_and_neither_shown_nor_kept(teacher: Client, course: Course) -> None:
    page = teacher.post(url_of(course), form(addresses="child@example.org, kid@example.org", age="young"))
    assert "2 addresses, not kept" in page.text
    assert "child@example.org" not in page.text
    assert not any("child" in str(value) for value in dict(teacher.session).values())


def test_sent_again_and_taken_back_by_a_button(teacher: Client, course: Course) -> None:
    teacher.post(url_of(course), form())
    row = Invitation.objects.get()
    page = teacher.post(url_of(course, f"{row.pk}/again/"), follow=True)
    assert "This was sent only now." in page.text
    page = teacher.post(url_of(course, f"{row.pk}/revoke/"), follow=True)
    assert "Taken back. Its link opens nothing any more." in page.text
    page = teacher.post(url_of(course, f"{row.pk}/revoke/"), follow=True)
    assert "This invitation has just changed." in page.text
    assert teacher.post(url_of(course, f"{row.pk}/nonsense/")).status_code == 404


def test_what_became_of_each_is_asked_again_and_again(teacher: Client, course: Course) -> None:
    teacher.post(url_of(course), form())
    told = teacher.get(url_of(course, "state/")).json()
    assert (told["progress"], told["invited"][0]["word"]) == ("1 email is still to leave.", "Leaves in a moment")
    MailOutbox.objects.update(state=MailOutbox.State.SENT)
    told = teacher.get(url_of(course, "state/")).json()
    assert (told["progress"], told["invited"][0]["word"]) == ("", "Sent")
    assert Client().get(url_of(course, "state/")).status_code == 401


@pytest.mark.parametrize("who", ["young_student", "parent", "school_admin", "stranger"])
def test_to_everybody_else_there_is_no_such_page(
    teacher: Client, course: Course, who: str, request: pytest.FixtureRequest
) -> None:
    teacher.post(url_of(course), form())
    row, other = Invitation.objects.get(), browser_of(request.getfixturevalue(who))
    for address in (url_of(course), url_of(course, "state/")):
        assert other.get(address).status_code == 404
    for address in (url_of(course), url_of(course, f"{row.pk}/revoke/"), url_of(course, f"{row.pk}/again/")):
        assert other.post(address, form()).status_code == 404
    assert Invitation.objects.get().state == "sent"


@pytest.mark.row("S1")
def test_an_unconfirmed_instructor_reads_why_and_finds_no_form(instructor: Member, course: Course) -> None:
    page = browser_of(instructor).get(url_of(course))
    assert "The school has to confirm its instructor first." in page.text
    assert not list(named(page, "textarea"))
    assert browser_of(instructor).post(url_of(course), form()).status_code == 403


def test_a_list_of_one_and_of_three_takes_the_same_statements(teacher: Client, course: Course) -> None:
    counts = []
    for addresses in ("a@example.org", "b@example.org c@example.org"):
        teacher.post(url_of(course), form(addresses=addresses))
        with CaptureQueriesContext(connection) as captured:
            teacher.get(url_of(course))
        counts.append(len(captured))
    assert counts[0] == counts[1]


# Whoever is invited


@pytest.fixture
def guest(teacher: Client, course: Course) -> Client:
    """Without an account, with the mail, and the code looked up."""
    teacher.post(url_of(course), form(text="Come & <b>see</b>"))
    client = Client()
    assert client.get("/invitation/").status_code == 200
    assert client.post("/invitation/", {"code": code()}, follow=True).status_code == 200
    return client


def test_the_page_says_who_invites_to_what_and_what_joining_means(guest: Client, course: Course) -> None:
    page = guest.get("/join/offer/")
    for words in ("Ms. Rivera invites you", "Come &amp; &lt;b&gt;see&lt;/b&gt;", course.title, "What joining means"):
        assert words in page.text
    assert "ana@example.org" not in page.text


def test_opening_changes_nothing(guest: Client) -> None:
    guest.get("/join/offer/")
    assert guest.get("/invitation/decline/").status_code == 405
    assert Invitation.objects.get().state == "sent"


def test_no_is_said_without_an_account(guest: Client, teacher: Client, course: Course) -> None:
    page = guest.post("/invitation/decline/")
    assert "Ms. Rivera sees that you don't come" in page.text
    assert "Said no" in teacher.get(url_of(course)).text
    assert guest.post("/invitation/", {"code": code()}).status_code == 422


def test_do_not_invite_me_again_is_one_click_with_a_way_back(guest: Client, teacher: Client, course: Course) -> None:
    stop = next(each["action"] for each in named(guest.get("/join/offer/"), "form") if "/stop/" in each["action"])
    Client().post(stop, {"List-Unsubscribe": "One-Click"})
    assert MailStop.objects.count() == 1
    teacher.post(url_of(course, f"{Invitation.objects.get().pk}/revoke/"))
    assert "Wants no invitations" in teacher.post(url_of(course), form()).text
    Client().post(stop, {"wanted": "1"})
    assert "1 address, 1 sent" in teacher.post(url_of(course), form()).text


def test_whoever_has_an_account_joins_with_it(guest: Client, course: Course) -> None:
    member = make_member("Ana Lund", email="ana@example.org", email_verified=True)
    client = browser_of(member)
    client.post("/invitation/", {"code": code()})
    assert client.post("/join/offer/").status_code == 302
    assert Enrollment.objects.get(course=course, member=member).role == "student"


def test_a_wrong_code_is_one_answer_and_counted(guest: Client) -> None:
    for left in (4, 3):
        page = guest.post("/invitation/", {"code": "BCDFG-HJKLM-NPQRS-TVWXZ"})
        assert (page.status_code, f"{left} tries left" in page.text) == (422, True)
