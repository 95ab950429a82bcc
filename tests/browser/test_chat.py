"""Two people in two browsers, and what a chat has to do between them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.browser.chat import PHONE, ChatPage, connected, enter
from tests.live import Person

People = dict[str, Person]
AREAS = ["rail", "rooms", "page-head", "timeline", "panel", "composer"]
AREA = f"{AREAS}.find((name) => document.activeElement.closest(`.${{name}}`))"


@pytest.fixture
def teacher(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["m.rivera"])


@pytest.fixture
def student(browse: Browse, people: People) -> ChatPage:
    return enter(browse, people["devon.k"])


def test_a_message_appears_on_the_other_side_and_stays_after_a_reload(teacher: ChatPage, student: ChatPage) -> None:
    student.write("does the formula card have two sides?")
    expect(student.message("two sides?")).to_be_visible()
    expect(teacher.message("two sides?")).to_contain_text("Devon K.")
    before = [each.texts(".")[-20:] for each in (student, teacher)]
    for each in (student, teacher):
        each.page.reload()
        expect(each.message("two sides?")).to_be_visible()
    assert [each.texts(".")[-20:] for each in (student, teacher)] == before


def test_an_own_message_says_that_it_is_sent_and_then_only_when(student: ChatPage) -> None:
    student.write("a message with a tick")
    message = student.message("a message with a tick")
    expect(message.locator(".message-state")).to_have_text("sent")
    expect(message.locator(".message-state")).to_have_count(0)


def test_markup_is_shown_as_meant_and_never_as_html(teacher: ChatPage, student: ChatPage) -> None:
    teacher.field.fill("**bold**, `code` and <b>not bold</b>\n\n```python\nprint(1)\n```\nhttps://example.org/")
    teacher.field.press("Control+Enter")
    body = student.message("not bold").locator(".message-text")
    expect(body.locator("strong")).to_have_text("bold")
    expect(body.locator("b")).to_have_count(0)
    expect(body.locator(".code-block pre")).to_have_text("print(1)")
    expect(body.get_by_role("button", name="Copy")).to_be_visible()
    expect(body.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer nofollow ugc")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=window.taken=1>",
        "<script>window.taken=1</script>",
        "[click](javascript:window.taken=1)",
        "<svg/onload=window.taken=1> **x**",
        "`<img src=x onerror=window.taken=1>` **x**",
        '**"><img src=x onerror=window.taken=1>**',
        'https://example.org/"onmouseover=window.taken=1',
    ],
)
def test_what_is_written_never_runs(teacher: ChatPage, student: ChatPage, text: str) -> None:
    student.write(f"{text} at the end")
    body = teacher.message("at the end").locator(".message-text")
    expect(body).to_contain_text("at the end")
    expect(body.locator("img, script, svg, [onmouseover], [onerror], [href^='javascript']")).to_have_count(0)
    for each in (teacher, student):
        each.page.reload()
        expect(each.message("at the end")).to_be_visible()
        assert each.page.evaluate("window.taken === undefined")


def test_a_mention_is_taken_from_the_list_and_marked_for_the_one_it_names(teacher: ChatPage, student: ChatPage) -> None:
    teacher.field.press_sequentially("@dev")
    expect(teacher.page.get_by_role("option", name="Devon K.")).to_have_attribute("aria-selected", "true")
    teacher.field.press("Enter")
    expect(teacher.field).to_have_value("@Devon K. ")
    teacher.field.press_sequentially("look at number 14")
    teacher.field.press("Enter")
    mention = student.message("look at number 14").locator(".mention")
    expect(mention).to_have_text("@Devon K.")
    expect(mention).to_have_attribute("data-kind", "you")
    expect(teacher.message("look at number 14").locator(".mention")).not_to_have_attribute("data-kind", "you")


def test_a_message_is_changed_in_the_place_of_the_composer(teacher: ChatPage, student: ChatPage) -> None:
    student.write("the answer is 15")
    expect(teacher.message("the answer is 15")).to_be_visible()
    student.field.fill("half a thought")
    student.field.fill("")
    student.field.press("ArrowUp")
    expect(student.field).to_have_value("the answer is 15")
    student.field.press("Escape")
    expect(student.field).to_have_value("")
    student.field.press("ArrowUp")
    student.field.fill("the answer is 16")
    student.field.press("Enter")
    expect(teacher.message("the answer is 16")).to_contain_text("edited")
    expect(student.field).to_have_value("")
    expect(student.field).to_be_focused()
    teacher.message("the answer is 16").get_by_role("button", name="edited").click()
    expect(teacher.page.get_by_role("dialog")).to_contain_text("the answer is 15")


@pytest.mark.row("S17")
def test_an_own_message_is_removed_with_the_truth_and_comes_back_by_undo(teacher: ChatPage, student: ChatPage) -> None:
    student.write("ugh this is too long")
    expect(teacher.message("ugh this is too long")).to_be_visible()
    student.act("ugh this is too long", "Remove")
    dialog = student.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Your parents' archive and the school's record keep it")
    dialog.get_by_role("button", name="Remove").click()
    expect(teacher.message("Devon K. removed this message.")).to_be_visible()
    expect(teacher.message("ugh this is too long")).to_have_count(0)
    student.toast.get_by_role("button", name="Undo").click()
    expect(teacher.message("ugh this is too long")).to_be_visible()

    student.act("ugh this is too long", "Remove")
    expect(student.page.get_by_role("dialog")).to_have_count(0)
    expect(student.toast).to_contain_text("Removed for the class.")


def test_staff_remove_a_students_message_with_a_reason(teacher: ChatPage, student: ChatPage) -> None:
    student.write("you are all boring")
    teacher.act("you are all boring", "Remove")
    dialog = teacher.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Remove").click()  # without a reason nothing happens
    expect(dialog).to_be_visible()
    dialog.get_by_label("Be kind.").check()
    dialog.get_by_role("button", name="Remove").click()
    expect(student.message("Ms. Rivera removed your message: Be kind.")).to_be_visible()
    expect(teacher.message("Ms. Rivera removed a message.")).to_be_visible()


def test_a_student_who_is_paused_reads_until_when_and_keeps_the_draft(
    teacher: ChatPage, browse: Browse, people: People
) -> None:
    student = enter(browse, people["liam.p"])
    student.write("spam spam spam")
    student.field.fill("more sp")
    teacher.act("spam spam spam", "Pause writing for 10 minutes")
    dialog = teacher.page.get_by_role("dialog")
    dialog.get_by_label("Stay on the topic.").check()
    dialog.get_by_role("button", name="Pause").click()
    expect(teacher.toast).to_contain_text("Liam P. can write again at")
    instead = student.page.locator(".composer-instead")
    expect(instead).to_contain_text(re.compile(r"Ms\. Rivera paused you until \d+:\d\d [AP]M: Stay on the topic\."))
    expect(student.field).to_have_count(0)


def test_a_reply_quotes_and_its_quote_leads_to_the_message(teacher: ChatPage, student: ChatPage) -> None:
    student.write("why 9 and not 36, again?")
    teacher.act("why 9 and not 36, again?", "Reply")
    expect(teacher.page.locator(".composer-bar")).to_contain_text("Reply to Devon K.")
    teacher.write("half of 6 is 3")
    quote = student.message("half of 6 is 3").locator(".message-quote")
    expect(quote).to_have_text("Devon K.: why 9 and not 36, again?")
    quote.click()
    expect(student.messages.filter(has_text="why 9 and not 36, again?").first).to_be_focused()


def test_typing_is_seen_by_staff_and_goes_with_the_message(teacher: ChatPage, student: ChatPage) -> None:
    student.field.press_sequentially("thinking about it")
    expect(teacher.page.locator("chat-typing")).to_have_text("Devon K. is typing")
    student.field.press("Enter")
    expect(teacher.message("thinking about it")).to_be_visible()
    expect(teacher.page.locator("chat-typing")).to_have_text("")


def test_the_panel_says_who_can_read_and_staff_see_who_is_here(teacher: ChatPage, student: ChatPage) -> None:
    here = teacher.page.locator("chat-panel .people")
    expect(here).to_contain_text("Devon K.")
    line = teacher.page.locator(".reader-line")
    expect(line).to_have_text(
        re.compile(r"\d+ students, Ms\. Rivera.* and \d+ parents can read this\. Moderators only")
    )
    expect(student.page.locator("chat-panel")).to_contain_text("Paula Kim")


def test_keys_send_break_lines_and_walk_the_areas(student: ChatPage) -> None:
    student.field.press_sequentially("first line")
    student.field.press("Shift+Enter")
    student.field.press_sequentially("second line")
    expect(student.field).to_have_value("first line\nsecond line")
    student.field.press("Enter")
    expect(student.message("first line")).to_contain_text("second line")
    expect(student.field).to_be_focused()
    seen = []
    for _ in range(6):
        student.page.keyboard.press("F6")
        seen.append(student.page.evaluate(AREA))
    assert sorted(seen) == sorted(AREAS)


def test_from_the_sign_in_page_to_a_sent_message_by_keys_alone(browse: Browse, people: People) -> None:
    page = browse()
    keys, chat, person = page.keyboard, ChatPage(page), people["zoe.m"]
    page.goto("/sign-in/")
    while page.evaluate("document.activeElement.name") != "login":
        keys.press("Tab")
    keys.type(person.username)
    keys.press("Tab")
    keys.type(person.password)
    keys.press("Enter")
    connected(chat)
    while not page.evaluate("document.activeElement.matches('textarea')"):
        keys.press("F6")
    keys.type("without a mouse")
    keys.press("Enter")
    expect(chat.message("without a mouse").locator(".message-state")).to_have_text("sent")


def test_arrows_walk_the_messages_and_letters_act_on_the_one_in_focus(student: ChatPage) -> None:
    student.write("to be changed by key")
    expect(student.message("to be changed by key").locator(".message-state")).to_have_count(0)
    student.field.press("Shift+Tab")
    expect(student.message("to be changed by key")).to_be_focused()
    student.page.keyboard.press("e")
    expect(student.field).to_have_value("to be changed by key")
    student.page.keyboard.press("Escape")
    student.field.press("Shift+Tab")
    student.page.keyboard.press("r")
    expect(student.page.locator(".composer-bar")).to_contain_text("Reply to Devon K.")


def test_a_draft_waits_in_its_room_also_over_a_reload(student: ChatPage) -> None:
    student.field.fill("half a sentence")
    student.go("Homework help")
    expect(student.field).to_have_value("")
    expect(student.page.locator(".room-link", has_text="General")).to_contain_text("with a draft")
    student.page.reload()
    student.go("General")
    expect(student.field).to_have_value("half a sentence")
    student.write("a whole sentence")
    expect(student.message("a whole sentence")).to_be_visible()
    student.page.reload()
    expect(student.message("a whole sentence")).to_be_visible()
    expect(student.field).to_have_value("")


def test_unread_is_counted_read_when_seen_and_told_in_the_title(teacher: ChatPage, student: ChatPage) -> None:
    student.go("Homework help")
    teacher.write("one that is not seen yet")
    general = student.page.locator(".room-link", has_text="General")
    expect(general).to_have_attribute("data-unread", "")
    student.go("General")
    expect(student.page.locator(".new-line")).to_be_visible()
    expect(general).not_to_have_attribute("data-unread", "")
    expect(student.page.locator(".new-line")).to_be_visible()  # it stays while one is here
    student.go("Homework help")
    student.go("General")
    expect(student.page.locator(".new-line")).to_have_count(0)


def test_a_chat_of_two_counts_every_message(teacher: ChatPage, student: ChatPage) -> None:
    teacher.go("Devon K.")
    teacher.write("can you come at three?")
    expect(student.page).to_have_title(re.compile(r"^\(\d+\) General · ClassTrak$"))
    student.go("Ms. Rivera")
    expect(student.message("can you come at three?")).to_be_visible()
    expect(student.page).to_have_title("Ms. Rivera · ClassTrak")


@pytest.mark.row("S22")
def test_a_parent_reads_live_can_t_write_and_sees_other_children_masked(
    teacher: ChatPage, browse: Browse, people: People
) -> None:
    jada = enter(browse, people["jada.a"])
    parent = enter(browse, people["paula.kim"], "General, Algebra I")
    jada.write("a word of somebody else's child")
    expect(parent.message("a word of somebody else's child")).to_contain_text(re.compile(r"Student \d+"))
    expect(parent.field).to_have_count(0)
    expect(parent.page.locator("chat-composer")).to_contain_text("You are reading; you can’t write here.")
    assert "Jada" not in parent.page.locator("body").inner_text()


def test_on_a_phone_list_room_and_details_are_pages_with_a_way_back(browse: Browse, people: People) -> None:
    chat = enter(browse, people["devon.k"], room=None, **PHONE)
    chat.go("Homework help")
    expect(chat.page.locator(".rooms")).to_be_hidden()
    chat.page.get_by_role("link", name="Details").click()
    expect(chat.page.get_by_role("dialog", name="Details")).to_be_visible()
    chat.page.go_back()
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    chat.page.go_back()
    expect(chat.page.locator(".rooms")).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_the_list_reads_nothing(teacher: ChatPage, browse: Browse, people: People) -> None:
    chat = enter(browse, people["hana.y"], room=None, **PHONE)
    teacher.write("for whoever opens the room")
    general = chat.page.locator(".room-link", has_text="General")
    expect(general).to_have_attribute("data-unread", "")
    expect(general).to_contain_text("Ms. Rivera: for whoever opens the room")
    chat.page.wait_for_timeout(1500)  # longer than it takes to have seen a message
    expect(general).to_have_attribute("data-unread", "")
    chat.go("General")
    expect(general).not_to_have_attribute("data-unread", "")


def test_on_a_phone_enter_breaks_the_line_and_the_button_sends(browse: Browse, people: People) -> None:
    chat = enter(browse, people["devon.k"], **PHONE)
    chat.field.fill("one")
    chat.field.press("Enter")
    chat.field.press_sequentially("two")
    expect(chat.field).to_have_value("one\ntwo")
    chat.page.get_by_role("button", name="Send").click()
    expect(chat.field).to_have_value("")


@pytest.mark.parametrize("who", ["m.rivera", "devon.k", "paula.kim"])
def test_the_page_has_no_fault_that_axe_finds(browse: Browse, people: People, who: str) -> None:
    chat = enter(browse, people[who], room=None)
    accessible(chat.page)


def test_without_a_script_the_messages_are_there_to_read(browse: Browse, people: People) -> None:
    page = browse(java_script_enabled=False)
    sign_in(page, people["devon.k"])
    expect(page.locator(".timeline .message").first).to_be_attached()
    assert "needs it: messages travel over an open connection" in page.content()
