"""Inviting by email, in browsers: an instructor writes, the mail arrives, and whoever has it comes in or says no."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.browser.chat import PHONE
from tests.browser.conftest import watched
from tests.demo_school import begin_with_demo
from tests.live import Live, Person

pytestmark = pytest.mark.row("S13")


@pytest.fixture(scope="module")
def own_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server of these tests: who is invited here comes into a course that others count."""
    live = begin_with_demo(Live(tmp_path_factory.mktemp("invitations"))).start()
    yield live
    live.stop()


@pytest.fixture
def browse(browser: Browser, own_live: Live, request: pytest.FixtureRequest) -> Iterator[Browse]:
    yield from watched(browser, own_live.url, request)


@pytest.fixture
def instructor(browse: Browse, own_live: Live) -> Page:
    page = browse()
    sign_in(page, teacher(own_live))
    page.goto("/courses/")
    page.get_by_role("main").get_by_role("link", name="Algebra I").first.click()
    page.get_by_role("link", name="Invite by email").first.click()
    return page


def teacher(live: Live) -> Person:
    return live.people()["m.rivera"]


def invite(page: Page, addresses: str) -> None:
    page.get_by_label("Email addresses").fill(addresses)
    page.get_by_label("14 or over").check()
    page.get_by_role("button", name="Send the invitations").click()


def open_mail(page: Page, address: str) -> None:
    """As it arrives, to the link that it holds."""

    def has_come() -> bool:
        page.goto(f"/dev/mail/?to={address}")
        return page.get_by_role("link", name="Invitation to").count() > 0

    for _ in range(100):
        if has_come():
            break
    page.get_by_role("link", name="Invitation to").first.click()
    page.locator(".mail-text").get_by_role("link").filter(has_text="/invitation/#").click()


def test_an_instructor_invites_and_a_guest_comes_in_and_both_see_it(browse: Browse, instructor: Page) -> None:
    accessible(instructor)
    instructor.get_by_label("Email addresses").fill("Noa <noa@example.org>; noa@juniper")
    instructor.get_by_label("14 or over").check()
    instructor.get_by_role("button", name="Preview").click()
    expect(instructor.get_by_role("group", name="As the email will look")).to_contain_text(
        "> I invite you to Algebra I"
    )
    instructor.get_by_role("button", name="Send the invitations").click()
    expect(instructor.get_by_role("heading", name="2 addresses, 1 sent")).to_be_visible()
    accessible(instructor)
    line = instructor.locator("[data-invited] tr", has_text="noa@example.org")
    expect(line.locator(".chip")).to_have_text("Sent")  # by itself, once the mail has left

    guest = browse()
    open_mail(guest, "noa@example.org")
    expect(guest).to_have_url(re.compile(r"/invitation/$"))  # the code is out of the address
    accessible(guest)
    guest.get_by_role("button", name="Look at the invitation").click()
    expect(guest.get_by_role("heading", name="Ms. Rivera invites you")).to_be_visible()
    accessible(guest)
    guest.get_by_role("link", name="I am new here").click()
    guest.get_by_label("Month").select_option("3")
    guest.get_by_label("Year").fill("1999")
    guest.get_by_role("button", name="Go on").click()
    guest.get_by_label("Given name").fill("Noa")
    guest.get_by_label("First letter of your last name").fill("Q")
    guest.get_by_label("Email").fill("noa@example.org")
    guest.get_by_label("Password").fill("seven green pears fall")
    for box in guest.get_by_role("checkbox").all():
        box.check()
    guest.locator("form:has(input[name=password]) button[type=submit]").click()
    expect(guest.locator("chat-reader-line")).to_be_visible()
    expect(line.locator(".chip")).to_have_text("Joined")
    expect(line).to_contain_text("Noa Q.")


def test_on_a_phone_without_scripts_somebody_says_no_and_wants_no_more(browse: Browse, instructor: Page) -> None:
    invite(instructor, "bo@example.org")
    guest = browse(**PHONE, java_script_enabled=False)
    open_mail(guest, "bo@example.org")
    code = guest.url.rpartition("#")[2]
    guest.get_by_label("Code from the mail").fill(code)
    guest.get_by_role("button", name="Look at the invitation").click()
    guest.get_by_role("button", name="No, thank you").click()
    expect(guest.get_by_role("heading", name="You said no")).to_be_visible()
    line = instructor.locator("[data-invited] tr", has_text="bo@example.org")
    expect(line.locator(".chip")).to_have_text("Said no")
    guest.get_by_role("button", name="Do not invite me again").click()
    expect(guest.get_by_role("heading", name="You get no more invitations")).to_be_visible()
    instructor.set_viewport_size({"width": 390, "height": 844})
    invite(instructor, "bo@example.org, a-very-long-address-of-somebody.with.dots@a-rather-long-host.example.org")
    expect(instructor.locator(".chip", has_text="Wants no invitations")).to_be_visible()
    assert instructor.evaluate("document.documentElement.scrollWidth <= innerWidth")
