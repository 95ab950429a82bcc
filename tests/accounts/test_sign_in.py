"""Signing in by the page: who comes in, who doesn't, and that nobody learns which accounts exist."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client

from accounts.actions.members import change_state
from accounts.actions.sign_in import PER_ACCOUNT, PER_ADDRESS, check_sign_in_allowed
from accounts.errors import TooManyTries
from accounts.models import Attempt, MailOutbox, Member, MemberState, Session
from accounts.queries.sessions import member_of_session
from tests.cast import PASSWORD, SYSTEM, make_member
from tests.hashing import COUNTING, CountingHasher
from tests.registering import confirm, mailed_code

pytestmark = pytest.mark.django_db

WRONG = "The name or the password isn&#x27;t right."


def sign_in(
    login: str, password: str = PASSWORD, *, address: str = "192.0.2.7", client: Client | None = None, **more: Any
) -> Any:
    """POST the form as a browser does; the answer."""
    client = client or Client()
    fields = {"login": login, "password": password, **more}
    return client.post("/sign-in/", fields, REMOTE_ADDR=address)


def signed_in(response: Any) -> Member | None:
    """Whom the browser that got this answer is signed in as."""
    cookie = response.client.cookies.get("session")
    who = member_of_session(cookie.value) if cookie else None
    return who.member if who else None


@pytest.mark.row("S1")
@pytest.mark.parametrize("login", ["mina.k", "MINA.K", "  mina.k "])
def test_a_child_signs_in_by_name_and_has_no_address(login):
    child = make_member("Mina Kim", sign_in_name="mina.k")
    response = sign_in(login)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert signed_in(response) == child


@pytest.mark.parametrize("login", ["paula@example.org", "Paula@Example.ORG", "paula"])
def test_a_member_with_a_confirmed_address_signs_in_by_it_or_by_name(login):
    member = make_member("Paula Kim", sign_in_name="paula", email="paula@example.org", email_verified=True)
    assert signed_in(sign_in(login)) == member


def test_an_address_that_nobody_confirmed_has_to_be_confirmed_first():
    """It may be somebody else's: the mailbox is asked, and nobody is told but by mail."""
    member = make_member("Paula Kim", sign_in_name="paula", email="paula@example.org")
    response = sign_in("paula")
    assert response.headers["Location"] == "/account/confirm/"
    assert signed_in(response) is None
    assert confirm(Client(), mailed_code()).headers["Location"] == "/sign-in/"
    assert not MailOutbox.objects.filter(kind="address_changed").exists()
    assert signed_in(sign_in("paula@example.org")) == member


def test_an_address_that_waits_is_written_to_five_times_an_hour():
    make_member("Paula Kim", sign_in_name="paula", email="paula@example.org")
    assert {sign_in("paula").headers["Location"] for _ in range(7)} == {"/account/confirm/"}
    assert MailOutbox.objects.count() == 5


@pytest.mark.parametrize("login", ["paula", "nobody"])
def test_a_password_of_a_hundred_thousand_characters_is_not_hashed(settings, known, login):
    settings.PASSWORD_HASHERS = [COUNTING]
    CountingHasher.works = 0
    assert "A password has at most 256 characters." in sign_in(login, "x" * 100_000).content.decode()
    assert CountingHasher.works == 0


def test_the_next_page_is_followed_only_on_this_site():
    make_member("Paula Kim", sign_in_name="paula")
    assert sign_in("paula", next="/rooms/3/").headers["Location"] == "/rooms/3/"
    assert sign_in("paula", next="https://evil.example/").headers["Location"] == "/"


@pytest.mark.parametrize("state", [MemberState.AWAITING_CONSENT, MemberState.SUSPENDED, MemberState.LIMITED])
def test_who_is_held_at_the_gate_can_sign_in(state):
    member = make_member("Sofia N.", sign_in_name="sofia")
    change_state(SYSTEM, member, state, reason="test")
    assert signed_in(sign_in("sofia")) == member


@pytest.mark.parametrize("state", [MemberState.CLOSED, MemberState.DEACTIVATED])
def test_a_closed_account_is_told_so_to_whom_knows_its_password(state):
    member = make_member("Gone", sign_in_name="gone")
    change_state(SYSTEM, member, state, reason="test")
    right, wrong = sign_in("gone"), sign_in("gone", "wrong password")
    assert "This account is closed." in right.content.decode()
    assert WRONG in wrong.content.decode()
    assert signed_in(right) is None


def test_nobody_registers_by_this_page_or_by_any_of_the_library():
    for path in ("/account/signup/", "/account/auth/signup/", "/accounts/signup/"):
        assert Client().get(path).status_code == 404


# What is told


def answer(response: Any, typed: str) -> str:
    return response.content.decode().replace(typed, "typed")


@pytest.fixture
def known() -> Member:
    return make_member("Paula Kim", sign_in_name="paula", email="paula@example.org", email_verified=True)


@pytest.mark.parametrize(
    ("existing", "absent"), [("paula", "nobody"), ("paula@example.org", "nobody@example.org"), ("paula", "x@y.example")]
)
def test_an_account_that_exists_and_one_that_does_not_get_the_same_answer(known, existing, absent):
    first, second = sign_in(existing, "wrong password"), sign_in(absent, "wrong password")
    assert first.status_code == second.status_code == 200
    assert WRONG in answer(first, existing)
    assert without_tokens(answer(first, existing)) == without_tokens(answer(second, absent))


def without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


@pytest.mark.parametrize("login", ["paula", "paula@example.org", "nobody", "nobody@example.org", "nopassword"])
def test_every_wrong_answer_costs_one_hash(settings, known, login):
    """The same work, so about the same time."""
    Member.objects.filter(pk=make_member("No", sign_in_name="nopassword").pk).update(password="!unusable")
    settings.PASSWORD_HASHERS = [COUNTING]
    CountingHasher.works = 0
    sign_in(login, "wrong password")
    assert CountingHasher.works == 1


# Wrong tries are limited


def test_five_wrong_tries_then_a_wait_that_is_said(known):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for _ in range(5):
            assert WRONG in sign_in("paula", "wrong password").content.decode()
        refused = sign_in("paula")
        assert "Too many tries. Try again in 16 minutes." in refused.content.decode()
        assert signed_in(refused) is None
        clock.shift(dt.timedelta(minutes=15, seconds=1))
        assert signed_in(sign_in("paula")) == known


def test_by_name_and_by_address_is_one_account(known):
    for login in ("paula", "paula@example.org", "PAULA", "Paula@example.org", "paula"):
        check_sign_in_allowed(login, "192.0.2.7")
    assert "Too many tries" in sign_in("paula@example.org").content.decode()


def test_an_absent_account_is_limited_in_the_same_way():
    for _ in range(4):
        check_sign_in_allowed("nobody", "192.0.2.7")
    assert WRONG in sign_in("nobody", "wrong password").content.decode()
    assert "Too many tries" in sign_in("nobody", "wrong password").content.decode()


def test_wrong_tries_from_elsewhere_lock_nobody_out(known):
    for _ in range(5):
        check_sign_in_allowed("paula", "198.51.100.9")
    with pytest.raises(TooManyTries):
        check_sign_in_allowed("paula", "198.51.100.9")
    assert signed_in(sign_in("paula", address="192.0.2.7")) == known


def test_a_right_password_forgives_what_was_mistyped(known):
    for _ in range(2):
        for _ in range(4):
            check_sign_in_allowed("paula", "192.0.2.7")
        assert signed_in(sign_in("paula")) == known


def test_refused_tries_do_not_make_the_wait_longer(known):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for _ in range(5):
            check_sign_in_allowed("paula", "192.0.2.7")
        for _ in range(14):
            clock.shift(dt.timedelta(minutes=1))
            assert "Too many tries" in sign_in("paula").content.decode()
        clock.shift(dt.timedelta(minutes=1, seconds=1))
        assert signed_in(sign_in("paula")) == known


def test_a_restart_forgives_nothing(known):
    """The tries are rows, and no row says whom or from where."""
    sign_in("paula", "wrong password")
    rows = Attempt.objects.all()
    assert {row.kind for row in rows} == {"sign_in", "sign_in_address"}
    assert all(len(row.key) == 64 for row in rows)
    stored = str(list(rows.values()))
    assert "192.0.2.7" not in stored
    assert "paula" not in stored


def test_a_school_behind_one_address_signs_in_freely():
    """28 children who type right, whatever others of the school mistype meanwhile."""
    for number in range(99):
        check_sign_in_allowed(f"somebody{number}", "192.0.2.7")
    for number in range(28):
        check_sign_in_allowed(f"child{number}", "192.0.2.7").forgive(PER_ACCOUNT)
    assert Attempt.objects.filter(kind=PER_ADDRESS.kind).count() == 99


def test_a_hundred_wrong_tries_an_hour_from_one_address_are_too_many():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for number in range(100):
            check_sign_in_allowed(f"somebody{number}", "192.0.2.7")
        with pytest.raises(TooManyTries) as refused:
            check_sign_in_allowed("another", "192.0.2.7")
        assert refused.value.retry_after_seconds == 3601
        check_sign_in_allowed("another", "192.0.2.8")
        clock.shift(dt.timedelta(hours=1, seconds=1))
        check_sign_in_allowed("another", "192.0.2.7")


def test_an_ipv6_household_is_one_address():
    for number in range(5):
        check_sign_in_allowed("paula", f"2001:db8:1:2::{number + 1}")
    with pytest.raises(TooManyTries):
        check_sign_in_allowed("paula", "2001:db8:1:2:ffff::1")
    check_sign_in_allowed("paula", "2001:db8:1:3::1")


@pytest.mark.django_db(transaction=True)
def test_many_tries_at_the_same_instant_are_no_more_than_five():
    allowed, barrier = [], threading.Barrier(12)

    def attempt() -> None:
        barrier.wait()
        try:
            allowed.append(check_sign_in_allowed("paula", "192.0.2.7"))
        except TooManyTries:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) <= 5
    assert Attempt.objects.filter(kind=PER_ACCOUNT.kind).count() == len(allowed)


# Keep me signed in


@pytest.mark.row("S6")
def test_otherwise_the_session_ends_with_the_browser(known):
    response = sign_in("paula")
    assert response.cookies["session"]["max-age"] == ""
    session = Session.objects.get(member=known)
    assert not session.kept
    assert session.expire_date <= session.created_at + dt.timedelta(days=1, minutes=1)


@pytest.mark.row("S6")
def test_keep_me_signed_in_keeps_for_30_days_and_holds_no_name_or_password(known):
    response = sign_in("paula", remember="on")
    cookie = response.cookies["session"]
    assert cookie["max-age"] == 30 * 24 * 3600
    assert cookie["httponly"]
    session = Session.objects.get(member=known)
    assert session.kept
    assert session.expire_date > session.created_at + dt.timedelta(days=29)
    assert "paula" not in cookie.value


@pytest.mark.row("S6")
def test_a_young_student_is_never_kept():
    child = make_member("Mina Kim", sign_in_name="mina", protected_until=dt.date(2999, 1, 1), is_k12=True)
    response = sign_in("mina", remember="on")
    assert signed_in(response) == child
    assert response.cookies["session"]["max-age"] == ""
    assert not Session.objects.get(member=child).kept
