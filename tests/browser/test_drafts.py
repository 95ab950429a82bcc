"""What is written and not sent: here after a reload, on one's other device, in the list, on nobody else's screen."""

import pytest
from playwright.sync_api import expect

from tests.browser.browse import Browse, accessible
from tests.browser.chat import PHONE, ChatPage, connected, enter
from tests.live import Live, Person

People = dict[str, Person]
SYNC_MS = 15_000  # told to the server within five seconds


@pytest.fixture
def laptop(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["devon.k"])


@pytest.fixture
def phone(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["devon.k"], **PHONE)


@pytest.mark.timeout(120)
def test_a_draft_goes_on_on_the_other_device_and_goes_when_it_is_sent_there(
    laptop: ChatPage, phone: ChatPage, browse: Browse, people: People
) -> None:
    teacher = enter(browse, people["m.rivera"])
    laptop.field.press_sequentially("begun on the laptop for @Jada A. ")
    expect(phone.field).to_have_value("begun on the laptop for @Jada A.", timeout=SYNC_MS)
    phone.field.fill("begun on the laptop, sent from the phone")
    expect(laptop.field).to_have_value("begun on the laptop, sent from the phone", timeout=SYNC_MS)
    assert "begun on the laptop" not in teacher.page.content()
    phone.page.get_by_role("button", name="Send").click()
    expect(teacher.message("sent from the phone")).to_be_visible()
    expect(laptop.field).to_have_value("", timeout=SYNC_MS)
    laptop.page.reload()
    connected(laptop)
    expect(laptop.field).to_have_value("")


def test_the_last_word_before_a_reload_is_there(laptop: ChatPage) -> None:
    laptop.field.fill("a sentence that")
    laptop.page.wait_for_function("() => indexedDB.databases().then((all) => all.length > 0)")
    laptop.field.fill("a sentence that ended at this very moment")
    laptop.page.reload()
    expect(laptop.field).to_have_value("a sentence that ended at this very moment")
    laptop.field.fill("")
    laptop.page.reload()
    connected(laptop)
    expect(laptop.field).to_have_value("")


def test_drafts_are_marked_listed_and_discarded(laptop: ChatPage, browse: Browse, people: People) -> None:
    laptop.field.fill("kept in General")
    laptop.go("Homework help")
    general = laptop.page.locator(".room-link", has_text="General")
    expect(general).to_contain_text("with a draft")
    laptop.page.locator(".room-link", has_text="Drafts").click()
    expect(laptop.page.get_by_role("heading", name="Drafts")).to_be_visible()
    card = laptop.page.locator(".card", has_text="kept in General")
    expect(card).to_contain_text("Algebra I")
    accessible(laptop.page)
    card.get_by_role("link").click()
    expect(laptop.field).to_have_value("kept in General")
    laptop.page.goto("/drafts/")
    laptop.page.locator(".card", has_text="kept in General").get_by_role("button").click()
    expect(laptop.page.get_by_text("kept in General")).to_have_count(0)
    laptop.page.goto("/rooms/")
    connected(laptop)
    laptop.go("General")
    expect(laptop.field).to_have_value("")


def test_the_list_of_a_phone_marks_the_draft_of_the_room_one_comes_from(phone: ChatPage) -> None:
    phone.field.fill("left for a moment")
    phone.page.locator("chat-head a").first.click()
    general = phone.page.locator(".room-link", has_text="General")
    expect(general).to_be_visible()
    expect(general).to_contain_text("with a draft")
    general.click()
    phone.field.fill("")
    phone.page.locator("chat-head a").first.click()
    expect(general).not_to_contain_text("with a draft")


def test_signing_out_leaves_no_draft_behind(browse: Browse, people: People, live: Live) -> None:
    chat = enter(browse, people["rafael.c"])
    chat.field.fill("gone at sign-out")
    chat.go("Homework help")
    chat.page.locator("[popovertarget=account]").first.click()
    chat.page.get_by_role("button", name="Sign out").click()
    expect(chat.page.locator("input[name=login]")).to_be_visible()
    assert live.rows("SELECT text FROM rooms_draft WHERE text = 'gone at sign-out'") == []
    assert chat.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('classtrak-member'))") == []
    assert chat.page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))") == []
