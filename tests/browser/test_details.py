"""The details of a room: as the page comes from the server, and in a dialog below 1100 px."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible
from tests.browser.chat import PHONE, ChatPage, connected, enter, signed_in
from tests.live import Person

People = dict[str, Person]
TABLET: dict[str, Any] = {"viewport": {"width": 1000, "height": 800}}
PARTS = ("chat-head h1", "chat-head .page-head-states", ".reader-line", "aside .panel-section:first-child")


def said(page: Page) -> dict[str, str]:
    found = {part: page.locator(part).first.inner_text() for part in (*PARTS, "chat-composer .composer")}
    return {part: re.sub(r"\s+", " ", text).strip() for part, text in found.items()}


def rooms_of(page: Page) -> list[str]:
    links = page.locator(".room-link[href^='/rooms/']")
    return [str(link.get_attribute("href")) for link in links.all()]


@pytest.mark.row("S22")
@pytest.mark.parametrize("who", ["m.rivera", "devon.k", "paula.kim", "rosa.ramirez"])
def test_the_page_says_without_a_script_what_it_says_with_one(browse: Browse, people: People, who: str) -> None:
    """Who can read each room, and what stands where one can't write: nothing moves when the script comes. Rosa reads
    Spanish."""
    still = signed_in(browse, people[who], java_script_enabled=False)
    live = ChatPage(signed_in(browse, people[who]))
    still.goto("/rooms/")
    rooms = rooms_of(still)
    assert len(rooms) > 2
    for address in rooms[:: max(1, len(rooms) // 4)]:
        still.goto(address)
        live.page.goto(address)
        connected(live)
        before, now = said(still), said(live.page)
        field = before.pop("chat-composer .composer"), now.pop("chat-composer .composer")
        assert before == now, address
        if live.field.count() == 0:
            assert field[0] == field[1], address


def open_details(chat: ChatPage) -> None:
    chat.page.get_by_role("link", name="Details").click()
    expect(chat.page.get_by_role("dialog", name="Details")).to_be_visible()


def focus_is_in_dialog(page: Page) -> bool:
    """Or in the browser's own frame, as after the last stop of a modal dialog."""
    return bool(page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')"))


@pytest.mark.parametrize("size", [PHONE, TABLET], ids=["phone", "tablet"])
def test_the_details_are_a_dialog_that_holds_the_focus_and_gives_it_back(
    browse: Browse, people: People, size: dict[str, Any]
) -> None:
    chat = enter(browse, people["devon.k"], **size)
    open_details(chat)
    dialog = chat.page.get_by_role("dialog", name="Details")
    expect(dialog).to_contain_text("Who can read this room now")
    expect(dialog.get_by_role("button", name="Close details")).to_be_focused()
    for _ in range(6):
        chat.page.keyboard.press("Tab")
        assert focus_is_in_dialog(chat.page)
    accessible(chat.page)
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.page.get_by_role("link", name="Details")).to_be_focused()
    expect(chat.page).to_have_url(re.compile(r"/rooms/\d+/$"))


def test_back_the_button_and_a_click_beside_them_close_the_details(browse: Browse, people: People) -> None:
    chat = enter(browse, people["devon.k"], **TABLET)
    room = chat.page.url
    dialog = chat.page.get_by_role("dialog", name="Details")
    for close in (
        lambda: chat.page.go_back(),
        lambda: dialog.get_by_role("button", name="Close details").click(),
        lambda: chat.page.mouse.click(100, 400),
    ):
        open_details(chat)
        close()
        expect(dialog).to_have_count(0)
        expect(chat.page).to_have_url(room)
    expect(chat.page.locator("chat-page")).to_be_visible()


def test_the_address_of_the_details_opens_them_and_closing_stays_in_the_room(browse: Browse, people: People) -> None:
    chat = enter(browse, people["devon.k"], **PHONE)
    room = chat.page.url
    chat.page.goto("about:blank")
    chat.page.goto(f"{room}#details")
    dialog = chat.page.get_by_role("dialog", name="Details")
    expect(dialog).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.page).to_have_url(room)


def test_a_wider_window_has_the_column_instead(browse: Browse, people: People) -> None:
    chat = enter(browse, people["devon.k"], **TABLET)
    open_details(chat)
    chat.page.set_viewport_size({"width": 1300, "height": 800})
    expect(chat.page.get_by_role("dialog", name="Details")).to_have_count(0)
    expect(chat.page.locator("aside.panel")).to_be_visible()
