"""Help now and the cookie page: for everybody, and true."""

import pytest
from django.test import Client

from accounts.models import Member
from frontend.help_lines import COUNTRIES, ELSEWHERE, lines_of
from frontend.views.cookies import every_cookie
from tests.cast import PASSWORD, browser_of
from tests.frontend.test_sign_in_page import send


def test_help_is_there_without_signing_in(client: Client, db: None) -> None:
    page = client.get("/help/").text
    assert 'href="tel:911"' in page
    assert "Call or text 988" in page
    assert "At your school" not in page


def test_a_child_at_the_gate_reads_how_to_reach_the_school(unconsented_student: Member) -> None:
    page = browser_of(unconsented_student).get("/help/").text
    assert "School office" in page
    assert 'href="tel:5550142"' in page
    assert "Monday to Friday, 8:00 AM to 3:30 PM" in page


@pytest.mark.parametrize("code", [*COUNTRIES, "FR"])
def test_every_country_has_an_emergency_number(code: str) -> None:
    assert lines_of(code).emergency.number
    assert (lines_of(code) == ELSEWHERE) == (code not in COUNTRIES)


@pytest.mark.row("S6")
def test_the_cookie_page_lists_what_is_really_set(stranger: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    send(client, login=stranger.sign_in_name, password=PASSWORD, remember="on")
    client.post("/language/", {"language": "es", "csrfmiddlewaretoken": client.cookies["csrf"].value})
    page = client.get("/cookies/").text
    assert set(client.cookies) == {cookie.name for cookie in every_cookie()}
    assert all(f"<code>{name}</code>" in page for name in client.cookies)
