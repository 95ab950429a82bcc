"""The list of rooms: the last words of each, as this reader may read them, kept while the page is open."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.browse import Browse
from tests.browser.chat import PHONE, ChatPage, connected, enter
from tests.chatserver.conftest import School
from tests.live import Live, Person

People = dict[str, Person]


def line(chat: ChatPage, room: str) -> Locator:
    return chat.page.locator(".room-link", has_text=room).first.locator(".room-sub")


def listed(browse: Browse, person: Person) -> ChatPage:
    """At the list, on a phone, no room opened yet."""
    chat = enter(browse, person, room=None, **PHONE)
    expect(chat.page.locator("chat-page[data-view=list]")).to_be_visible()
    return chat


def test_a_phone_shows_the_last_words_of_rooms_that_were_never_opened(browse: Browse, people: People) -> None:
    teacher = enter(browse, people["m.rivera"], "Homework help")
    teacher.write("number 14 in **two** ways")
    phone = listed(browse, people["liam.p"])
    expect(line(phone, "Homework help")).to_have_text("Ms. Rivera: number 14 in two ways")
    teacher.write("and one more for @Liam P. ")
    expect(line(phone, "Homework help")).to_have_text("Ms. Rivera: and one more for @Liam P.")
    teacher.act("and one more", "Remove")
    if (dialog := teacher.page.get_by_role("dialog")).count():
        dialog.get_by_role("button", name=re.compile("Remove")).click()
    expect(line(phone, "Homework help")).to_have_text("Ms. Rivera: number 14 in two ways")


@pytest.mark.row("S22")
def test_a_parent_s_list_names_no_other_child(browse: Browse, people: People) -> None:
    jada = enter(browse, people["jada.a"], "Homework help")
    jada.write("half of six is three")
    paula = listed(browse, people["paula.kim"])
    expect(line(paula, "Homework help")).to_have_text(re.compile(r"^Student \d+: half of six is three$"))
    jada.write("and three squared is nine")
    expect(line(paula, "Homework help")).to_have_text(re.compile(r"^Student \d+: and three squared is nine$"))
    assert "Jada" not in paula.page.content()


@pytest.mark.row("S22")
def test_another_child_in_the_room_makes_the_open_page_read_it_anew(browse: Browse, people: People, live: Live) -> None:
    jada, paula = enter(browse, people["jada.a"]), enter(browse, people["paula.kim"])
    jada.write("a line by which she is known")
    expect(paula.message("a line by which she is known")).to_contain_text(re.compile(r"Student \d+"))
    school = School(live)
    code = (
        "from accounts.actor import Actor; from accounts.models import Member\n"
        "from consent.actions.guardians import end_link, link_guardian\n"
        "from consent.models import GuardianLink\n"
        "actor = Actor.command('test')\n"
        "paula, jada = (Member.objects.get(sign_in_name=name) for name in ('paula.kim', 'jada.a'))\n"
    )
    school.elsewhere(f"{code}link_guardian(actor, paula, jada, slot=3)")
    try:
        expect(paula.message("a line by which she is known")).to_contain_text("Jada A.")
    finally:
        link = "GuardianLink.objects.get(guardian=paula, child=jada, state='active')"
        school.elsewhere(f"{code}end_link(actor, {link})")
    expect(paula.message("a line by which she is known")).to_contain_text(re.compile(r"Student \d+"))
    connected(paula)
