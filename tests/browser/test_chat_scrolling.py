"""Nothing jumps: what somebody reads stays where it is, whatever comes and goes around it (rules U14 to U16)."""

from collections.abc import Callable
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse
from tests.browser.chat import ChatPage, connected, enter
from tests.live import Person

People = dict[str, Person]

FIRST_IN_VIEW = """() => {
  const scroller = document.querySelector('.timeline');
  const { top } = scroller.getBoundingClientRect();
  const row = [...scroller.querySelectorAll('.message')].find((each) => each.getBoundingClientRect().bottom > top + 1);
  return { id: row.id, top: row.getBoundingClientRect().top };
}"""
TOP_OF = "(id) => document.getElementById(id)?.getBoundingClientRect().top"
ROWS = "() => document.querySelectorAll('.timeline .message').length"
FROM_END = "() => -document.querySelector('.timeline').scrollTop"
WINDOW = """() => {
  const { messages, moreBefore, moreAfter } = document.querySelector('chat-page').chat.view.state;
  return { numbers: messages.map((each) => each.number), moreBefore, moreAfter };
}"""
END_WHILE_OLDER_COMES = """async () => {
  const { chat } = document.querySelector('chat-page');
  const scroller = document.querySelector('.timeline');
  const older = chat.older();
  scroller.scrollTop = 0;
  const row = [...scroller.querySelectorAll('.message')].at(-1);
  const { top } = row.getBoundingClientRect();
  await older;
  await document.querySelector('chat-timeline').updateComplete;
  return { id: row.id, top };
}"""
SLOW_MS, FAST_MS = 300, 10  # between two acts of a reader
PATIENCE_SECONDS = 30


def scroll(page: Page, pixels: int) -> None:
    page.evaluate("(by) => document.querySelector('.timeline').scrollBy({ top: by, behavior: 'instant' })", pixels)


def to_the_edge(page: Page, act: Callable[[], None], more: str, pause_ms: int) -> None:
    """A reader who goes on until there is nothing further. At no time has the window a hole."""
    until = monotonic() + PATIENCE_SECONDS
    while monotonic() < until:
        window = page.evaluate(WINDOW)
        numbers = window["numbers"]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        act()
        if not window[more]:
            return
        page.wait_for_timeout(pause_ms)  # the rhythm of the reader, not a wait for something
    pytest.fail(f"stuck at {numbers[0]} to {numbers[-1]}")


def home(page: Page, pause_ms: int) -> None:
    """By the key, to the first message of all."""
    page.locator(".message[tabindex='0']").focus()
    to_the_edge(page, lambda: page.keyboard.press("Home"), "moreBefore", pause_ms)


@pytest.fixture
def teacher(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["m.rivera"])


@pytest.fixture
def student(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["devon.k"])


def test_over_ten_pages_of_history_what_is_read_drifts_by_no_more_than_a_pixel(student: ChatPage) -> None:
    page, drift = student.page, 0.0
    for _ in range(10):
        page.evaluate("document.querySelector('.timeline').scrollTop = -1e6")
        place = page.evaluate(FIRST_IN_VIEW)
        page.evaluate("document.querySelector('chat-page').chat.older()")
        page.evaluate("document.querySelector('chat-timeline').updateComplete")
        drift += page.evaluate(TOP_OF, place["id"]) - place["top"]
        assert abs(drift) <= 1, f"{place['id']} drifted"
        assert page.evaluate(ROWS) <= 200


def test_end_pressed_while_an_older_page_comes_into_a_full_window_stays_at_the_end(student: ChatPage) -> None:
    page = student.page
    for _ in range(3):
        page.evaluate("document.querySelector('chat-page').chat.older()")
    assert page.evaluate(ROWS) == 200
    place = page.evaluate(END_WHILE_OLDER_COMES)
    assert page.evaluate(FROM_END) < 2
    assert abs(page.evaluate(TOP_OF, place["id"]) - place["top"]) <= 1
    assert not page.evaluate(WINDOW)["moreAfter"]


def test_a_window_that_left_the_end_pages_back_to_it_without_a_hole(student: ChatPage) -> None:
    page = student.page
    for _ in range(5):
        page.evaluate("document.querySelector('.timeline').scrollTop = -1e6")
        page.evaluate("document.querySelector('chat-page').chat.older()")
    assert page.evaluate("document.querySelector('chat-page').chat.view.state.moreAfter")
    page.get_by_role("button", name="To the latest").click()
    expect(page.get_by_role("button", name="To the latest")).to_have_count(0)
    assert page.evaluate(FROM_END) < 2
    numbers = page.evaluate("document.querySelector('chat-page').chat.view.state.messages.map((each) => each.number)")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("pause_ms", [SLOW_MS, FAST_MS], ids=["slowly", "fast"])
def test_by_home_one_comes_to_the_first_message_and_by_the_scroll_bar_back_to_the_newest(
    student: ChatPage, pause_ms: int
) -> None:
    page = student.page
    newest = page.evaluate(WINDOW)["numbers"][-1]
    home(page, pause_ms)
    expect(page.locator(".message").first).to_be_in_viewport()
    to_the_edge(page, lambda: scroll(page, 1_000_000), "moreAfter", pause_ms)
    expect(page.locator(".message").last).to_be_in_viewport()
    assert page.evaluate(WINDOW)["numbers"][-1] == newest


def test_from_the_first_message_the_key_end_leads_to_the_newest_at_once(student: ChatPage) -> None:
    page = student.page
    newest = page.evaluate(WINDOW)["numbers"][-1]
    home(page, FAST_MS)
    page.keyboard.press("End")
    expect(page.locator(".message").last).to_be_focused()
    expect(page.locator(".message").last).to_be_in_viewport()
    assert page.evaluate(WINDOW)["numbers"][-1] == newest


def test_a_page_after_the_end_of_the_window_doesn_t_move_who_stands_there(student: ChatPage) -> None:
    page = student.page
    home(page, SLOW_MS)
    last = page.locator(".message").last.get_attribute("id")
    scroll(page, 1_000_000)
    page.wait_for_function("(id) => [...document.querySelectorAll('.message')].at(-1).id !== id", arg=last)
    expect(page.locator(f"#{last}")).to_be_in_viewport()


def test_new_messages_don_t_move_what_is_read_and_are_counted(teacher: ChatPage, student: ChatPage) -> None:
    page = student.page
    scroll(page, -900)
    place = page.evaluate(FIRST_IN_VIEW)
    for number in range(3):
        teacher.write(f"further down {number}")
    pill = page.get_by_role("button", name="3 new messages")
    expect(pill).to_be_visible()
    assert abs(page.evaluate(TOP_OF, place["id"]) - place["top"]) <= 1
    pill.click()
    expect(student.message("further down 2")).to_be_in_viewport()
    expect(pill).to_have_count(0)


def test_at_the_end_what_is_new_is_followed_and_an_own_message_always(teacher: ChatPage, student: ChatPage) -> None:
    scroll(student.page, -60)
    teacher.write("near the end")
    expect(student.message("near the end")).to_be_in_viewport()
    scroll(student.page, -900)
    student.write("from further up")
    expect(student.message("from further up")).to_be_in_viewport()


def test_a_room_is_found_where_it_was_left(student: ChatPage) -> None:
    scroll(student.page, -700)
    place = student.page.evaluate(FIRST_IN_VIEW)
    student.go("Homework help")
    student.go("General")
    assert abs(student.page.evaluate(TOP_OF, place["id"]) - place["top"]) <= 1


def test_an_address_of_a_message_opens_at_it(student: ChatPage) -> None:
    page = student.page
    seq = page.evaluate("document.querySelector('chat-page').chat.view.state.messages[0].seq")
    page.goto(f"{page.url}{seq}/")
    expect(page.locator(f"#m{seq}")).to_be_in_viewport()
    expect(page.locator(f"#m{seq}")).to_be_focused()


def test_an_address_of_a_message_that_isn_t_there_says_so(student: ChatPage) -> None:
    page = student.page
    page.goto(f"{page.url}99999/")
    expect(student.banner).to_contain_text("That message isn't here")
    expect(page.locator(".message").last).to_be_in_viewport()
    connected(student)
    expect(student.banner).to_contain_text("That message isn't here")
    student.go("Homework help")
    expect(student.banner).to_have_count(0)
