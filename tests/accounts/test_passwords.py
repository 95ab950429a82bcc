"""What a password has to be like (S6, ASVS V6), how it is changed, and how it is set anew by a mailed code."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions.passwords import LEAST_OF_STUDENTS, change_password, check_password, encoded_password
from accounts.actions.sessions import end_all_sessions
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import AuditEntry, MailedCode, MailOutbox, Member, MemberState, Session
from tests.cast import PASSWORD, acting, browser_of, make_member, make_student
from tests.hashing import COUNTING, CountingHasher
from tests.registering import mailed_code

NEW = "four blue kites up high"


@pytest.fixture
def counted(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [COUNTING]
    CountingHasher.works = 0


# The rules


@pytest.mark.parametrize(
    "password",
    [
        "seven green pears",
        "x7#Kq2!vLp9@wZr",
        "siete peras verdes",
        "контрольна фраза тут",
        "  blanks  count  too ",
        "k" + "qzxwvut" * 36,
    ],
)
def test_any_kind_of_characters_will_do(password):
    check_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "a" * 15,
        "abcabcabcabcabcabc",
        "123456789012345678",
        "password1234567890",
        "PasswordPassword",
        "iloveyou iloveyou",
        "marisolrivera1985",
        "Rivera.Marisol.99",
        "juniper@example!!",
        "classtrak classtrak",
    ],
)
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(FieldInvalid) as refused:
        check_password(password, context=["Marisol Rivera", "m.juniper@example.org"])
    assert "easy to guess" in refused.value.text
    assert refused.value.field == "password"


@pytest.mark.parametrize(("least", "fits", "short"), [(15, "kqzx wvut plom fgh"[:15], "kqzx wvut plom fgh"[:14])])
def test_fifteen_characters_are_the_least(least, fits, short):
    check_password(fits)
    with pytest.raises(FieldInvalid, match="15 characters or more"):
        check_password(short)


def test_a_student_of_fourteen_needs_ten():
    check_password("kqzxwvutpl", least=LEAST_OF_STUDENTS)
    with pytest.raises(FieldInvalid, match="10 characters or more"):
        check_password("kqzxwvutp", least=LEAST_OF_STUDENTS)


def test_what_is_too_long_is_refused_before_any_hashing_and_nothing_is_cut_off(counted):
    with pytest.raises(FieldInvalid, match="at most 256"):
        encoded_password("kqzxwvut" * 12_500)
    assert CountingHasher.works == 0
    longest = "kqzxwvut" * 32
    encoded = encoded_password(longest)
    hasher = Argon2PasswordHasher()
    assert hasher.verify(longest, encoded)
    assert not hasher.verify(longest[:-1], encoded)


# Changed


pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> Member:
    return make_member("Paula Kim", sign_in_name="paula", email="paula@example.org", email_verified=True)


def signed_in_browser(sign_in_name: str = "paula", password: str = PASSWORD) -> Client:
    """Its password is just typed, so account pages are open."""
    client = Client()
    assert client.post("/sign-in/", {"login": sign_in_name, "password": password}).status_code == 302
    return client


@pytest.mark.row("S6")
def test_a_changed_password_ends_every_other_session_and_keeps_this_one(member):
    here, elsewhere = signed_in_browser(), signed_in_browser()
    answer = here.post("/account/password/", {"password": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password/")
    assert "Every other device is signed out." in here.get("/account/password/").text
    assert elsewhere.get("/settings/").headers["Location"].startswith("/sign-in/")
    assert Session.objects.filter(member=member, ended_at__isnull=True).count() == 1
    member.refresh_from_db()
    assert member.check_password(NEW)
    mail = MailOutbox.objects.get()
    assert (mail.kind, mail.address, mail.payload) == ("password_changed", "paula@example.org", {})


@pytest.mark.row("S6")
def test_the_old_password_is_asked_first(member):
    client = browser_of(member)
    assert client.get("/account/password/").headers["Location"].startswith("/account/confirm-password/")
    assert client.post("/account/password/", {"password": NEW}).headers["Location"].startswith("/account/confirm-")
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


@pytest.mark.parametrize(("password", "sentence"), [("short", "15 characters or more"), ("x" * 100_000, "at most 256")])
def test_a_refused_password_changes_nothing_and_says_why(member, password, sentence):
    client = signed_in_browser()
    answer = client.post("/account/password/", {"password": password})
    assert answer.status_code == 422
    assert sentence in answer.text
    member.refresh_from_db()
    assert member.check_password(PASSWORD)
    assert not MailOutbox.objects.exists()


def test_nobody_changes_the_password_of_another(member, stranger):
    with pytest.raises(NotAllowed):
        change_password(acting(stranger), member, NEW)


def test_who_has_no_address_is_told_by_no_mail(school):
    student = make_student(school, "Marcus Okafor", sign_in_name="marcus")
    change_password(acting(student), student, "kqzxwvutpl")
    assert not MailOutbox.objects.exists()
    assert AuditEntry.objects.filter(action="password.changed", subject=student.pk).count() == 1


# Forgotten


def ask(email: str, client: Client | None = None) -> Any:
    return (client or Client()).post("/account/reset/", {"email": email})


def set_anew(code: str, password: str = NEW) -> Any:
    return Client().post("/account/reset/new/", {"code": code, "password": password})


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.row("S6")
def test_a_forgotten_password_is_set_anew_by_whoever_reads_the_mailbox(member):
    elsewhere = signed_in_browser()
    ask("Paula@Example.org")
    answer = set_anew(mailed_code("reset_password"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert elsewhere.get("/settings/").headers["Location"].startswith("/sign-in/")
    assert signed_in_browser(password=NEW).get("/settings/").status_code == 200
    assert {mail.kind for mail in MailOutbox.objects.all()} == {"reset_password", "password_changed"}


@pytest.mark.row("S6")
def test_an_address_without_an_account_gets_the_same_answer_and_no_mail(member):
    known, absent = Client(), Client()
    answers = [ask("paula@example.org", known), ask("nobody@example.org", absent)]
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [
        (302, "/account/reset/new/")
    ] * 2
    pages = [without_tokens(client.get("/account/reset/new/").text) for client in (known, absent)]
    assert pages[0] == pages[1]
    assert "If an account has this address" in pages[0]
    assert [mail.address for mail in MailOutbox.objects.all()] == ["paula@example.org"]


def test_asking_costs_no_hash_and_one_transaction_either_way(member, counted):
    def commits(email: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        return sum("accounts_mailedcode" in query["sql"] and "INSERT" in query["sql"] for query in queries)

    assert commits("paula@example.org") == commits("nobody@example.org") == 1
    assert CountingHasher.works == 0


@pytest.mark.parametrize("state", [MemberState.CLOSED, MemberState.DEACTIVATED])
def test_a_closed_account_gets_no_code(member, state):
    Member.objects.filter(pk=member.pk).update(state=state)
    assert ask("paula@example.org").status_code == 302
    assert not MailOutbox.objects.exists()


def test_a_code_sets_one_password_and_a_refused_one_leaves_it_as_it_was(member):
    ask("paula@example.org")
    code = mailed_code("reset_password")
    assert set_anew(code, "short").status_code == 422
    assert set_anew(code, "paula kim paula kim").status_code == 422
    assert set_anew(code).status_code == 302
    assert set_anew(code, "another good long one").status_code == 422
    member.refresh_from_db()
    assert member.check_password(NEW)


def test_a_code_to_reset_is_out_of_date_after_an_hour(member):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        ask("paula@example.org")
        clock.shift(dt.timedelta(hours=1, seconds=1))
        assert set_anew(mailed_code("reset_password")).status_code == 422
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


def test_a_code_is_for_its_purpose_alone(member):
    ask("paula@example.org")
    answer = Client().post("/account/confirm/", {"code": mailed_code("reset_password")})
    assert answer.status_code == 422
    assert "This code doesn&#x27;t work." in answer.text


def test_a_code_to_an_address_that_the_member_has_left_sets_nothing(member):
    ask("paula@example.org")
    Member.objects.filter(pk=member.pk).update(email="new@example.org")
    assert set_anew(mailed_code("reset_password")).status_code == 422


def test_a_wrong_code_with_an_endless_password_is_refused_before_it_is_looked_at(counted):
    answer = set_anew("BCDF-GHJK-LMNP-QRST", "x" * 100_000)
    assert answer.status_code == 422
    assert "at most 256" in answer.text
    assert CountingHasher.works == 0


def test_three_codes_an_hour_for_one_address_whether_it_has_an_account_or_not(member):
    for email in ("paula@example.org", "nobody@example.org"):
        assert [ask(email).status_code for _ in range(4)] == [302, 302, 302, 429]
    assert MailedCode.objects.filter(member=member).count() == 3


def test_who_is_signed_in_with_a_session_that_ends_meanwhile_changes_nothing(member):
    client = signed_in_browser()
    end_all_sessions(acting(member), member.pk, why="test")
    assert client.post("/account/password/", {"password": NEW}).headers["Location"].startswith("/sign-in/")
    member.refresh_from_db()
    assert member.check_password(PASSWORD)
