"""Account pages ask for the password again after 15 minutes (S6)."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import Attempt, Member
from tests.cast import PASSWORD, browser_of, make_member
from tests.frontend.pages import named
from tests.frontend.test_sign_in_page import send

PAGE = "/account/confirm-password/?next=%2Faccount%2Fsessions%2F"
FORM = "/account/confirm-password/"


@pytest.fixture
def client(stranger: Member) -> Client:
    """Signed in a while ago."""
    return browser_of(stranger)


def typed(client: Client, password: str, **more: str) -> tuple[int, str]:
    response = client.post(FORM, {"password": password, "next": "/account/sessions/"} | more)
    return response.status_code, response.headers.get("Location", "")


@pytest.mark.row("S6")
def test_an_account_page_asks_for_the_password_and_comes_after_it(client: Client) -> None:
    assert client.get("/account/sessions/").headers["Location"] == PAGE
    page = client.get(PAGE)
    assert [field["value"] for field in named(page, "input") if field.get("name") == "next"] == ["/account/sessions/"]
    assert typed(client, PASSWORD) == (302, "/account/sessions/")
    assert client.get("/account/sessions/").status_code == 200


@pytest.mark.row("S6")
def test_fifteen_minutes_later_it_is_asked_again_however_busy_the_page_was(client: Client) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        client = browser_of(Member.objects.get())
        typed(client, PASSWORD)
        clock.shift(dt.timedelta(minutes=14, seconds=59))
        assert client.get("/account/sessions/").status_code == 200
        clock.shift(dt.timedelta(seconds=1))
        assert client.get("/account/sessions/").headers["Location"] == PAGE


def test_a_clock_that_goes_back_confirms_nothing(client: Client) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        client = browser_of(Member.objects.get())
        typed(client, PASSWORD)
        clock.shift(dt.timedelta(minutes=-1))
        assert client.get("/account/sessions/").status_code == 302


def test_whoever_has_just_signed_in_is_not_asked(stranger: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    send(client, login=stranger.sign_in_name, password=PASSWORD)
    assert client.get("/account/sessions/").status_code == 200


def test_one_session_confirms_no_other(client: Client, stranger: Member) -> None:
    typed(client, PASSWORD)
    assert browser_of(stranger).get("/account/sessions/").headers["Location"] == PAGE


@pytest.mark.row("S6")
def test_a_wrong_password_opens_nothing_and_is_limited(client: Client, stranger: Member) -> None:
    for _ in range(5):
        response = client.post(FORM, {"password": "wrong"})
        assert response.status_code == 422
        assert "That isn&#x27;t the password of this account." in response.text
    assert "Too many tries. Try again in 15 minutes." in client.post(FORM, {"password": PASSWORD}).text
    assert client.get("/account/sessions/").headers["Location"] == PAGE
    elsewhere = browser_of(stranger)
    assert typed(elsewhere, PASSWORD) == (302, "/account/sessions/"), "another device is not locked out"


def test_the_right_password_forgives_the_wrong_ones_before_it(client: Client) -> None:
    for _ in range(4):
        typed(client, "wrong")
    assert Attempt.objects.filter(kind="confirm_password").count() == 4
    typed(client, PASSWORD)
    assert not Attempt.objects.filter(kind="confirm_password").exists()


@pytest.mark.parametrize("password", ["", "x" * 100_000])
def test_what_can_be_no_password_is_refused(client: Client, password: str) -> None:
    assert typed(client, password)[0] == 422


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:1", ""])
def test_no_other_site_is_led_to(client: Client, address: str) -> None:
    assert typed(client, PASSWORD, next=address) == (302, "/account/")


def test_another_persons_password_confirms_nothing(client: Client) -> None:
    other = make_member(password="another one")
    assert other.check_password(PASSWORD) or typed(client, "another one")[0] == 422


def test_nobody_signed_in_is_asked_to_sign_in_first(db: None) -> None:
    assert Client().get("/account/sessions/").headers["Location"] == "/sign-in/?next=%2Faccount%2Fsessions%2F"
    assert Client().get(FORM).headers["Location"].startswith("/sign-in/")


def test_whoever_has_a_card_and_no_password_reads_what_to_do(client: Client, stranger: Member) -> None:
    assert "come in again by the card" not in client.get(FORM).text
    stranger.set_unusable_password()
    stranger.save(update_fields=["password"])
    client = browser_of(stranger)
    assert "come in again by the card" in client.get(FORM).text
    assert typed(client, "")[0] == 422
