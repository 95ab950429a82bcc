"""Registering in a browser: the form, the link of the mail, the code in its field, and home (S1)."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import TIMEOUT_MS, Browse, accessible
from tests.registering import LONG_PASSWORD

PAGES = (
    "/register/",
    "/register/parent/",
    "/register/instructor/",
    "/account/confirm/",
    "/account/reset/",
    "/account/reset/new/",
)


def open_mail(page: Page, address: str) -> None:
    """The newest mail to an address. The sender is another thread: it may take a moment."""
    end = time.monotonic() + TIMEOUT_MS / 1000
    row = page.locator("tbody tr th a").first
    while True:
        page.goto(f"/dev/mail/?to={address}")
        if row.count() or time.monotonic() > end:
            break
        page.wait_for_timeout(100)
    row.click()


def follow(page: Page, path: str) -> None:
    """The link of the mail that leads to a page of ours."""
    page.locator(f".mail-text a[href*='{path}#']").first.click()
    page.wait_for_url(f"**{path}")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_fit_and_are_accessible(browse: Browse, width: int) -> None:
    page = browse(viewport={"width": width, "height": 844})
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        accessible(page)


@pytest.mark.row("S1")
def test_a_parent_registers_and_reads_how_to_get_a_code(browse: Browse) -> None:
    browse.allow("422")
    page = browse(viewport={"width": 390, "height": 844})
    page.goto("/sign-in/")
    page.get_by_role("link", name="Register").click()
    page.get_by_role("link", name="I am a parent").click()
    page.get_by_label("Full name").fill("Olena Novak")
    page.get_by_label("Email").fill("olena.novak@example.org")
    page.get_by_label("Password").fill("novak")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("15 characters or more")
    accessible(page)
    page.get_by_label("Password").fill(LONG_PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your address")
    open_mail(page, "olena.novak@example.org")
    follow(page, "/account/confirm/")
    expect(page.get_by_label("Code from the mail")).to_have_value(re.compile(r"^\w{4}(-\w{4}){3}$"))
    expect(page).to_have_url(re.compile(r"/account/confirm/$"))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/family/")
    expect(page.get_by_text("gives you an access code for each child of yours")).to_be_visible()
    accessible(page)


@pytest.mark.row("S6")
def test_a_forgotten_password_is_set_anew_by_the_link_of_the_mail(browse: Browse) -> None:
    page = browse()
    page.goto("/sign-in/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill("deniz.yilmaz@example.org")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("status")).to_contain_text("If an account has this address")
    open_mail(page, "deniz.yilmaz@example.org")
    follow(page, "/account/reset/new/")
    expect(page.get_by_label("New password")).to_be_focused()
    page.get_by_label("New password").fill(LONG_PASSWORD)
    page.get_by_role("button", name="Keep the new password").click()
    expect(page.get_by_role("status")).to_contain_text("Your new password holds.")
    page.get_by_label("Email or sign-in name").fill("deniz.yilmaz@example.org")
    page.get_by_label("Password", exact=True).fill(LONG_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/family/")
