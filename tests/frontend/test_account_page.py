"""One's own account: its overview, and what holds for each of its pages."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from frontend.account_places import GROUPS
from tests.cast import PASSWORD, browser_of, confirmed_browser_of, set_up
from tests.frontend.pages import named
from tests.frontend.test_every_page import faults

PLACES = [place for group in GROUPS for place in group.places]
PAGES = ["/account/", "/account/sessions/", "/account/two-factor/", "/account/two-factor/set-up/"]


def test_the_overview_leads_to_every_place(stranger: Member) -> None:
    client = browser_of(stranger)
    links = [link["href"] for link in named(client.get("/account/"), "a")]
    assert all(links.count(place.url) >= 2 for place in PLACES), "in the navigation, and on the page with what is done"
    account = confirmed_browser_of(stranger)
    assert [place.url for place in PLACES if account.get(place.url).status_code != 200] == []


@pytest.mark.row("S1")
def test_a_young_student_is_offered_no_way_in_but_the_card(young_student: Member) -> None:
    child = confirmed_browser_of(young_student)
    offered = {link["href"] for link in named(child.get("/account/"), "a")}
    assert {place.url for place in PLACES} - offered == {
        "/account/two-factor/",
        "/account/password/",
        "/account/address/",
    }
    assert "Your class card opens your account" in child.get("/account/two-factor/").text


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.route)
def test_each_place_says_where_one_is(stranger: Member, place: object) -> None:
    url = place.url  # type: ignore[attr-defined]
    page = confirmed_browser_of(stranger).get(url)
    assert url in [link["href"] for link in named(page, "a") if link.get("aria-current") == "page"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_the_account_is_whole(stranger: Member, address: str) -> None:
    page = confirmed_browser_of(stranger).get(address)
    assert page.status_code == 200
    assert faults(page) == []


def test_the_pages_that_ask_are_whole(stranger: Member) -> None:
    client = browser_of(set_up(stranger))
    assert faults(client.get(reverse("confirm_password"))) == []
    assert faults(client.post(reverse("confirm_password"), {"password": "wrong"})) == []
    client = Client()
    client.post("/sign-in/", {"login": stranger.sign_in_name, "password": PASSWORD})
    assert faults(client.get("/sign-in/code/")) == []
    assert faults(client.post("/sign-in/code/", {"code": "000000"})) == []


def test_a_long_name_stays_whole_and_in_its_place(stranger: Member) -> None:
    name = "Maximiliana-Fernanda de la Concepción Wolfeschlegelsteinhausenbergerdorff"
    Member.objects.filter(pk=stranger.pk).update(name=name)
    assert name in confirmed_browser_of(stranger).get("/account/sessions/").text


@pytest.mark.parametrize("address", ["/account/", "/account/sessions/", "/account/two-factor/"])
def test_nobody_signed_in_is_led_to_sign_in_and_who_is_held_to_the_gate(
    unconsented_student: Member, address: str
) -> None:
    assert Client().get(address).headers["Location"].startswith("/sign-in/")
    assert confirmed_browser_of(unconsented_student).get(address).headers["Location"] == "/gate/"


def test_the_pages_speak_spanish(stranger: Member) -> None:
    Member.objects.filter(pk=stranger.pk).update(locale="es")
    client = confirmed_browser_of(stranger)
    assert "Dónde está abierta la sesión" in client.get("/account/sessions/").text
    assert "Segundo paso al entrar" in client.get("/account/two-factor/").text
