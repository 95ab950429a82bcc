"""What is new is said once, truly, and no longer than it is (rules U7, U8 and U35)."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.browse import Browse
from tests.browser.chat import ChatPage, connected, enter
from tests.live import Person

People = dict[str, Person]

TURN = """(state) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
TO_END = "document.querySelector('.timeline').scrollTop = 0"
ALL_READ = """() => document.querySelector('chat-page').chat.room.unread === 0"""
MANY = 18


def turn_away(page: Page) -> None:
    """To another tab: a browser without windows can't, so the page is told."""
    page.evaluate(TURN, "hidden")


def turn_back(page: Page) -> None:
    page.evaluate(TURN, "visible")


def bar(chat: ChatPage) -> Locator:
    return chat.page.locator(".unread-bar")


def write_many(teacher: ChatPage, words: str, count: int = MANY) -> None:
    for number in range(count):
        teacher.write(f"{words} {number}")
    last = teacher.message(f"{words} {count - 1}")
    expect(last).to_be_attached()
    expect(last.locator(".message-state")).to_have_count(0, timeout=30_000)  # the bucket gives two a second


@pytest.fixture
def teacher(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["m.rivera"])


@pytest.fixture
def student(browse: Browse, people: People) -> ChatPage:
    """Who has read everything that earlier tests left, and comes back to it."""
    chat = enter(browse, people["devon.k"])
    chat.page.wait_for_function(ALL_READ)
    chat.page.reload()
    connected(chat)
    return chat


def test_the_line_stands_where_reading_stopped_and_one_can_jump_to_it_and_back(
    teacher: ChatPage, student: ChatPage
) -> None:
    student.go("Quiz 4 review")
    write_many(teacher, "while nobody looked")
    student.go("General")
    expect(bar(student)).to_have_text(re.compile(r"^\s*18 new since \d+:\d\d [AP]M"))
    teacher.write("and one that is watched")
    expect(student.message("and one that is watched")).to_be_visible()
    expect(bar(student)).to_contain_text("18 new since")
    bar(student).get_by_role("button", name="Jump there").click()
    expect(student.page.locator(".new-line")).to_be_in_viewport()
    expect(student.message("while nobody looked 0")).to_be_focused()
    expect(bar(student)).to_have_count(0)
    student.page.wait_for_function("() => document.querySelector('chat-page').chat.view.state.unread.isSeen")
    student.page.evaluate(TO_END)
    expect(student.message("and one that is watched")).to_be_in_viewport()
    expect(bar(student)).to_have_count(0)
    expect(student.page.locator(".new-line")).to_have_count(1)


def test_what_is_watched_arriving_is_never_announced_as_new(teacher: ChatPage, student: ChatPage) -> None:
    write_many(teacher, "watched")
    expect(student.message("watched 17")).to_be_in_viewport()
    expect(student.page.locator(".new-line")).to_have_count(0)
    expect(bar(student)).to_have_count(0)


def test_what_came_while_the_page_was_away_is_counted_from_where_one_left(teacher: ChatPage, student: ChatPage) -> None:
    turn_away(student.page)
    write_many(teacher, "behind the back")
    expect(student.message("behind the back 17")).to_be_visible()
    turn_back(student.page)
    expect(bar(student)).to_contain_text("18 new since")
    expect(student.message("behind the back 0")).to_be_attached()
    bar(student).get_by_role("button", name="Jump there").click()
    expect(student.message("behind the back 0")).to_be_focused()


def test_marking_as_read_can_be_taken_back(teacher: ChatPage, student: ChatPage) -> None:
    student.go("Quiz 4 review")
    write_many(teacher, "not read yet")
    student.go("General")
    bar(student).get_by_role("button", name="Mark as read").click()
    expect(bar(student)).to_have_count(0)
    expect(student.page.locator(".new-line")).to_have_count(0)
    assert not student.page.evaluate("document.activeElement === document.body")
    student.toast.filter(has_text="Marked as read.").get_by_role("button", name="Undo").click()
    expect(bar(student)).to_contain_text("18 new since")
    expect(student.page.locator(".message:focus")).to_have_count(1)
    expect(student.page.locator(".new-line")).to_have_count(1)
    bar(student).get_by_role("button", name="Mark as read").click()
    student.page.reload()
    expect(student.message("not read yet 17")).to_be_visible()
    expect(student.page.locator(".new-line")).to_have_count(0)


def test_a_room_is_unread_from_a_message_on_until_it_is_seen_again(teacher: ChatPage, student: ChatPage) -> None:
    write_many(teacher, "to be read later", 3)
    student.act("to be read later 1", "Mark unread from here")
    expect(student.toast).to_contain_text("Marked as unread from here.")
    expect(student.message("to be read later 1")).to_be_visible()
    general = student.page.locator(".room-link", has_text="General")
    expect(general).to_have_attribute("data-unread", "")
    student.page.wait_for_timeout(1500)  # longer than it takes to have seen a message
    expect(general).to_have_attribute("data-unread", "")
    student.go("Homework help")
    student.go("General")
    expect(student.page.locator(".new-line + .message")).to_contain_text("to be read later 1")
    expect(general).not_to_have_attribute("data-unread", "")
