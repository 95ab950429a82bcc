"""Starting a course and keeping it, beside an open chat that follows; the pages accessible, at three widths."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible
from tests.browser.chat import ChatPage, enter, signed_in
from tests.live import Person

People = dict[str, Person]


def office(browse: Browse, people: People) -> Page:
    """Biology's instructor, at the course's page."""
    page = signed_in(browse, people["l.sato"])
    page.goto("/courses/")
    page.get_by_role("link", name="Biology, period 1").click()
    return page


def place(page: Page, name: str) -> None:
    page.locator(".rooms-body").get_by_role("link", name=name, exact=True).click()


def listed(chat: ChatPage, room: str) -> None:
    expect(chat.page.locator(".room-link", has_text=room)).to_be_visible()


def not_listed(chat: ChatPage, room: str) -> None:
    expect(chat.page.locator(".room-link", has_text=room)).to_have_count(0)


@pytest.mark.row("S9")
def test_an_open_chat_follows_a_room_from_its_first_day_to_its_last(browse: Browse, people: People) -> None:
    student = enter(browse, people["jada.a"], None)
    student.page.locator(".rail [data-course]", has_text="Bi").click()
    teacher = office(browse, people)
    place(teacher, "Rooms")
    teacher.get_by_role("textbox", name="Name").fill("Pond walk")
    teacher.get_by_role("button", name="Open the room").click()
    listed(student, "Pond walk")
    student.go("Pond walk")
    student.write("who brings the nets")
    expect(student.message("who brings the nets")).to_be_visible()
    teacher.get_by_role("main").get_by_role("link", name=re.compile("Pond walk")).click()
    teacher.get_by_role("textbox", name="Name").fill("Pond and forest")
    teacher.get_by_label("Instructors and assistants: announcements").check()
    teacher.get_by_role("button", name="Save").click()
    listed(student, "Pond and forest")
    expect(student.page.locator("chat-head h1")).to_contain_text("Pond and forest")
    expect(student.field).to_have_count(0)
    teacher.get_by_role("button", name="Archive the room").click()
    not_listed(student, "Pond and forest")
    expect(student.banner).to_contain_text("no longer open to you")
    accessible(student.page)
    student.page.get_by_role("link", name="Go to General").click()
    expect(student.page.locator("chat-head h1")).to_contain_text("General")
    expect(student.banner).to_have_count(0)
    student.page.locator(".rail [data-course]", has_text="Bi").click()
    student.page.locator(".rooms-body").get_by_role("link", name="Course page").click()
    student.page.get_by_role("link", name="Pond and forest").click()
    expect(student.page.get_by_text("who brings the nets")).to_be_visible()
    accessible(student.page)


@pytest.mark.row("S14")
def test_whoever_is_removed_loses_that_course_and_nothing_else(browse: Browse, people: People) -> None:
    student = enter(browse, people["jada.a"], "Homework help")
    expect(student.page.locator(".rail [data-course]", has_text="Bi")).to_be_visible()
    teacher = office(browse, people)
    place(teacher, "People")
    row = teacher.get_by_role("row", name=re.compile("Jada"))
    row.get_by_role("button", name=re.compile("Remove")).click()
    expect(teacher.get_by_role("status")).to_contain_text("Jada A. is out of the course")
    expect(student.page.locator(".rail [data-course]", has_text="Bi")).to_have_count(0)
    student.write("still here")
    expect(student.message("still here")).to_be_visible()
    teacher.get_by_role("button", name="Undo").click()
    expect(teacher.get_by_role("status")).to_contain_text("is back, with the same seat")
    expect(student.page.locator(".rail [data-course]", has_text="Bi")).to_be_visible()


@pytest.mark.row("S8")
def test_a_new_course_is_in_the_rail_of_an_open_page_until_it_is_archived(browse: Browse, people: People) -> None:
    chat = enter(browse, people["l.sato"], None)
    teacher = signed_in(browse, people["l.sato"])
    teacher.goto("/courses/new/")
    accessible(teacher)
    teacher.get_by_label("Title", exact=True).fill("Aquarium club")
    teacher.get_by_role("button", name="Start the course").click()
    link = chat.page.locator(".rail [aria-label='Aquarium club']")
    link.click()
    expect(chat.page.get_by_role("heading", name="This room is new")).to_be_visible()
    teacher.locator(".rooms-body").get_by_role("link", name="Course settings").click()
    teacher.get_by_label("Title", exact=True).fill("Aquarium and pond club")
    teacher.get_by_role("button", name="Save", exact=True).click()
    expect(chat.page.locator(".rooms-title")).to_have_text("Aquarium and pond club")
    teacher.get_by_role("button", name="Archive the course").click()
    expect(teacher.get_by_text("It stays readable here.")).to_be_visible()
    expect(link).to_have_count(0)
    expect(chat.page.locator(".rail [aria-label='Aquarium and pond club']")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_pages_of_a_course(browse: Browse, people: People, width: int) -> None:
    page = signed_in(browse, people["m.rivera"], viewport={"width": width, "height": 844})
    page.goto("/courses/")
    page.get_by_role("link", name="Algebra I, period 3").click()
    course = page.url
    for address in (
        "/courses/",
        *(f"{course}{name}" for name in ("", "people/", "people/add/", "rooms/", "settings/")),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
        assert page.get_by_role("heading", level=1).count() == 1
        accessible(page)
