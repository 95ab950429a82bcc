"""The messages by keyboard alone (rule U5): one stop for Tab, arrows within, and a focus that is never lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible
from tests.browser.chat import ChatPage, enter
from tests.live import Person

People = dict[str, Person]

FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
STOPS_IN_MESSAGES = """() => [...document.querySelectorAll('.timeline, .timeline *')]
  .filter((each) => each.tabIndex >= 0 && each.checkVisibility()).length"""
ACTIONS_ON_A_STUDENT = ["Reply", "Mark unread from here", "Copy text", "Remove", "Pause writing for 10 minutes"]
IS_AT_BODY = "document.activeElement === document.body"


def into_messages(chat: ChatPage) -> None:
    """As somebody comes from writing: to the newest message."""
    chat.field.press("Shift+Tab")


def walk(page: Page, key: str) -> list[str]:
    """Everything that the key leads to within a message, from the first until it comes again."""
    names = [page.evaluate(FOCUSED)]
    while True:
        page.keyboard.press(key)
        name = page.evaluate(FOCUSED)
        if name == names[0]:
            return names
        names.append(name)


@pytest.fixture
def teacher(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["m.rivera"])


@pytest.fixture
def student(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["devon.k"])


def test_all_messages_together_are_one_stop_between_the_head_and_the_composer(student: ChatPage) -> None:
    student.write("https://example.org/ and `code`\n\n```python\nprint(1)\n```")
    expect(student.message("and code")).to_be_visible()
    assert student.page.evaluate(STOPS_IN_MESSAGES) == 1
    into_messages(student)
    expect(student.messages.last).to_be_focused()
    assert student.page.evaluate(STOPS_IN_MESSAGES) == 1
    student.page.keyboard.press("Tab")
    expect(student.field).to_be_focused()
    into_messages(student)
    student.page.keyboard.press("Shift+Tab")
    assert student.page.evaluate("document.activeElement.closest('.timeline') === null")


def test_tab_leads_to_the_last_message_in_view_and_moves_nothing(student: ChatPage) -> None:
    page = student.page
    page.evaluate("document.querySelector('.timeline').scrollTop = -1500")
    expect(page.locator(".message:last-child[tabindex='-1']")).to_be_attached()
    into_messages(student)
    page.keyboard.press("Shift+Tab")  # over the way to the latest
    focused = page.locator(".message:focus")
    expect(focused).to_be_in_viewport()
    expect(student.messages.last).not_to_be_in_viewport()
    page.keyboard.press("ArrowUp")
    expect(focused).to_be_in_viewport()


def test_enter_goes_into_a_message_arrows_walk_all_that_is_in_it_and_escape_comes_back(
    teacher: ChatPage, student: ChatPage
) -> None:
    student.write("see https://example.org/page please")
    expect(teacher.message("see https://example.org/page")).to_be_visible()
    into_messages(teacher)
    message = teacher.message("see https://example.org/page")
    expect(message).to_be_focused()
    teacher.page.keyboard.press("Enter")
    names = walk(teacher.page, "ArrowRight")
    time = message.locator(".message-time").inner_text()
    assert names == [*ACTIONS_ON_A_STUDENT, time, "https://example.org/page"]
    assert walk(teacher.page, "ArrowLeft") == [names[0], *reversed(names[1:])]
    teacher.page.keyboard.press("Escape")
    expect(message).to_be_focused()
    teacher.page.keyboard.press("Escape")
    expect(teacher.field).to_be_focused()


def test_the_question_mark_lists_the_keys_and_closing_it_leads_back(student: ChatPage) -> None:
    into_messages(student)
    student.page.keyboard.press("?")
    dialog = student.page.get_by_role("dialog", name="Keys for messages")
    expect(dialog).to_contain_text("Reply")
    accessible(student.page)
    student.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(student.messages.last).to_be_focused()


def test_letters_act_on_a_message_and_are_letters_in_the_composer(student: ChatPage) -> None:
    student.write("re")
    expect(student.field).to_have_value("")
    student.field.press_sequentially("re?")
    expect(student.field).to_have_value("re?")
    expect(student.page.get_by_role("dialog")).to_have_count(0)


def test_removing_by_keyboard_and_taking_it_back_keep_the_focus_at_the_message(student: ChatPage) -> None:
    student.write("to be removed by keyboard")
    expect(student.message("to be removed by keyboard").locator(".message-state")).to_have_count(0)
    into_messages(student)
    message = student.messages.last
    student.page.keyboard.press("Enter")
    student.page.keyboard.press("ArrowRight")
    while student.page.evaluate(FOCUSED) != "Remove":
        student.page.keyboard.press("ArrowRight")
    student.page.keyboard.press("Enter")
    dialog = student.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep it").click()
    expect(message).to_be_focused()
    student.page.keyboard.press("Delete")
    dialog.get_by_role("button", name="Remove").click()
    expect(message).to_contain_text("You removed this")
    expect(message).to_be_focused()
    student.toast.get_by_role("button", name="Undo").press("Enter")
    expect(message).not_to_contain_text("You removed this")
    expect(message).to_contain_text("to be removed by keyboard")
    expect(message).to_be_focused()


def test_f6_leads_to_the_offer_to_undo(student: ChatPage) -> None:
    student.page.evaluate(
        "localStorage.setItem(`removal-known-${document.querySelector('chat-page').chat.me.id}`, '1')"
    )
    student.write("to be removed and back")
    expect(student.message("to be removed and back").locator(".message-state")).to_have_count(0)
    into_messages(student)
    student.page.keyboard.press("Delete")
    undo = student.toast.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    while not student.page.evaluate("document.activeElement.matches('.toast button')"):
        student.page.keyboard.press("F6")
    student.page.keyboard.press("Enter")
    expect(student.message("to be removed and back")).to_be_focused()


def test_a_change_that_is_saved_or_given_up_ends_in_the_composer(student: ChatPage) -> None:
    student.write("to be changed twice")
    expect(student.message("to be changed twice").locator(".message-state")).to_have_count(0)
    for keys in (["Escape"], ["End", "!", "Enter"]):
        into_messages(student)
        student.page.keyboard.press("e")
        expect(student.field).to_have_value("to be changed twice")
        for key in keys:
            student.page.keyboard.press(key)
        expect(student.field).to_have_value("")
        expect(student.field).to_be_focused()
    expect(student.message("to be changed twice!")).to_contain_text("edited")


def test_who_stands_at_a_message_that_goes_stands_at_the_one_in_its_place(browse: Browse, people: People) -> None:
    browse.allow("ERR_INTERNET_DISCONNECTED")
    student = enter(browse, people["amara.d"])
    page = student.page
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    student.write("never sent")
    into_messages(student)
    expect(student.message("never sent")).to_be_focused()
    page.evaluate("""() => {
      const { outbox } = document.querySelector('chat-page').chat;
      outbox.remove(outbox.entries[0].cid);
    }""")
    expect(student.message("never sent")).to_have_count(0)
    expect(student.messages.last).to_be_focused()
    assert not page.evaluate(IS_AT_BODY)


def test_a_message_reached_by_keys_has_no_fault_that_axe_finds(student: ChatPage) -> None:
    student.write("```\n" + "a long line of code " * 20 + "\n```")
    expect(student.message("a long line of code")).to_be_visible()
    into_messages(student)
    student.page.keyboard.press("Enter")
    accessible(student.page)
