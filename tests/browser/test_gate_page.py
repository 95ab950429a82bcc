"""A child before the gate, and the office that opens it, in two browsers."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.live import Person

WAITING = "A parent has to say yes first"
CLOSED = "The chat is closed for you for now"


def open_record(ruth: Page, name: str) -> None:
    """As the office finds a child: by name."""
    ruth.goto("/school/1/consents/")
    ruth.get_by_label("Find a student").fill(name)
    ruth.get_by_role("button", name="Find").click()
    ruth.get_by_role("link", name=re.compile(f": {name}")).click()


def record_yes(ruth: Page, grantor: str) -> None:
    ruth.get_by_role("checkbox", name="Use the chat").check()
    ruth.get_by_role("checkbox", name="Seen by classmates").check()
    ruth.get_by_label("Who said yes").fill(grantor)
    ruth.get_by_label("Relation to the child").select_option("parent")
    ruth.get_by_label("How it was given").select_option("paper_form")
    ruth.get_by_label("Day it was given").fill((datetime.now(UTC) - timedelta(days=1)).date().isoformat())
    ruth.get_by_label("Where the form or the note is kept").fill("folder 8b")
    ruth.get_by_role("checkbox", name=re.compile("I hold the signed form")).check()
    ruth.get_by_role("button", name="Record consent").click()


@pytest.mark.row("S18")
@pytest.mark.row("S20")
def test_the_office_opens_the_gate_and_closes_it_and_the_child_sees_it_happen(
    browse: Browse, people: dict[str, Person]
) -> None:
    child, ruth = browse(), browse()
    sign_in(child, people["ravi.i"])
    expect(child.get_by_role("heading", level=1)).to_have_text(WAITING)
    sign_in(ruth, people["r.lindqvist"])
    open_record(ruth, "Ravi")
    record_yes(ruth, "Nisha Iyer")
    expect(ruth.get_by_role("status")).to_contain_text("page opens by itself")
    child.wait_for_url(re.compile(r"/rooms/\d+/"))
    ruth.get_by_label("What happened").select_option("withdraw")
    ruth.get_by_label("Who told the school").fill("Nisha Iyer")
    ruth.get_by_label("How it was said").select_option("phone")
    ruth.get_by_role("button", name="Take consent back").click()
    child.wait_for_url("**/gate/")
    expect(child.get_by_role("heading", level=1)).to_have_text(CLOSED)
    expect(child.get_by_text("Nisha")).to_have_count(0)
    accessible(child)


@pytest.mark.row("S1")
def test_the_page_of_an_instructor_who_waits_opens_when_the_office_confirms(
    browse: Browse, people: dict[str, Person]
) -> None:
    colin, ruth = browse(), browse()
    sign_in(colin, people["c.trask"])
    expect(colin.get_by_role("heading", level=1)).to_have_text("Your registration waits for the school")
    sign_in(ruth, people["r.lindqvist"])
    ruth.get_by_role("link", name=re.compile("Look and confirm")).click()
    ruth.get_by_role("checkbox", name="I have checked").check()
    ruth.get_by_role("button", name=re.compile("Confirm.*Colin Trask", re.DOTALL)).click()
    expect(ruth.get_by_role("status")).to_contain_text("Colin Trask is confirmed")
    colin.wait_for_url("**/duties/")
    expect(colin.get_by_role("heading", level=2)).to_have_text("Instructor of Juniper Bend School")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_gate_is_accessible_and_fits(browse: Browse, people: dict[str, Person], width: int) -> None:
    page = browse(viewport={"width": width, "height": 844})
    sign_in(page, people["mina.k"])
    expect(page.get_by_role("heading", level=1)).to_have_text(WAITING)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_help_is_one_step_away_and_comes_back(browse: Browse, people: dict[str, Person]) -> None:
    page = browse()
    sign_in(page, people["mina.k"])
    page.get_by_role("link", name="Help now").click()
    expect(page.get_by_role("link", name=re.compile("Call 911"))).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WAITING)
