"""Marked unread by hand: on all one's devices, and not read again before one has left and come back (U8)."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.browse import Browse
from tests.browser.chat import PHONE, ChatPage, enter
from tests.live import Person

People = dict[str, Person]
READ_BY_SIGHT = "() => document.querySelector('chat-page').chat.room.unread === 0"
MS = 15_000


def listed(chat: ChatPage, room: str = "General") -> Locator:
    return chat.page.locator(".room-link", has_text=room).first


def mark_unread(chat: ChatPage, text: str, *in_view: ChatPage) -> None:
    """Once it was read by sight, on other devices (`in_view`) too: what one just sees would be said after this."""
    for each in (*in_view, chat):
        each.page.wait_for_function(READ_BY_SIGHT)
    chat.message(text).focus()
    chat.page.keyboard.press("u")


@pytest.mark.timeout(150)
def test_what_is_marked_unread_here_is_new_on_the_other_device_and_stays_so_in_view(
    browse: Browse, people: People
) -> None:
    teacher = enter(browse, people["m.rivera"])
    here, there = enter(browse, people["thuy.t"]), enter(browse, people["thuy.t"])
    elsewhere = enter(browse, people["thuy.t"], "Homework help")
    teacher.write("to be looked at again later")
    expect(here.message("looked at again later")).to_be_visible()
    expect(there.message("looked at again later")).to_be_visible()
    mark_unread(here, "looked at again later", there)
    for chat in (here, there, elsewhere):
        expect(listed(chat)).to_have_attribute("data-unread", "", timeout=MS)
    teacher.write("and something after it")
    for chat in (here, there):  # in view, in focus, and not read: it would have been told before the answer to this
        expect(chat.message("something after it")).to_be_visible()
        chat.page.wait_for_timeout(1500)  # longer than it takes to have seen a message
        expect(listed(chat)).to_have_attribute("data-unread", "")
    here.go("Homework help")
    here.go("General")
    for chat in (here, there, elsewhere):
        expect(listed(chat)).not_to_have_attribute("data-unread", "", timeout=MS)


@pytest.mark.timeout(100)
def test_on_a_phone_the_list_is_the_way_out_and_back(browse: Browse, people: People) -> None:
    teacher, phone = enter(browse, people["m.rivera"]), enter(browse, people["elif.a"], **PHONE)
    teacher.write("for later, on a small screen")
    expect(phone.message("on a small screen")).to_be_visible()
    mark_unread(phone, "on a small screen")
    phone.page.go_back()
    expect(listed(phone)).to_have_attribute("data-unread", "")
    phone.go("General")
    expect(listed(phone)).not_to_have_attribute("data-unread", "", timeout=MS)
