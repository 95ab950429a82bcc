"""Joining with a code, in two browsers: the instructor's page and whoever types it (F3, F4)."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.live import Person

PHONE = {"width": 390, "height": 800}


def codes_page(teacher: Page, person: Person) -> str:
    """A new code, made on the page of the course whose room the instructor lands in."""
    sign_in(teacher, person)
    teacher.goto("/courses/")
    teacher.get_by_role("main").get_by_role("link", name="Algebra I, period 3").click()
    teacher.get_by_role("main").get_by_role("link", name="Join codes").click()
    teacher.get_by_role("button", name="Make a code").click()
    return teacher.locator(".join-code code").first.inner_text()


def open_link(page: Page, code: str) -> None:
    """As the picture on the wall opens it: the code stands in the fragment."""
    page.goto(f"/join/#{code}")
    expect(page.get_by_label("Code")).to_have_value(code)
    assert code not in page.url
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/join/offer/")


def say_birth(page: Page, years: int) -> None:
    page.get_by_role("link", name="I am new here").click()
    page.get_by_label("Month").select_option("1")
    page.get_by_label("Year").fill(str(datetime.now(UTC).year - years))
    page.get_by_role("button", name="Go on").click()


def fits(page: Page) -> None:
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wide)


@pytest.mark.row("S14")
@pytest.mark.row("S1")
def test_somebody_joins_by_the_link_and_the_instructor_sees_it_happen(
    browse: Browse, people: dict[str, Person]
) -> None:
    teacher, student = browse(), browse()
    code = codes_page(teacher, people["m.rivera"])
    accessible(teacher)
    open_link(student, code)
    accessible(student)
    say_birth(student, 17)
    student.get_by_label("Given name").fill("Noah")
    student.get_by_label("First letter of your last name").fill("B")
    student.get_by_label("Email").fill("noah.b@example.org")
    student.get_by_label("Password").fill("correct horse nine")
    for sentence in student.locator("input[name=sentences]").all():
        sentence.check()
    accessible(student)
    student.get_by_role("button", name="Join the course").click()
    student.wait_for_url(re.compile(r"/rooms/\d+/"))
    expect(teacher.locator("#joined-list")).to_contain_text("Noah B.")
    expect(teacher.locator("[data-code]").first).to_have_text("1 joined")


@pytest.mark.row("S14")
@pytest.mark.row("S18")
def test_a_child_on_a_phone_asks_the_family_which_is_mailed_and_says_no(
    browse: Browse, people: dict[str, Person]
) -> None:
    teacher, child = browse(), browse(viewport=PHONE)
    code = codes_page(teacher, people["m.rivera"])
    child.goto("/join/")
    accessible(child)
    fits(child)
    open_link(child, code)
    fits(child)
    child.get_by_role("link", name="I am new here").click()
    accessible(child)
    fits(child)
    child.go_back()
    say_birth(child, 12)
    accessible(child)
    fits(child)
    child.get_by_label("Given name").fill("Pia")
    child.get_by_label("First letter of your last name").fill("N")
    child.get_by_label("A name to sign in with").fill("blue.fox7")
    child.get_by_label(re.compile("Email of your mother")).fill("olena@example.org")
    child.get_by_role("button", name="Ask my family").click()
    expect(child.get_by_role("heading", level=1)).to_have_text("A parent has to say yes first")
    expect(teacher.locator("#joined-list")).to_contain_text("Pia N.")
    expect(teacher.locator("#joined-list")).to_contain_text("can't enter yet")
    say_no(browse, "Pia's class chat: your yes or no")
    expect(child.get_by_role("heading", level=1)).to_have_text("Your details are deleted")
    accessible(child)


def say_no(browse: Browse, subject: str) -> None:
    """As a parent does on a phone: mail, code, notice, button."""
    browse.allow("postMessage")  # of axe, which asks the sandboxed frame of the mailbox
    parent = browse(viewport=PHONE)
    parent.goto("/dev/mail/?to=olena")
    mail = parent.get_by_role("link", name=subject)
    while not mail.count():  # until the post has looked
        parent.reload()
    mail.click()
    parent.frame_locator("iframe").get_by_role("link", name="Read the notice and decide").click()
    expect(parent.get_by_label("Code from the mail")).to_have_value(re.compile(r"^\w{4}(-\w{4}){3}$"))
    accessible(parent)
    parent.get_by_role("button", name="Read the notice").click()
    expect(parent.get_by_role("heading", level=1)).to_have_text(subject)
    accessible(parent)
    fits(parent)
    parent.get_by_role("button", name="No, delete the details").click()
    expect(parent.get_by_role("heading", level=1)).to_have_text("Your no is on record")
    accessible(parent)


@pytest.mark.row("S14")
def test_the_pages_of_codes_fit_a_phone_and_the_sheet_is_printed_alone(
    browse: Browse, people: dict[str, Person]
) -> None:
    teacher = browse(viewport=PHONE)
    sign_in(teacher, people["m.rivera"])
    teacher.goto("/courses/")
    teacher.get_by_role("main").get_by_role("link", name="Algebra I, period 3").click()
    teacher.get_by_role("main").get_by_role("link", name="Join codes").last.click()
    teacher.get_by_role("button", name="Make a code").click()
    fits(teacher)
    accessible(teacher)
    teacher.get_by_role("link", name=re.compile("For the wall")).first.click()
    accessible(teacher)
    fits(teacher)
    teacher.emulate_media(media="print")
    expect(teacher.get_by_text("Print this page")).to_be_hidden()
    expect(teacher.locator(".code-poster .qr")).to_be_visible()


@pytest.mark.row("S1")
@pytest.mark.row("S5")
def test_an_instructor_picks_a_question_and_reads_what_is_answered(browse: Browse, people: dict[str, Person]) -> None:
    teacher, student = browse(), browse(viewport=PHONE)
    sign_in(teacher, people["m.chen"])
    teacher.goto("/courses/")
    teacher.get_by_role("main").get_by_role("link", name="Chemistry").click()
    teacher.wait_for_url(re.compile(r"/courses/\d+/$"))
    course = teacher.url
    teacher.goto(f"{course}settings/")
    teacher.get_by_role("checkbox", name="School").check()
    teacher.get_by_role("button", name=re.compile("Save.*ask")).click()
    expect(teacher.get_by_text("Saved. Whoever joins from now on is asked this.")).to_be_visible()
    accessible(teacher)
    sign_in(student, people["tobias.r"])
    student.goto("/account/data/")
    fits(student)
    accessible(student)
    student.get_by_role("link", name=re.compile("(Correct|Answer).*Chemistry")).click()
    student.get_by_label("School").fill("Hollow Creek Academy")
    fits(student)
    accessible(student)
    student.get_by_role("button", name="Save").click()
    student.wait_for_url("**/account/data/")
    teacher.goto(f"{course}people/")
    expect(teacher.get_by_text("School: Hollow Creek Academy")).to_be_visible()
    accessible(teacher)
