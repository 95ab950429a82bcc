"""What a page does when its connection goes: nothing is lost, nothing comes twice, and it says how things are."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browse import Browse, sign_in
from tests.browser.chat import BACK_MS, ChatPage, connected, enter
from tests.browser.conftest import watched
from tests.live import Live, Person

Start = Callable[..., Live]
LOST = r"ERR_CONNECTION_(REFUSED|RESET)|ERR_INTERNET_DISCONNECTED|WebSocket connection to|Failed to load resource"


@pytest.fixture
def own_live(new_live: Start) -> Live:
    """A server of this test's own, to be killed."""
    return new_live()


@pytest.fixture
def browse(browser: Browser, own_live: Live, request: pytest.FixtureRequest) -> Iterator[Browse]:
    for browse in watched(browser, own_live.url, request):
        browse.allow(LOST)
        yield browse


@pytest.fixture
def people(own_live: Live) -> dict[str, Person]:
    return own_live.people()


def numbers(chat: ChatPage) -> list[str]:
    return chat.texts(r"^number \d+$")


@pytest.mark.timeout(180)
def test_what_is_written_while_the_server_is_down_arrives_once_and_in_order(
    own_live: Live, browse: Browse, people: dict[str, Person]
) -> None:
    teacher, student = enter(browse, people["m.rivera"]), enter(browse, people["devon.k"])
    student.write("number 0")
    expect(teacher.message("number 0")).to_be_visible()

    own_live.kill()
    for number in range(1, 5):
        student.write(f"number {number}")
    expect(student.message("number 4").locator(".message-state")).to_have_text("sends when you are back")
    lost = "No connection. Keep writing: 4 messages will be sent when you are back."
    expect(student.banner).to_have_text(lost, timeout=BACK_MS)
    student.field.fill("and a draft")

    own_live.restart()
    expect(student.banner).to_contain_text("Connected. 4 sent", timeout=BACK_MS)
    expect(teacher.message("number 4")).to_be_visible(timeout=BACK_MS)
    assert numbers(student) == numbers(teacher) == [f"number {number}" for number in range(5)]
    expect(student.field).to_have_value("and a draft")
    teacher.page.reload()
    expect(teacher.message("number 4")).to_be_visible()
    assert numbers(teacher) == [f"number {number}" for number in range(5)]


@pytest.mark.timeout(180)
def test_what_waits_survives_that_the_page_is_loaded_again(
    own_live: Live, browse: Browse, people: dict[str, Person]
) -> None:
    teacher, student = enter(browse, people["m.rivera"]), enter(browse, people["devon.k"])
    student.page.context.set_offline(True)
    student.write("number 1")
    student.write("number 2")
    expect(student.message("number 2").locator(".message-state")).to_have_text("sends when you are back")
    student.page.context.set_offline(False)
    student.page.reload()
    expect(teacher.message("number 2")).to_be_visible(timeout=BACK_MS)
    expect(student.message("number 2")).to_be_visible()
    assert numbers(student) == numbers(teacher) == ["number 1", "number 2"]


@pytest.mark.timeout(180)
def test_a_page_that_was_away_catches_up_and_counts_what_is_new(
    own_live: Live, browse: Browse, people: dict[str, Person]
) -> None:
    teacher, student = enter(browse, people["m.rivera"]), enter(browse, people["devon.k"])
    student.page.context.set_offline(True)
    expect(student.banner.locator("use")).to_have_attribute("href", "#icon-wifi-off", timeout=BACK_MS)
    lost = "No connection. Keep writing: it will be sent when you are back."
    expect(student.banner).to_have_text(lost, timeout=BACK_MS)
    for number in range(3):
        teacher.write(f"number {number}")
    expect(teacher.message("number 2").locator(".message-state")).to_have_count(0)
    student.page.context.set_offline(False)
    expect(student.message("number 2")).to_be_visible(timeout=BACK_MS)
    expect(student.banner).to_have_text("Connected. 3 new.")
    assert numbers(student) == ["number 0", "number 1", "number 2"]


def test_a_message_that_is_refused_keeps_its_text_and_its_reason(browse: Browse, people: dict[str, Person]) -> None:
    student = enter(browse, people["devon.k"])
    student.page.evaluate("document.querySelector('chat-page').chat.limits.text_chars = 100000")
    student.field.fill("x" * 8001)
    student.field.press("Enter")
    failed = student.page.locator("chat-message[data-state=failed]")
    expect(failed).to_contain_text("not sent")
    expect(failed).to_contain_text("8000 characters")
    student.page.reload()
    expect(failed).to_be_visible()
    failed.get_by_role("button", name="Delete").click()
    expect(failed).to_have_count(0)
    student.page.reload()
    connected(student)
    expect(failed).to_have_count(0)


def test_too_fast_counts_down_and_loses_nothing(browse: Browse, people: dict[str, Person]) -> None:
    student = enter(browse, people["devon.k"])
    send = "(text) => document.querySelector('chat-page').chat.send(text)"
    for number in range(30):
        student.page.evaluate(send, f"number {number}")
    expect(student.page.locator(".composer-note")).to_contain_text("you can send it in")
    student.field.fill("what comes next")
    student.field.press("Enter")
    expect(student.field).to_have_value("what comes next")
    expect(student.page.locator(".composer-note")).to_have_count(0, timeout=BACK_MS)
    expect(student.message("number 29").locator(".message-state")).to_have_count(0, timeout=BACK_MS)
    assert numbers(student) == [f"number {number}" for number in range(30)]


@pytest.mark.row("S6")
def test_signing_out_in_one_tab_ends_the_other_and_says_what_was_not_sent(
    browse: Browse, people: dict[str, Person]
) -> None:
    student = enter(browse, people["devon.k"])
    student.field.fill("a thought that was not sent")
    other = student.page.context.new_page()
    other.goto("/rooms/")
    other.get_by_role("button", name="Your account, Devon K.").click()
    other.get_by_role("button", name="Sign out").click()
    student.page.wait_for_url("**/sign-in/**")
    expect(student.page.get_by_text("a thought that was not sent")).to_be_visible()
    assert student.page.evaluate("indexedDB.databases().then((list) => list.length)") == 0
    student.page.reload()
    expect(student.page.get_by_text("a thought that was not sent")).to_have_count(0)


@pytest.mark.row("S18", "S20")
def test_when_consent_is_taken_back_the_page_goes_to_the_gate_with_what_was_not_sent(
    browse: Browse, people: dict[str, Person]
) -> None:
    student = enter(browse, people["caleb.w"])
    student.field.fill("in the middle of a sen")
    ruth = browse()
    sign_in(ruth, people["r.lindqvist"])
    ruth.goto("/school/1/consents/")
    ruth.get_by_role("link", name="Caleb Whitfield").first.click()
    form = ruth.locator("section", has=ruth.get_by_role("heading", name="Taken back"))
    form.get_by_label("What happened").select_option(index=1)
    form.get_by_label("Who told the school").fill("Dana Whitfield")
    form.get_by_label("How it was said").select_option(index=1)
    form.get_by_role("button", name="Take consent back").click()
    student.page.wait_for_url("**/gate/")
    expect(student.page.get_by_text("in the middle of a sen")).to_be_visible()
