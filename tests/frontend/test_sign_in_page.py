"""Signing in and out by the form, as a browser sends it."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Member, Session
from tests.cast import PASSWORD, browser_of, make_member
from tests.frontend.pages import named


@pytest.fixture
def strict() -> Client:
    """A client whose forms are checked as a browser's are."""
    return Client(enforce_csrf_checks=True)


def send(client: Client, **values: str) -> Any:
    """Open the page, fill the form, send it."""
    page = client.get("/sign-in/")
    token = next(field["value"] for field in named(page, "input") if field.get("name") == "csrfmiddlewaretoken")
    return client.post("/sign-in/", {"csrfmiddlewaretoken": token} | values)


def test_the_right_password_leads_home(strict: Client, stranger: Member) -> None:
    response = send(strict, login=stranger.sign_in_name, password=PASSWORD)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert strict.get("/").status_code == 200


def test_the_page_asked_for_comes_after_signing_in(strict: Client, stranger: Member) -> None:
    assert strict.get("/family/").headers["Location"] == "/sign-in/?next=%2Ffamily%2F"
    page = strict.get("/sign-in/?next=/family/")
    assert '<input type="hidden" name="next" value="/family/">' in page.text
    response = send(strict, login=stranger.sign_in_name, password=PASSWORD, next="/family/")
    assert response.headers["Location"] == "/family/"


def test_no_other_site_is_led_to(strict: Client, stranger: Member) -> None:
    response = send(strict, login=stranger.sign_in_name, password=PASSWORD, next="https://elsewhere.example/")
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("login", ["", "nobody", "nobody@example.org"])
def test_a_wrong_password_and_an_absent_account_get_one_sentence(strict: Client, stranger: Member, login: str) -> None:
    login = login or stranger.sign_in_name
    page = send(strict, login=login, password="wrong")
    assert page.status_code == 200
    assert "The name or the password isn&#x27;t right. Check both and try again." in page.text
    kept = next(field for field in named(page, "input") if field.get("name") == "login")
    assert (kept["value"], kept["aria-invalid"], kept["aria-describedby"]) == (login, "true", "sign-in-error")


def test_an_empty_form_says_what_is_missing(strict: Client, db: None) -> None:
    assert "Type your sign-in name and your password." in send(strict, login="", password="").text


def test_after_too_many_tries_the_page_says_when_to_come_back(strict: Client, stranger: Member) -> None:
    for _ in range(5):
        send(strict, login=stranger.sign_in_name, password="wrong")
    page = send(strict, login=stranger.sign_in_name, password=PASSWORD)
    assert "Too many tries. Try again in 15 minutes." in page.text


@pytest.mark.row("S6")
def test_a_browser_that_blocks_cookies_is_told_so_in_words(strict: Client, db: None) -> None:
    page = strict.post("/sign-in/", {"login": "stranger", "password": "any"})
    assert page.status_code == 403
    assert "Your browser blocks cookies." in page.text
    assert "Allow cookies for this site" in page.text


def test_a_form_that_waited_too_long_asks_to_open_the_page_again(stranger: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.post("/sign-out/")
    assert page.status_code == 403
    assert "This page is out of date" in page.text
    assert client.get("/").status_code == 200


@pytest.mark.row("S6")
def test_signing_out_ends_the_session_and_empties_the_browser(stranger: Member) -> None:
    client = browser_of(stranger)
    old = client.cookies[settings.SESSION_COOKIE_NAME].value
    response = client.post("/sign-out/")
    assert response.headers["Location"] == "/sign-in/"
    assert response.headers["Clear-Site-Data"] == '"storage"'
    client.cookies[settings.SESSION_COOKIE_NAME] = old
    assert client.get("/").headers["Location"] == "/sign-in/"
    assert not Session.objects.filter(session_key=old, ended_at__isnull=True).exists()


def test_a_link_signs_nobody_out(stranger: Member) -> None:
    client = browser_of(stranger)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/").status_code == 200


def test_whoever_is_signed_in_already_is_taken_home(stranger: Member) -> None:
    assert browser_of(stranger).get("/sign-in/").headers["Location"] == "/"


def test_the_language_is_chosen_without_a_script(strict: Client, db: None) -> None:
    page = strict.get("/sign-in/")
    token = next(field["value"] for field in named(page, "input") if field.get("name") == "csrfmiddlewaretoken")
    form = {"csrfmiddlewaretoken": token, "language": "es", "next": "/sign-in/"}
    assert strict.post("/language/", form).headers["Location"] == "/sign-in/"
    page = strict.get("/sign-in/")
    assert "Nombre" in page.text or "nombre de acceso" in page.text
    assert '<html lang="es"' in page.text


def test_outside_a_demo_there_are_no_cards(client: Client, db: None) -> None:
    assert "This is a demo school" not in client.get("/sign-in/").text


def test_an_address_that_nobody_confirmed_signs_nobody_in_and_says_why(strict: Client, db: None) -> None:
    make_member("Thuy Tran", email="thuy@example.org")
    response = send(strict, login="thuy@example.org", password=PASSWORD)
    page = strict.get(response.headers["Location"])
    assert "<h1>Confirm your address</h1>" in page.text
    assert strict.get("/").headers["Location"] == "/sign-in/"
