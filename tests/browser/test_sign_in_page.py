"""Signing in as people do: by hand, by keyboard alone, as somebody of the demo, with cookies blocked."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.live import Person

WIDTHS = [1440, 1024, 390]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_the_page_is_accessible_and_fits(browse: Browse, width: int, language: str) -> None:
    page = browse(viewport={"width": width, "height": 844}, locale=language)
    page.goto("/sign-in/")
    accessible(page)
    expect(page.locator("a[href='/help/']")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_by_keyboard_alone(browse: Browse, people: dict[str, Person]) -> None:
    page, devon = browse(), people["devon.k"]
    page.goto("/sign-in/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # the language
    page.keyboard.press("Tab")
    page.keyboard.type(devon.username)
    page.keyboard.press("Tab")
    page.keyboard.type(devon.password)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/rooms/\d+/"))


def test_a_wrong_password_is_said_where_the_eyes_are(browse: Browse, people: dict[str, Person]) -> None:
    page = browse()
    page.goto("/sign-in/")
    page.get_by_label("Email or sign-in name").fill("devon.k")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The name or the password isn't right. Check both and try again.")
    expect(page.get_by_label("Email or sign-in name")).to_have_value("devon.k")
    expect(page.get_by_label("Password")).to_be_focused()
    accessible(page)


def test_a_card_of_the_demo_signs_in(browse: Browse) -> None:
    page = browse()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Paula Kim").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Paula")


def test_the_language_is_chosen_with_a_button(browse: Browse) -> None:
    page = browse()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrar")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.row("S6")
def test_blocked_cookies_are_said_before_anything_is_typed(browse: Browse) -> None:
    page = browse()
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'cookieEnabled', { get: () => false })")
    page.goto("/sign-in/")
    expect(page.get_by_text("Your browser blocks cookies.")).to_be_visible()
    accessible(page)


def test_signing_in_and_out_works_without_a_script(browse: Browse, people: dict[str, Person]) -> None:
    page = browse(java_script_enabled=False)
    sign_in(page, people["r.lindqvist"])
    page.get_by_role("button", name="Your account, Ruth Lindqvist").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")


def test_the_office_is_left_from_the_top_of_a_phone_s_page(browse: Browse, people: dict[str, Person]) -> None:
    page = browse(viewport={"width": 390, "height": 844}, has_touch=True)
    sign_in(page, people["r.lindqvist"])
    account = page.get_by_role("button", name="Your account, Ruth Lindqvist")
    expect(account).to_be_in_viewport(ratio=1)
    account.tap()
    expect(page.locator("#account")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Sign out").tap()
    page.wait_for_url("**/sign-in/")


def test_what_was_not_sent_is_shown_once_after_signing_in_ended(browse: Browse) -> None:
    page = browse()
    page.goto("/help/")
    page.evaluate("""sessionStorage.setItem("unsent", JSON.stringify([
        {room_title: "General", course_title: "Algebra I", text: "<b>wait</b> i think i get it"}]))""")
    page.goto("/sign-in/")
    expect(page.get_by_role("heading", name="Not sent, to General in Algebra I")).to_be_visible()
    expect(page.get_by_role("blockquote")).to_have_text("<b>wait</b> i think i get it")
    accessible(page)
    page.reload()
    expect(page.get_by_role("heading", name="Not sent, to General in Algebra I")).to_have_count(0)
