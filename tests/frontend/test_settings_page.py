"""The page where a person chooses for themselves: a plain form, kept with the member."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Member
from accounts.queries.settings import SettingsState, settings_of
from tests.cast import browser_of
from tests.frontend.pages import Page, named

CHOSEN: dict[str, Any] = {
    "locale": "es",
    "time_zone": "Europe/Madrid",
    "theme": "dark",
    "sending_key": "ctrl_enter",
    "single_keys": "on",
    "announcements": "mentions",
}


def kept(member: Member) -> SettingsState:
    return settings_of(Member.objects.get(pk=member.pk))


def shown(page: Page) -> dict[str, str]:
    """What the page says is chosen: the boxes and dots that are checked."""
    return {field["name"]: field["value"] for field in named(page, "input") if "checked" in field and "value" in field}


def test_the_page_shows_what_holds_now(stranger: Member) -> None:
    page = browser_of(stranger).get("/settings/")
    assert shown(page) == {"locale": "en", "theme": "system", "sending_key": "enter", "announcements": "all"}
    assert any(field.get("name") == "single_keys" and "checked" in field for field in named(page, "input"))


def test_what_is_saved_holds_at_once_and_on_another_device(stranger: Member) -> None:
    here, elsewhere = browser_of(stranger), browser_of(stranger)
    page = here.post("/settings/", CHOSEN, follow=True)
    assert page.redirect_chain == [("/settings/", 302)]
    assert kept(stranger) == SettingsState(**CHOSEN | {"single_keys": True})
    for browser_page in (page, elsewhere.get("/settings/")):
        assert next(named(browser_page, "html"))["lang"] == "es"
        assert shown(browser_page) == {
            "locale": "es",
            "theme": "dark",
            "sending_key": "ctrl_enter",
            "announcements": "mentions",
        }
        assert '<option value="Europe/Madrid" selected>Madrid</option>' in browser_page.text


def test_that_it_is_saved_is_said_in_the_new_language(stranger: Member) -> None:
    page = browser_of(stranger).post("/settings/", CHOSEN, follow=True)
    assert "Guardado." in page.text


def test_a_box_without_a_tick_is_a_choice_too(stranger: Member) -> None:
    browser_of(stranger).post("/settings/", CHOSEN | {"single_keys": ""})
    assert kept(stranger).single_keys is False


@pytest.mark.parametrize(
    ("field", "value"),
    [("locale", "xx"), ("time_zone", "Mars/Olympus"), ("theme", "pink"), ("sending_key", ""), ("announcements", "x")],
)
def test_what_can_not_be_chosen_is_refused_whole(stranger: Member, field: str, value: str) -> None:
    before = kept(stranger)
    page = browser_of(stranger).post("/settings/", CHOSEN | {field: value})
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert kept(stranger) == before


def test_nobody_chooses_without_signing_in_and_nobody_for_another(
    client: Client, stranger: Member, parent: Member
) -> None:
    assert client.get("/settings/").headers["Location"] == "/sign-in/?next=%2Fsettings%2F"
    assert client.post("/settings/", CHOSEN).headers["Location"] == "/sign-in/"
    before = kept(parent)
    browser_of(stranger).post("/settings/", CHOSEN | {"member": parent.pk, "id": parent.pk})
    assert kept(parent) == before
    assert kept(stranger).theme == "dark"


def test_whom_the_gate_holds_has_the_gate(unconsented_student: Member) -> None:
    assert browser_of(unconsented_student).get("/settings/").headers["Location"] == "/gate/"


def test_a_zone_that_is_in_no_list_stays_chosen(stranger: Member) -> None:
    Member.objects.filter(pk=stranger.pk).update(time_zone="US/Central")
    page = browser_of(stranger).get("/settings/").text
    assert re.search(r'<optgroup label="US">\s*<option value="US/Central" selected>Central</option>', page)
    browser_of(stranger).post("/settings/", CHOSEN | {"time_zone": "US/Central"})
    assert kept(stranger).time_zone == "US/Central"
