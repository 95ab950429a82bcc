"""A parent's home that stays open: what happens elsewhere shows by itself, and the page scrolls once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.browser.test_gate_page import open_record, record_yes
from tests.live import Person

SCROLLERS = "[...document.body.querySelectorAll('*')].filter((e) => /auto|scroll/.test(getComputedStyle(e).overflowY))"
INNER = f"{SCROLLERS}.filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.className)"


@pytest.mark.row("S20")
def test_a_consent_taken_back_and_given_again_shows_by_itself(browse: Browse, people: dict[str, Person]) -> None:
    parent, ruth = browse(), browse()
    sign_in(parent, people["kari.nilsen"])
    parent.goto("/family/")
    expect(parent.get_by_text("Consent active")).to_be_visible()
    sign_in(ruth, people["r.lindqvist"])
    open_record(ruth, "Freya")
    ruth.get_by_label("What happened").select_option("withdraw")
    ruth.get_by_label("Who told the school").fill("Kari Nilsen")
    ruth.get_by_label("How it was said").select_option("phone")
    ruth.get_by_role("button", name="Take consent back").click()
    expect(parent.get_by_text("Freya's chat is closed on every device.")).to_be_visible()
    expect(parent.get_by_text("Consent active")).to_have_count(0)
    accessible(parent)
    record_yes(ruth, "Kari Nilsen")
    expect(parent.get_by_text("Consent active")).to_be_visible()


def test_a_new_message_is_counted_where_it_was_written(browse: Browse, people: dict[str, Person]) -> None:
    parent, teacher = browse(), browse()
    sign_in(parent, people["selin.yilmaz"])
    parent.goto("/family/")
    line = parent.get_by_role("link", name=re.compile("Announcements, Biology"))
    expect(line.locator(".badge")).to_be_hidden()
    sign_in(teacher, people["l.sato"])
    teacher.goto(line.get_attribute("href") or "")
    teacher.get_by_role("textbox").fill("Two hands for every egg.")
    teacher.get_by_role("textbox").press("Enter")
    expect(line.locator(".badge")).to_have_text("unread: 1")
    line.click()
    expect(parent.locator("chat-message").get_by_text("Two hands for every egg.")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_scrolls_and_nothing_in_it(browse: Browse, people: dict[str, Person], width: int) -> None:
    page = browse(viewport={"width": width, "height": 844})
    sign_in(page, people["paula.kim"])
    page.goto("/family/")
    assert page.evaluate(INNER) == []
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    accessible(page)
