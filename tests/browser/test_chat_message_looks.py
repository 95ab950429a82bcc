"""Where things stand at a message: nothing over another, nothing that moves without need, large enough for a finger."""

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.browse import Browse, accessible
from tests.browser.chat import PHONE, ChatPage, enter
from tests.live import Person

People = dict[str, Person]

LETTERS_IN_LINES = """(element) => {
  const range = document.createRange();
  const lines = new Map();
  const [text] = [...element.querySelector('p').childNodes];
  for (let at = 0; at < text.length; at += 1) {
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const top = Math.round(range.getBoundingClientRect().top);
    lines.set(top, (lines.get(top) ?? 0) + 1);
  }
  return [...lines.values()];
}"""
TOPS = """(ids) => ids.map((id) => document.getElementById(id).getBoundingClientRect().top)"""
ENGLISH = "The quick brown fox jumps over the lazy dog while nine wizards mix a potion of ink and amber. "


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


def overlap(one: FloatRect, other: FloatRect) -> bool:
    beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    below = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not beside and not below


def remove_at_once(page: Page) -> None:
    """The dialog of the first removal was seen before on this device."""
    page.evaluate("localStorage.setItem(`removal-known-${document.querySelector('chat-page').chat.me.id}`, '1')")


@pytest.fixture
def student(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["devon.k"])


@pytest.mark.parametrize("width", [1440, 2200])
def test_a_line_of_text_has_about_seventy_letters_at_most(browse: Browse, people: People, width: int) -> None:
    chat = enter(browse, people["hana.y"], viewport={"width": width, "height": 900})
    chat.write((ENGLISH * 4).strip())
    lines = chat.message("nine wizards").locator(".message-text").evaluate(LETTERS_IN_LINES)
    assert len(lines) > 4
    assert 55 <= max(lines) <= 80


def test_the_buttons_of_a_message_are_apart_and_large_enough_for_a_pointer(student: ChatPage) -> None:
    student.messages.last.hover()
    boxes = [box(each) for each in student.messages.last.locator(".message-toolbar button").all()]
    assert len(boxes) >= 2
    assert all(each["width"] >= 24 and each["height"] >= 24 for each in boxes)
    assert all(after["x"] - before["x"] - before["width"] >= 1 for before, after in pairwise(boxes))


def test_by_touch_a_tap_on_a_message_shows_its_actions_as_large_as_a_finger(browse: Browse, people: People) -> None:
    chat = enter(browse, people["m.rivera"], **PHONE)
    student = enter(browse, people["liam.p"])
    student.write("tap on me")
    message = chat.message("tap on me")
    message.locator(".message-text").tap()
    buttons = message.locator(".message-toolbar button")
    expect(buttons).to_have_count(5)
    for each in buttons.all():
        expect(each).to_be_in_viewport(ratio=1)
        assert min(box(each)["width"], box(each)["height"]) >= 44
    accessible(chat.page)
    message.get_by_role("button", name="Reply").tap()
    expect(chat.page.locator(".composer-bar")).to_contain_text("Reply to Liam P.")
    expect(chat.page.locator(".message-toolbar")).to_have_count(0)


def test_edited_stands_below_the_text_and_over_nothing(student: ChatPage) -> None:
    student.write("what is quoted")
    student.write("what goes before")
    student.message("what is quoted").hover()
    student.message("what is quoted").get_by_role("button", name="Reply").click()
    student.write("a reply in a group")
    reply = student.message("a reply in a group")
    expect(reply.locator(".message-state")).to_have_count(0)
    student.field.press("ArrowUp")
    student.write("a changed reply in a group")
    changed = student.message("a changed reply in a group")
    expect(changed).to_have_attribute("data-grouped", "")
    edited = box(changed.locator(".message-edited"))
    assert not overlap(edited, box(changed.locator(".message-quote")))
    assert not overlap(edited, box(changed.locator(".message-text")))


def test_own_messages_stay_where_they_are_while_their_signs_come_and_go(student: ChatPage) -> None:
    student.write("the first of a group")
    student.write("the second of it")
    student.write("the third of it")
    rows = [student.message(words) for words in ("the first of a group", "the second of it", "the third of it")]
    for row in rows:
        expect(row.locator(".message-state")).to_have_text("sent")
    ids = [str(row.get_attribute("id")) for row in rows]
    before = student.page.evaluate(TOPS, ids)
    for row in rows:
        expect(row.locator(".message-state")).to_have_count(0)
    assert student.page.evaluate(TOPS, ids) == before


@pytest.mark.parametrize("device", [{}, PHONE], ids=["wide", "phone"])
def test_a_notice_covers_neither_the_newest_message_nor_the_composer(
    browse: Browse, people: People, device: dict[str, Any]
) -> None:
    chat = enter(browse, people["noah.b"], **device)
    remove_at_once(chat.page)
    chat.write("to be removed under a notice") if not device else chat.field.fill("to be removed under a notice")
    if device:
        chat.page.get_by_role("button", name="Send").tap()
    message = chat.message("to be removed under a notice")
    expect(message.locator(".message-state")).to_have_count(0)
    message.locator(".message-text").tap() if device else message.hover()
    message.get_by_role("button", name="Remove").click()
    expect(chat.toast).to_be_visible()
    notice = box(chat.toast)
    for covered in (chat.messages.last, chat.page.locator("chat-composer form"), chat.page.locator("chat-head")):
        assert not overlap(notice, box(covered))
    assert notice["x"] >= 0
    assert notice["x"] + notice["width"] <= chat.page.evaluate("innerWidth")
    expect(chat.toast).to_have_text(re.compile("Removed for the class"))
