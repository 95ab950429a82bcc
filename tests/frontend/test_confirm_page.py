"""Confirming an address: the code of the mail, from the browser that registered and from any other (S1)."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.actions.mailed_codes import forget_mailed_codes
from accounts.models import AuditEntry, MailedCode, MailOutbox, Member
from accounts.queries.sessions import member_of_session
from tests.hashing import COUNTING, CountingHasher
from tests.registering import LONG_PASSWORD, confirm, mailed_code, register

pytestmark = pytest.mark.django_db


def signed_in(client: Client) -> Member | None:
    cookie = client.cookies.get("session")
    who = member_of_session(cookie.value) if cookie and cookie.value else None
    return who.member if who else None


@pytest.fixture
def counted(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [COUNTING]


def test_the_browser_that_registered_is_signed_in_by_the_code():
    client = Client()
    register(client)
    assert confirm(client, mailed_code()).headers["Location"] == "/"
    assert signed_in(client) == Member.objects.get()


def test_any_other_browser_is_asked_for_the_password_that_was_chosen():
    """Whoever owns the mailbox may not be who registered with it, and opens no account that another has the key of."""
    register(Client(), name="Somebody Else")
    code, owner = mailed_code(), Client()
    asked = confirm(owner, code)
    assert asked.status_code == 422
    assert "Type the password you chose when you registered." in asked.text
    assert f'value="{code}"' in asked.text
    wrong = owner.post("/account/confirm/", {"code": code, "password": "my own good password"})
    assert wrong.status_code == 422
    assert "If you didn&#x27;t register, do nothing" in wrong.text
    assert not Member.objects.exists()
    right = owner.post("/account/confirm/", {"code": code, "password": LONG_PASSWORD})
    assert (right.status_code, right.headers["Location"]) == (302, "/")
    assert signed_in(owner) == Member.objects.get()


def test_the_password_of_a_code_is_not_guessed_and_an_endless_one_not_hashed(counted):
    register(Client())
    code = mailed_code()
    CountingHasher.works = 0
    tries = [
        Client().post("/account/confirm/", {"code": code, "password": password}).status_code
        for password in ("x" * 100_000, "b", "c", "d", "e", LONG_PASSWORD)
    ]
    assert tries == [422] * 5 + [429]
    assert CountingHasher.works == 4
    assert not Member.objects.exists()


def test_somebody_elses_registration_with_the_same_address_is_not_mine():
    """Its code came first; in my browser it still asks for the password that I don't know."""
    mine, theirs = Client(), Client()
    register(theirs, name="Somebody Else", password="another password that fits")
    register(mine)
    codes = [mail.payload["code"] for mail in MailOutbox.objects.order_by("due_at")]
    assert confirm(mine, codes[0]).status_code == 422
    register(theirs, name="Somebody Else", password="another password that fits")
    mine.post("/account/confirm/again/", {"email": "paula@example.org"})
    assert confirm(mine, mailed_code()).headers["Location"] == "/"
    assert Member.objects.get().name == "Paula Kim"


def test_two_who_register_with_one_address_are_settled_by_the_mailbox():
    first, second = Client(), Client()
    register(first, name="Somebody Else")
    register(second, name="Paula Kim")
    codes = [mail.payload["code"] for mail in MailOutbox.objects.order_by("due_at")]
    assert confirm(second, codes[1]).status_code == 302
    late = confirm(first, codes[0])
    assert late.status_code == 422
    assert "This code doesn&#x27;t work." in late.text
    assert Member.objects.get().name == "Paula Kim"


# Codes


@pytest.mark.parametrize("typed", ["BCDF-GHJK-LMNP-QRST", "x", "' OR 1=1 --", "\x7f"])
def test_a_code_that_never_was_is_refused(typed):
    answer = confirm(Client(), typed)
    assert answer.status_code == 422
    assert not Member.objects.exists()


def test_a_code_works_once_and_however_it_is_typed():
    client = Client()
    register(client)
    code = mailed_code()
    assert confirm(client, f" {code.lower().replace('-', ' ')} ").status_code == 302
    assert confirm(Client(), code).status_code == 422
    assert Member.objects.count() == 1


def test_a_code_is_out_of_date_after_a_day_and_what_was_typed_is_gone():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        client = Client()
        register(client)
        clock.shift(dt.timedelta(hours=24, seconds=1))
        assert confirm(client, mailed_code()).status_code == 422
        assert not Member.objects.exists()
        assert forget_mailed_codes() == 1
        assert not MailedCode.objects.exists()


def test_a_guesser_is_stopped():
    answers = [confirm(Client(), f"BCDF-GHJK-LMNP-QR{number:02}").status_code for number in range(31)]
    assert answers == [422] * 30 + [429]


def test_the_code_is_stored_nowhere_but_in_the_mail():
    register(Client())
    code = mailed_code()
    plain = code.replace("-", "")
    stored = str(list(MailedCode.objects.values())) + str(list(AuditEntry.objects.values()))
    assert code not in stored
    assert plain not in stored


def test_opening_the_link_changes_nothing():
    register(Client())
    assert Client().get("/account/confirm/").status_code == 200
    assert not Member.objects.exists()
    assert MailOutbox.objects.get().payload["code_url"].endswith(f"/account/confirm/#{mailed_code()}")
