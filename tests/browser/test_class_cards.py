"""Class cards in a browser: the teacher prints them, a child comes in by words on a phone, and by the picture."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.live import Person

PHONE: ViewportSize = {"width": 390, "height": 844}


def sheet_of(browse: Browse, people: dict[str, Person], name: str) -> Page:
    """Ms. Rivera makes one card; what is then to be printed."""
    page = browse()
    sign_in(page, people["m.rivera"])
    page.goto("/courses/")
    page.get_by_role("link", name=re.compile("Algebra I")).first.click()
    page.get_by_role("link", name="Class cards").click()
    expect(page.get_by_role("heading", name="Class cards")).to_be_visible()
    page.get_by_role("row", name=re.compile(re.escape(name))).get_by_role("button").first.click()
    expect(page.locator(".class-card")).to_have_count(1)
    return page


def words_of(sheet: Page) -> tuple[str, str, str]:
    """Sign-in name, phrase and PIN."""
    name, phrase = sheet.locator(".class-card dd").all_inner_texts()
    return name, phrase, sheet.locator(".pin-table td").last.inner_text()


@pytest.mark.row("S1")
def test_a_child_comes_in_by_three_words_on_a_phone(browse: Browse, people: dict[str, Person]) -> None:
    sheet = sheet_of(browse, people, "Liam P.")
    accessible(sheet)
    name, phrase, _pin = words_of(sheet)
    page = browse(viewport=PHONE)
    page.goto("/sign-in/")
    page.get_by_role("link", name="I have a class card").click()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_label("My sign-in name").fill(name.upper())
    page.get_by_label("My three words").fill("not my words")
    page.get_by_role("button", name="Go in").click()
    expect(page.get_by_role("alert")).to_contain_text("That isn't right yet. Look at your card")
    expect(page.get_by_label("My sign-in name")).to_have_value(name.upper())
    expect(page.get_by_label("My three words")).to_be_focused()
    accessible(page)
    page.get_by_label("My three words").fill(phrase.upper().replace(" · ", " "))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/rooms/\d+/"))


@pytest.mark.row("S1")
def test_the_picture_leads_to_the_pin_and_leaves_nothing_in_the_address(
    browse: Browse, people: dict[str, Person]
) -> None:
    sheet = sheet_of(browse, people, "Jada A.")
    expect(sheet.get_by_role("img", name="QR code of Jada A.")).to_be_visible()
    page = browse(viewport=PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/sign-in/card/#not-a-card-of-this-school")
    expect(page.get_by_label("My PIN")).to_be_focused()
    expect(page.get_by_label("My three words")).to_be_hidden()
    assert page.evaluate("location.href").endswith("/sign-in/card/")
    accessible(page)
    page.get_by_label("My PIN").fill("1234")
    page.get_by_role("button", name="Go in").click()
    expect(page.get_by_role("alert")).to_contain_text("This card doesn't work any more.")
    page.get_by_role("link", name="Type the words instead").click()
    expect(page.get_by_label("My three words")).to_be_visible()
    assert not [url for url in asked if "not-a-card" in url]


def test_the_list_fits_a_phone_and_a_sheet_is_not_made_twice(browse: Browse, people: dict[str, Person]) -> None:
    sheet = sheet_of(browse, people, "Bruno S.")
    sheet.reload()  # the browser sends the form again
    expect(sheet.get_by_text("Nothing was changed: cards have been made since this page was opened.")).to_be_visible()
    sheet.set_viewport_size(PHONE)
    accessible(sheet)
    assert sheet.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    sheet.get_by_role("button", name=re.compile(r"Lost.*Bruno S\.")).click()
    expect(sheet.get_by_text("The card of Bruno S. opens nothing any more.")).to_be_visible()


def test_eight_cards_and_the_pins_are_printed_on_pages_of_their_own(browse: Browse, people: dict[str, Person]) -> None:
    page = sheet_of(browse, people, "Nadia H.")
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Done")).to_be_hidden()
    expect(page.locator(".class-card")).to_be_visible()
    assert page.locator(".card-sheet").first.evaluate("sheet => getComputedStyle(sheet).breakAfter") == "page"
