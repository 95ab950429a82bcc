"""The pages without a socket: accessible in both themes, no wider than the screen, at three widths."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.live import Person

WIDTHS = [1440, 1024, 390]


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_for_everybody(browse: Browse, width: int) -> None:
    browse.allow("404")
    page = browse(viewport={"width": width, "height": 844})
    for address in (
        "/help/",
        "/cookies/",
        "/policy/",
        "/policy/privacy/",
        "/policy/class-rules/changes/",
        "/dev/components/",
        "/nowhere/",
    ):
        page.goto(address)
        fits(page, width)
        accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("who", ["paula.kim", "a.moss", "r.lindqvist"])
def test_where_people_without_a_seat_begin(browse: Browse, people: dict[str, Person], who: str, width: int) -> None:
    page = browse(viewport={"width": width, "height": 844})
    sign_in(page, people[who])
    fits(page, width)
    accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", ["people", "people/?tab=instructors", "roles", "addresses"])
def test_the_pages_of_the_office(browse: Browse, people: dict[str, Person], place: str, width: int) -> None:
    page = browse(viewport={"width": width, "height": 844})
    sign_in(page, people["r.lindqvist"])
    page.goto(f"/school/1/{place}")
    fits(page, width)
    accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_record_of_a_child(browse: Browse, people: dict[str, Person], width: int) -> None:
    page = browse(viewport={"width": width, "height": 844})
    sign_in(page, people["r.lindqvist"])
    page.goto("/school/1/consents/")
    page.get_by_role("link", name=re.compile("Open the record")).first.click()
    fits(page, width)
    accessible(page)
    page.locator("form").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Record consent").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Tick what the parent said yes to.").click()
    expect(page.get_by_role("checkbox", name="Use the chat")).to_be_focused()
    fits(page, width)
    accessible(page)
