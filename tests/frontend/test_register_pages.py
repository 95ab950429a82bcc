"""Registering as Instructor or Parent: what is asked, what is told, what is kept (S1, S2)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Access, AuditEntry, MailedCode, MailOutbox, Member, ProfileField
from consent.actions.schools import give_grant
from consent.models import Acceptance, Grant, Registration, School, SchoolMembership
from consent.queries.operators import independent_instructors
from consent.queries.schools import has_grant, schools_to_confirm
from tests.cast import SYSTEM, browser_of, make_member, make_school, make_student
from tests.frontend.pages import named
from tests.hashing import COUNTING, CountingHasher
from tests.registering import LONG_PASSWORD, confirm, form_of, mailed_code, register

pytestmark = pytest.mark.django_db


def registered(kind: str = "parent", **changes: Any) -> Member:
    client = Client()
    register(client, kind, **changes)
    confirm(client, mailed_code())
    return Member.objects.get(email=changes.get("email", "paula@example.org"))


# What is asked


@pytest.mark.row("S1")
@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("parent", {"name", "email", "password", "sentences", "read"}),
        ("instructor", {"name", "email", "password", "sentences", "read", "at_school", "employer", "field_of_work"}),
    ],
)
def test_each_is_asked_for_name_and_email_and_who_confirms_them_and_nothing_more(kind, asked):
    page = Client().get(f"/register/{kind}/")
    fields = {element.get("name") for tag in ("input", "select", "textarea") for element in named(page, tag)} - {
        None,
        "csrfmiddlewaretoken",
        "next",
    }
    assert fields == asked


@pytest.mark.row("S1")
def test_nobody_registers_as_anything_else():
    for kind in ("moderator", "school_admin", "operator", "student/x"):
        assert Client().post(f"/register/{kind}/", form_of()).status_code == 404


@pytest.mark.row("S1")
def test_a_field_that_is_posted_and_not_asked_for_is_dropped_and_noted():
    member = registered(birth_date="2015-01-01", is_superuser="1", state="active", role="CANARY-7")
    assert not member.is_superuser
    assert member.majority_on is None
    entry = AuditEntry.objects.get(action="registration.asked")
    assert entry.data == {"kind": "parent", "unasked_count": 4}
    stored = [str(list(model.objects.values())) for model in (Member, MailedCode, MailOutbox, AuditEntry, Acceptance)]
    assert "CANARY-7" not in "".join(stored)


def test_nothing_more_posted_is_noted_as_nothing():
    registered()
    assert AuditEntry.objects.get(action="registration.asked").data["unasked_count"] == 0


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("name", "12345", "Write the name."),
        ("name", "Paula\r\nBcc: everybody@example.org", "A name stands on one line"),
        ("name", "Paula \u202eofficial", "A name stands on one line"),
        ("name", "P" * 121, "at most 120"),
        ("email", "paula", "This doesn&#x27;t look like an email address."),
        ("email", "a@example.org, b@example.org", "This doesn&#x27;t look like an email address."),
        ("email", "a@example.org\nBcc: b@example.org", "This doesn&#x27;t look like an email address."),
        ("email", "Paula <a@example.org>", "This doesn&#x27;t look like an email address."),
        ("password", "too short a one"[:14], "It needs 15 characters or more"),
        ("password", "paulakim paula kim", "This password is easy to guess."),
        ("sentences", ["policy"], "Read each sentence and tick it"),
        ("sentences", None, "Read each sentence and tick it"),
        ("sentences", ["policy", "hosting_country", "grades"], "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(field, value, sentence):
    answer = register(Client(), **{field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Member.objects.exists()
    assert not MailedCode.objects.exists()
    assert not MailOutbox.objects.exists()


def test_what_was_typed_stands_in_the_form_that_comes_back_but_for_the_password():
    page = register(Client(), name="Paula <b>Kim</b>", email="paula")
    assert 'value="Paula &lt;b&gt;Kim&lt;/b&gt;"' in page.text
    assert LONG_PASSWORD not in page.text


def test_no_sentence_is_ticked_beforehand():
    boxes = [box for box in named(Client().get("/register/parent/"), "input") if box.get("type") == "checkbox"]
    assert len(boxes) == 2
    assert not any("checked" in box for box in boxes)


# What becomes of it


@pytest.mark.row("S1")
def test_nobody_is_a_member_before_the_address_has_answered():
    client = Client()
    answer = register(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/confirm/")
    assert not Member.objects.exists()
    assert "paula@example.org" in client.get("/account/confirm/").text
    confirm(client, mailed_code())
    member = Member.objects.get()
    assert (member.name, member.given_name, member.course_name) == ("Paula Kim", "Paula", "Paula Kim")
    assert (member.email, member.state, member.is_k12) == ("paula@example.org", "active", False)
    assert member.check_password(LONG_PASSWORD)
    assert Access.objects.filter(member=member).exists()


@pytest.mark.row("S2")
def test_each_sentence_is_recorded_by_itself_with_version_who_when_and_from_where():
    client = Client(REMOTE_ADDR="198.51.100.77")
    register(client)
    asked_at = MailedCode.objects.get().made_at
    confirm(client, mailed_code())
    member = Member.objects.get()
    rows = list(Acceptance.objects.order_by("pk"))
    assert [(row.sentence, row.version) for row in rows] == [("policy", ""), ("hosting_country", "1")]
    assert {row.member for row in rows} == {member}
    assert {row.address_prefix for row in rows} == {"198.51.100.0/24"}
    assert all(abs((row.at - asked_at).total_seconds()) < 60 for row in rows)


def test_a_parents_home_says_how_to_get_a_code():
    member = registered()
    assert Registration.objects.get().kind == "parent"
    page = browser_of(member).get("/", follow=True)
    assert "code" in page.text
    assert "school office" in page.text


@pytest.mark.row("S1")
def test_an_instructor_of_a_school_is_unconfirmed_and_waits_for_it(school: School):
    member = registered("instructor", at_school=str(school.pk))
    assert list(schools_to_confirm(member.pk)) == [school]
    assert not has_grant(member.pk, Grant.Kind.INSTRUCTOR, school.pk)
    membership = SchoolMembership.objects.get(member=member)
    assert (membership.kind, membership.source) == ("instructor", "member")
    assert not independent_instructors(SYSTEM).exists()


@pytest.mark.row("S1")
def test_an_independent_instructor_waits_for_the_operator(school: School):
    member = registered("instructor", at_school="none")
    assert [row.member for row in independent_instructors(SYSTEM)] == [member]
    assert not has_grant(member.pk, Grant.Kind.INSTRUCTOR)
    assert not SchoolMembership.objects.filter(member=member).exists()
    assert "The operator of this site has to confirm you" in browser_of(member).get("/").text
    give_grant(SYSTEM, member, Grant.Kind.INSTRUCTOR)
    assert has_grant(member.pk, Grant.Kind.INSTRUCTOR)
    assert not independent_instructors(SYSTEM).exists()
    assert browser_of(member).get("/").status_code == 302


@pytest.mark.row("S1")
@pytest.mark.row("S3")
def test_an_instructor_may_give_employer_and_field_which_nobody_sees_yet(school: School, stranger: Member):
    said = {"employer": "Juniper  Bend School ", "field_of_work": "Mathematics", "about": "dropped"}
    member = registered("instructor", at_school=str(school.pk), **said)
    rows = ProfileField.objects.filter(member=member).values_list("field", "value", "audience")
    assert set(rows) == {("employer", "Juniper Bend School", "me"), ("field_of_work", "Mathematics", "me")}
    assert browser_of(stranger).get(f"/members/{member.pk}/").status_code == 404
    assert not ProfileField.objects.filter(member=registered("instructor", email="ines@example.org")).exists()


@pytest.mark.row("S1")
def test_nobody_else_is_asked_for_them_and_what_does_not_fit_is_said(db: None):
    assert not ProfileField.objects.filter(member=registered("parent", employer="dropped")).exists()
    page = Client().post("/register/instructor/", form_of("instructor", employer="turned \u202e round"))
    assert page.status_code == 422
    assert "Write it on one line, without control characters." in page.text


# What is told


def comparable(response: Any) -> tuple[int, str, str]:
    return response.status_code, response.headers.get("Location", ""), without_tokens(response.text)


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def work_of(act: Any) -> tuple[int, list[str]]:
    """Hashes, and what was written into which table, in order."""
    CountingHasher.works = 0
    with CaptureQueriesContext(
        connection,
    ) as queries:
        act()
    written = [re.match(r"(INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) \S+", query["sql"]) for query in queries]
    return CountingHasher.works, [found[0] for found in written if found]


@pytest.fixture
def counted(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [COUNTING]


@pytest.mark.row("S1")
def test_registering_with_an_address_that_has_an_account_looks_like_any_other():
    make_member("Owner", email="owner@example.org", email_verified=True)
    known, new = Client(), Client()
    answers = [register(known, email="owner@example.org"), register(new, email="newer@example.org")]
    assert comparable(answers[0]) == comparable(answers[1])
    pages = [
        client.get("/account/confirm/").text.replace(name, "X") for client, name in ((known, "owner"), (new, "newer"))
    ]
    assert without_tokens(pages[0]) == without_tokens(pages[1])
    again = [
        client.post("/account/confirm/again/", {"email": f"{name}@example.org"}, follow=True)
        for client, name in ((known, "owner"), (new, "newer"), (Client(), "nobody"))
    ]
    assert len({answer.status_code for answer in again}) == 1
    assert all("another mail is on its way" in answer.text for answer in again)


@pytest.mark.row("S1")
def test_registering_with_an_address_that_has_an_account_is_the_same_work(counted):
    make_member("Owner", email="owner@example.org", email_verified=True)
    known = work_of(lambda: register(Client(), email="owner@example.org"))
    new = work_of(lambda: register(Client(), email="newer@example.org"))
    assert known == new
    assert new[0] == 1


def test_the_owner_of_the_address_hears_of_it_and_gets_no_code():
    owner = make_member("Owner", email="owner@example.org", email_verified=True, locale="es")
    register(Client(), email="Owner@Example.org")
    mail = MailOutbox.objects.get()
    assert (mail.kind, mail.recipient, mail.address, mail.locale) == (
        "address_known",
        owner.pk,
        "owner@example.org",
        "es",
    )
    assert set(mail.payload) == {"sign_in_url", "reset_url"}
    assert Member.objects.count() == 1


# Limits


def test_one_address_is_written_to_five_times_an_hour():
    answers = [register(Client()).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert MailOutbox.objects.count() == 5
    assert register(Client(), email="another@example.org").status_code == 302


def test_sixty_parents_register_on_one_evening_at_school(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    answers = {register(Client(), email=f"parent{number}@example.org").status_code for number in range(60)}
    assert answers == {302}


# Members who are something else as well


@pytest.mark.row("S1")
def test_a_member_is_a_parent_as_well_without_a_second_account():
    member = make_member("Ms. Rivera")
    client = browser_of(member)
    assert "You have an account, and one is enough." in client.get("/register/parent/").text
    assert client.post("/register/parent/").status_code == 302
    assert Registration.objects.get().kind == "parent"
    assert Member.objects.count() == 1


@pytest.mark.row("S1")
def test_a_student_does_not_promote_himself(school: School):
    student = make_student(school, age=17)
    client = browser_of(student)
    for kind in ("instructor", "parent"):
        assert client.post(f"/register/{kind}/", {"at_school": str(school.pk)}).status_code == 403
    assert not Registration.objects.exists()
    assert SchoolMembership.objects.filter(member=student).get().kind == "student"


@pytest.mark.row("S1")
def test_a_stranger_who_registers_as_a_parent_sees_no_child(young_student, stranger):
    browser_of(stranger).post("/register/parent/")
    page = browser_of(stranger).get("/", follow=True)
    assert page.status_code == 200
    assert "Devon" not in page.text


def test_the_page_speaks_the_readers_language_in_every_part():
    """Fields are made once, for everybody; what stands below them isn't."""
    page = Client(HTTP_ACCEPT_LANGUAGE="es").get("/register/parent/")
    assert "15 caracteres o más" in page.text
    assert "Lo que escribo se guarda y se procesa en los Estados Unidos." in page.text


def test_all_that_is_wrong_is_said_at_once():
    page = register(Client(), name="123", email="paula", password="short", sentences=["policy"])
    assert [sentence in page.text for sentence in ("Write the name.", "email address.", "It needs 15 characters")] == [
        True
    ] * 3


def test_three_schools_cost_no_more_queries_than_one(db):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert Client().get("/register/instructor/").status_code == 200
        return len(captured)

    make_school("Juniper Bend School")
    one = queries()
    make_school("Alder Creek School", city="Springfield")
    make_school("Ñandú <School>")
    assert queries() == one
    page = Client().get("/register/instructor/").text
    places = [
        page.index(name) for name in ("Alder Creek School, Springfield", "Juniper Bend School", "Ñandú &lt;School")
    ]
    assert places == sorted(places)
