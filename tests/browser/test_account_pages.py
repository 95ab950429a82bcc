"""One's own account in real browsers: another device is ended from here (F18), a shared one keeps nothing, and a second
step is set up and asked for."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.browser.chat import ChatPage, connected
from tests.live import Person

PHONE = {"width": 390, "height": 844}


def fits(page: Page) -> None:
    """On a phone, and for everybody's eyes and readers."""
    accessible(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 800})


def chatting(browse: Browse, person: Person) -> ChatPage:
    """On a device of its own, signed in by the form."""
    chat = ChatPage(browse())
    sign_in(chat.page, person)
    chat.page.goto("/rooms/")
    connected(chat)
    return chat


@pytest.mark.row("S6")
def test_a_device_is_ended_from_another_and_shows_once_what_was_not_sent(
    browse: Browse, people: dict[str, Person]
) -> None:
    lost, somebody_else = chatting(browse, people["lena.p"]), chatting(browse, people["chloe.v"])
    lost.field.fill("half a sentence")
    here = browse()
    sign_in(here, people["lena.p"])
    here.goto("/account/")
    fits(here)
    here.get_by_role("main").get_by_role("link", name="Where you are signed in").click()
    expect(here.locator(".task")).to_have_count(2)
    expect(here.locator(".task", has_text="1 live connection")).to_have_count(1)
    fits(here)
    here.get_by_role("button", name="End all others").click()
    expect(here.get_by_role("status")).to_have_text("1 device is signed out.")
    expect(here.locator(".task")).to_have_count(1)
    lost.page.wait_for_url("**/sign-in/**")
    expect(lost.page.get_by_role("blockquote")).to_have_text("half a sentence")
    lost.page.goto("/rooms/")
    expect(lost.page).to_have_url(re.compile("/sign-in/"))
    expect(somebody_else.page.locator("chat-page[data-connection=ready]")).to_be_attached()


@pytest.mark.row("S6")
def test_a_shared_device_writes_nothing_down_and_is_left_by_one_tap(browse: Browse, people: dict[str, Person]) -> None:
    page, person = browse(), people["yusuf.b"]
    page.goto("/sign-in/")
    page.get_by_label("Email or sign-in name").fill(person.username)
    page.get_by_label("Password").fill(person.password)
    page.get_by_label("Keep me signed in on this device").check()
    page.get_by_label("Other people use this device too").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    chat = ChatPage(page)
    connected(chat)
    chat.field.fill("half a sentence")
    chat.page.reload()
    connected(chat)
    assert page.evaluate("indexedDB.databases().then(found => found.map(({ name }) => name))") == []
    assert page.evaluate("Object.keys(localStorage)") == []
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in/")
    assert page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == []
    assert [cookie["name"] for cookie in page.context.cookies()] == ["csrf"], "the new page's own form"


def test_a_second_step_is_set_up_and_asked_for(browse: Browse, people: dict[str, Person]) -> None:
    browse.allow("422")
    page, person = browse(), people["anjali.m"]
    sign_in(page, person)
    page.goto("/account/confirm-password/")
    fits(page)
    page.goto("/account/two-factor/")
    fits(page)
    page.get_by_role("link", name="Set it up").click()
    expect(page.locator("svg.qr")).to_be_visible()
    fits(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    _before, now, _after = (format_hotp_value(hotp_value(secret, at)) for at in yield_hotp_counters_from_time())
    page.get_by_label("Code").fill(now)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    recovery = page.locator(".recovery-codes code").first.inner_text()
    fits(page)

    again = browse()
    again.goto("/sign-in/")
    again.get_by_label("Email or sign-in name").fill(person.username)
    again.get_by_label("Password").fill(person.password)
    again.get_by_role("button", name="Sign in", exact=True).click()
    fits(again)
    again.get_by_label("Code").fill(now)
    again.get_by_role("button", name="Sign in", exact=True).click()
    expect(again.get_by_text("This code isn't right, or it was used already.")).to_be_visible()
    again.get_by_label("Code").fill(recovery)
    again.get_by_role("button", name="Sign in", exact=True).click()
    connected(ChatPage(again))
    again.goto("/account/two-factor/")
    expect(again.get_by_text("9 recovery codes are left.")).to_be_visible()
    again.get_by_role("button", name="Turn it off").click()
    expect(again.get_by_text("The password alone opens the account.")).to_be_visible()


@pytest.mark.row("S6")
def test_without_a_script_too_a_browser_that_blocks_cookies_is_told_so(
    browse: Browse, people: dict[str, Person]
) -> None:
    browse.allow("403")
    page, person = browse(java_script_enabled=False), people["lena.p"]
    page.goto("/sign-in/")
    page.get_by_label("Email or sign-in name").fill(person.username)
    page.get_by_label("Password").fill(person.password)
    page.context.clear_cookies()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Your browser blocks cookies.")).to_be_visible()
