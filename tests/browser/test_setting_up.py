"""A new installation in a browser: from the printed address to a school with somebody who looks after it (F1)."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.browse import Browse, accessible
from tests.browser.conftest import watched
from tests.live import Live

PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = "harbor pencil comet walnut"


@pytest.fixture
def server(new_live: Callable[..., Live]) -> Live:
    """Nobody is here yet. Its mail stays in a mailbox."""
    return new_live("--empty", mail_url="mailbox:")


@pytest.fixture
def empty(browser: Browser, server: Live, request: pytest.FixtureRequest) -> Iterator[Browse]:
    yield from watched(browser, server.url, request)


def fits(page: Page) -> None:
    """Accessible in both themes, and as wide as a phone."""
    accessible(page)
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size(before or PHONE)


def take_second_step(page: Page) -> None:
    """As the page asks, with what an app would show."""
    page.get_by_role("link", name="Set it up").click()
    secret = re.sub(r"\s", "", page.locator("main code").inner_text())
    page.get_by_label(re.compile("Code")).fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("codes", re.IGNORECASE))


def test_from_the_printed_address_to_a_school_and_its_administrator(empty: Browse, server: Live) -> None:
    (address,) = re.findall(r"http://\S+/operator/set-up/#[0-9a-f]+", server.log.read_text())
    page = empty()
    page.goto(address)
    expect(page.get_by_label("Code of the address that the server printed")).to_have_value(address.partition("#")[2])
    assert page.evaluate("location.href").endswith("/operator/set-up/")
    expect(page.get_by_label("Your name")).to_be_focused()  # the first that nobody has filled in yet
    fits(page)
    page.get_by_label("Your name").fill("Olga Operator")
    page.get_by_label("Your email").fill("olga@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("What this site is called").fill("Juniper Bend Chat")
    page.get_by_role("checkbox", name="I accept the privacy policy").check()
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("You operate this site. You sign in as olga")).to_be_visible()
    take_second_step(page)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Juniper Bend Chat")
    expect(page.get_by_text("No school is here yet.")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Add a school").click()
    fits(page)
    page.get_by_label("Name of the school").fill("Juniper Bend School")
    page.get_by_label("Time zone").select_option("America/Chicago")
    page.get_by_role("button", name="Add the school").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Juniper Bend School")
    fits(page)
    page.get_by_label("Email of the administrator").fill("ruth@example.org")
    page.get_by_label("Name", exact=True).fill("Ruth Lindqvist")
    page.get_by_role("button", name="Name an administrator").click()
    expect(page.get_by_text("Ruth Lindqvist looks after Juniper Bend School.")).to_be_visible()
    page.goto("/operator/")
    expect(page.get_by_role("row", name=re.compile("Juniper Bend School"))).to_contain_text("Ruth Lindqvist")
    page.get_by_label("Send a test mail to").fill("olga@example.org")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_text("The test mail is on its way to olga@example.org.")).to_be_visible()
