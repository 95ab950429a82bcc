"""A teacher removes a message and pauses its author: what the child, the classmates, the family and staff see of it."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.browse import Browse, accessible
from tests.browser.chat import ChatPage, connected, enter
from tests.live import Person

People = dict[str, Person]
CLOCK = r"\d{1,2}:\d\d\s[AP]M"


@pytest.fixture
def teacher(browse: Browse, people: People) -> ChatPage:
    """Ms. Brooks, whose course has nobody else's tests in it."""
    return at_drafts(browse, people["i.brooks"])


@pytest.fixture
def student(browse: Browse, people: People) -> ChatPage:
    return at_drafts(browse, people["oskar.l"])


def at_drafts(browse: Browse, person: Person) -> ChatPage:
    return at(browse, person, "Writing lab", "Drafts")


def at(browse: Browse, person: Person, course: str, room: str) -> ChatPage:
    chat = enter(browse, person, room=None)
    chat.page.locator(".rail").get_by_role("link", name=course).click()
    expect(chat.page.locator(".rooms-title")).to_contain_text(course)
    chat.go(room)
    return chat


def give_reason(chat: ChatPage, button: str, more: str = "") -> None:
    dialog = chat.page.get_by_role("dialog")
    dialog.get_by_label("Be kind.").check()
    dialog.get_by_label("In your words (optional)").fill(more)
    dialog.get_by_role("button", name=button, exact=True).click()


def paused(chat: ChatPage) -> Locator:
    return chat.page.locator("aside [data-part=paused]")


def instead(chat: ChatPage) -> Locator:
    return chat.page.locator("chat-composer .composer-instead")


def test_a_paused_student_reads_why_and_for_how_long_on_every_page_and_writes_when_it_is_ended(
    teacher: ChatPage, student: ChatPage, browse: Browse, people: People
) -> None:
    phone = at_drafts(browse, people["oskar.l"])
    student.write("shouting in capitals")
    phone.field.fill("half a thought")
    teacher.act("shouting in capitals", "Pause writing for 10 minutes")
    dialog = teacher.page.get_by_role("dialog")
    expect(dialog).to_contain_text("One-to-one chats stay open.")
    expect(dialog).to_contain_text("Oskar L. and the linked parents read it; classmates don't.")
    give_reason(teacher, "Pause", "No capitals.")
    expect(teacher.toast).to_contain_text("Oskar L. can write again at")
    until = re.search(CLOCK, teacher.toast.inner_text())
    assert until is not None
    for page in (student, phone):
        expect(instead(page)).to_contain_text(
            f"Ms. Brooks paused you until {until[0]}: Be kind. No capitals. You can read."
        )
        expect(instead(page).get_by_role("timer")).to_have_text(re.compile(r"You can write again in \d:\d\d\."))
        expect(page.field).to_have_count(0)
    student.go("Peer notes")
    expect(instead(student)).to_contain_text("Be kind. No capitals.")
    student.go("Ms. Brooks")
    expect(student.field).to_be_visible()
    student.go("Drafts")
    expect(paused(teacher)).to_contain_text("Oskar L.")
    expect(paused(teacher)).to_contain_text(f"until {until[0]}, by Ms. Brooks: Be kind. No capitals.")
    paused(teacher).get_by_role("button", name="Let write again: Oskar L.").click()
    expect(teacher.toast).to_have_text("Oskar L. can write again.")
    for page in (student, phone):
        expect(page.field).to_be_visible()
    expect(phone.field).to_have_value("half a thought")
    expect(paused(teacher).get_by_text("Oskar L.")).to_have_count(0)
    expect(teacher.page.locator("aside chat-panel")).to_be_focused()
    student.write("thank you")
    expect(teacher.message("thank you")).to_be_visible()


def test_when_the_pause_is_over_one_writes_without_a_reload(teacher: ChatPage, browse: Browse, people: People) -> None:
    """The student's clock goes ten minutes on; what is stored then is the server's to say, and it still counts."""
    student = at_drafts(browse, people["thuy.t"])
    student.page.clock.install()
    student.page.reload()
    connected(student)
    student.write("one too many")
    teacher.act("one too many", "Pause writing for 10 minutes")
    give_reason(teacher, "Pause")
    expect(instead(student)).to_contain_text("paused you")
    accessible(teacher.page)
    student.page.clock.fast_forward("10:01")
    expect(student.field).to_be_visible()
    paused(teacher).get_by_role("button", name="Let write again: Thuy T.").click()
    expect(paused(teacher).get_by_text("Thuy T.")).to_have_count(0)


@pytest.mark.row("S17")
def test_who_reads_why_a_message_was_removed(browse: Browse, people: People) -> None:
    teacher, author = at_drafts(browse, people["i.brooks"]), at_drafts(browse, people["devon.k"])
    classmate = at_drafts(browse, people["oskar.l"])
    family = enter(browse, people["paula.kim"], "Drafts, Writing lab")
    author.write("this was not nice")
    for page in (teacher, classmate, family):
        expect(page.message("this was not nice")).to_be_visible()
    teacher.act("this was not nice", "Remove")
    expect(teacher.page.get_by_role("dialog")).to_contain_text("Devon K. and the linked parents read it")
    give_reason(teacher, "Remove", "Write to Mina.")
    for after in ("at once", "after a reload"):
        expect(author.message("Ms. Brooks removed your message: Be kind. Write to Mina.")).to_contain_text(
            "this was not nice"
        )
        expect(family.message("Ms. Brooks removed this message of Devon")).to_contain_text(
            "The reason: “Be kind. Write to Mina.” The class no longer sees it."
        )
        expect(family.message("Ms. Brooks removed this message of Devon")).to_contain_text("this was not nice")
        expect(classmate.message("Ms. Brooks removed a message.")).to_be_visible()
        assert "Write to Mina" not in classmate.page.content()
        if after == "at once":
            for page in (author, family, classmate):
                page.page.reload()
                connected(page)
    # What staff do next begins at the same row.
    teacher.act("Ms. Brooks removed a message.", "See what it said")
    question = teacher.page.get_by_role("dialog")
    expect(question).to_contain_text("It goes on record that you looked, and when.")
    question.get_by_role("button", name="See what it said").click()
    expect(teacher.page.get_by_role("dialog", name="The removed message")).to_contain_text("this was not nice")
    teacher.page.keyboard.press("Escape")
    teacher.act("Ms. Brooks removed a message.", "Pause writing for 10 minutes")
    expect(teacher.page.get_by_role("dialog")).to_contain_text("Pause Devon K. for 10 minutes?")
    teacher.page.keyboard.press("Escape")


@pytest.mark.row("S22")
def test_a_parent_reads_what_a_teacher_took_back_in_the_child_s_own_chat(browse: Browse, people: People) -> None:
    teacher = at(browse, people["l.sato"], "Biology", "Devon K.")
    child = at(browse, people["devon.k"], "Biology", "General")
    family = enter(browse, people["paula.kim"], "Devon K. and Mr. Sato, Biology")
    teacher.write("do not tell anybody")
    expect(family.message("do not tell anybody")).to_be_visible()
    teacher.act("do not tell anybody", "Remove")
    teacher.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    for _ in range(2):
        expect(family.message("Mr. Sato removed this")).to_contain_text(
            "Devon no longer sees it. You do, because a linked parent sees everything: “do not tell anybody”"
        )
        family.page.reload()
        connected(family)
    child.go("Mr. Sato")
    expect(child.message("Mr. Sato removed this message.")).to_be_visible()
    assert "do not tell anybody" not in child.page.content()
