"""What a person chooses holds on every page of theirs, open ones too, and before the first paint."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browse import Browse, accessible, sign_in
from tests.browser.chat import PHONE, ChatPage, connected, enter, signed_in
from tests.browser.conftest import watched
from tests.demo_school import begin_with_demo
from tests.live import Live, Person

DARK, LIGHT = "rgb(18, 23, 21)", "rgb(250, 248, 243)"  # --paper
COLOURS = """
const seen = window.seen = [];
const look = () => {
  const colour = document.body && getComputedStyle(document.documentElement).backgroundColor;
  if (colour && seen.at(-1) !== colour) seen.push(colour);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
FACES = "elements => elements.map(face => `${face.textContent.trim()} ${face.className}`)"
KNOWS = """(chosen) => {
  const { settings } = document.querySelector("chat-page").chat;
  return Object.keys(chosen).every((key) => settings[key] === chosen[key]);
}"""
HEAR = """() => {
  const region = document.querySelector("[data-part=polite]");
  window.heard = [];
  new MutationObserver(() => region.textContent && heard.push(region.textContent)).observe(region, { childList: true });
}"""
REFUSAL = """() => document.querySelector("chat-page").chat.push({ t: "nonsense" }).catch((error) => error.message)"""


@pytest.fixture(scope="module")
def own_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server of these tests: what is chosen here concerns nobody else's."""
    live = begin_with_demo(Live(tmp_path_factory.mktemp("settings"))).start()
    yield live
    live.stop()


@pytest.fixture
def browse(browser: Browser, own_live: Live, request: pytest.FixtureRequest) -> Iterator[Browse]:
    yield from watched(browser, own_live.url, request)


@pytest.fixture
def people(own_live: Live) -> dict[str, Person]:
    return own_live.people()


def choose(page: Page, *labels: str, but: str = "") -> None:
    """On the settings page, in a tab of its own; the chat behind it stays open, and knows before this returns."""
    tab = page.context.new_page()
    tab.goto("/settings/")
    for label in labels:
        tab.get_by_label(label, exact=True).check()
    if but:
        tab.get_by_label(but).uncheck()
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status")).to_be_visible()
    chosen = tab.evaluate("Object.fromEntries(new FormData(document.querySelector('form.fields')))")
    tab.close()
    known = {key: chosen[key] for key in ("theme", "sending_key", "announcements")}
    page.wait_for_function(KNOWS, arg=known | {"single_keys": "single_keys" in chosen})


def test_which_key_sends_is_chosen_and_said_and_holds_on_an_open_page(
    browse: Browse, people: dict[str, Person]
) -> None:
    chat = enter(browse, people["jada.a"])
    hint = chat.page.locator(".composer-hint")
    expect(hint).to_have_text("Enter sends, Shift+Enter makes a line")
    chat.field.fill("one line")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("and another")
    chat.field.press("Enter")
    expect(chat.message("one line")).to_contain_text("and another")

    choose(chat.page, "Ctrl+Enter sends, Enter makes a line")
    expect(hint).to_have_text("Ctrl+Enter sends, Enter makes a line")
    chat.field.press_sequentially("a first line")
    chat.field.press("Enter")
    chat.field.press_sequentially("a second line")
    expect(chat.field).to_have_value("a first line\na second line")
    chat.field.press("Control+Enter")
    expect(chat.message("a first line")).to_contain_text("a second line")
    expect(chat.field).to_have_value("")

    choose(chat.page, "Enter sends, Shift+Enter makes a line")
    expect(hint).to_have_text("Enter sends, Shift+Enter makes a line")
    chat.write("and Enter sends again")
    expect(chat.message("and Enter sends again")).to_be_visible()


def test_inside_a_block_of_code_enter_makes_a_line(browse: Browse, people: dict[str, Person]) -> None:
    chat = enter(browse, people["jada.a"])
    for line in ("```python", "for n in range(3):", "    print(n)", "```"):
        chat.field.press_sequentially(line)
        if line != "```":
            chat.field.press("Enter")
    expect(chat.field).to_have_value("```python\nfor n in range(3):\n    print(n)\n```")
    chat.field.press("Enter")
    expect(chat.message("for n in range").locator("pre")).to_be_visible()
    expect(chat.field).to_have_value("")


@pytest.mark.parametrize("label", ["Ctrl+Enter sends, Enter makes a line", "Enter sends, Shift+Enter makes a line"])
def test_on_a_touch_screen_enter_makes_a_line_whatever_was_chosen(
    browse: Browse, people: dict[str, Person], label: str
) -> None:
    chat = enter(browse, people["kenji.o"], **PHONE)
    choose(chat.page, label)
    chat.field.fill("first")
    chat.field.press("Enter")
    chat.field.press_sequentially("second")
    expect(chat.field).to_have_value("first\nsecond")


@pytest.mark.parametrize(("device", "label", "colour"), [("light", "Dark", DARK), ("dark", "Light", LIGHT)])
def test_a_chosen_theme_is_there_at_the_first_paint_of_every_page(
    browse: Browse, people: dict[str, Person], device: str, label: str, colour: str
) -> None:
    page = browse(color_scheme=device)
    sign_in(page, people["m.rivera"])
    connected(ChatPage(page))
    choose(page, label)
    expect(page.locator("html")).to_have_attribute("data-theme", label.lower())
    page.context.add_init_script(COLOURS)
    for address in ("/rooms/", "/family/", "/settings/", "/help/", "/cookies/"):
        page.goto(address)
        page.wait_for_function("() => seen.length > 0")
        assert page.evaluate("seen") == [colour], address

    page.goto("/settings/")
    page.get_by_label("As the device").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))
    assert page.evaluate("seen.at(-1)") == (LIGHT if device == "light" else DARK)


def test_after_signing_out_the_theme_is_the_device_s(browse: Browse, people: dict[str, Person]) -> None:
    page = browse(color_scheme="light")
    sign_in(page, people["tobias.r"])
    connected(ChatPage(page))
    choose(page, "Dark")
    page.goto("/settings/")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == DARK
    page.get_by_role("button", name="Your account, Tobias R.").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == LIGHT


def test_page_and_socket_speak_the_chosen_language_and_so_does_a_page_that_was_open(
    browse: Browse, people: dict[str, Person]
) -> None:
    here, there = enter(browse, people["devon.k"]), enter(browse, people["devon.k"], "Homework help")
    for each in (here, there):
        assert each.page.evaluate(REFUSAL) == (
            "The server doesn't know what this page asked for. Reload the page; your text is kept."
        )
    there.field.fill("half a question")

    here.go("Quiz 4 review")
    here.page.get_by_role("button", name="Your account, Devon K.").click()
    here.page.get_by_role("button", name="Español").click()
    expect(here.page.locator("chat-head h1")).to_contain_text("Quiz 4 review")
    for each in (here, there):
        expect(each.page.locator("html[lang=es]")).to_be_attached()
        connected(each)
        assert each.page.evaluate(REFUSAL) == (
            "El servidor no conoce lo que pidió esta página. Vuelve a cargarla; tu texto se conserva."
        )
    expect(there.page.locator("chat-head h1")).to_contain_text("Homework help")
    expect(there.field).to_have_value("half a question")

    there.page.get_by_role("button", name=re.compile("Devon K.")).first.click()
    there.page.get_by_role("button", name="English").click()
    for each in (there, here):
        expect(each.page.locator("html[lang=en]")).to_be_attached()
        connected(each)
    there.field.fill("")


def test_what_a_screen_reader_says_is_what_was_chosen(browse: Browse, people: dict[str, Person]) -> None:
    teacher, student = enter(browse, people["m.rivera"]), enter(browse, people["liam.p"])
    student.page.evaluate(HEAR)
    teacher.write("said aloud")
    student.page.wait_for_function("() => heard.includes('Ms. Rivera: said aloud')")
    choose(student.page, "Only mentions of me, and chats of two")
    teacher.write("to everybody")
    expect(student.message("to everybody")).to_be_visible()
    teacher.field.press_sequentially("@Liam P. look")
    teacher.field.press("Control+Enter")
    student.page.wait_for_function("() => heard.includes('Ms. Rivera: @Liam P. look')")
    choose(student.page, "None")
    teacher.field.press_sequentially("@Liam P. and again")
    teacher.field.press("Control+Enter")
    expect(student.message("and again")).to_be_visible()
    choose(student.page, "Every message of the open room")
    teacher.write("the end")
    student.page.wait_for_function("() => heard.includes('Ms. Rivera: the end')")
    assert student.page.evaluate("heard") == [
        "Ms. Rivera: said aloud",
        "Ms. Rivera: @Liam P. look",
        "Ms. Rivera: the end",
    ]


def test_commands_by_one_letter_can_be_turned_off(browse: Browse, people: dict[str, Person]) -> None:
    chat = enter(browse, people["hana.y"], room=None)
    replying = chat.page.locator(".composer-bar")
    chat.messages.last.focus()
    chat.page.keyboard.press("r")
    expect(replying).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(replying).to_have_count(0)
    choose(chat.page, but="Commands by one letter")
    chat.messages.last.focus()
    for key in ("r", "?", "e"):
        chat.page.keyboard.press(key)
    expect(replying).to_have_count(0)
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    chat.page.keyboard.press("ArrowUp")
    expect(chat.messages.nth(-2)).to_be_focused()


def test_without_a_script_the_menu_opens_and_the_settings_are_kept(browse: Browse, people: dict[str, Person]) -> None:
    page = browse(java_script_enabled=False, color_scheme="light")
    sign_in(page, people["paula.kim"])
    page.get_by_role("button", name="Your account, Paula Kim").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Dark", exact=True).check()
    page.get_by_label("Español", exact=True).check()
    page.get_by_label("Time zone").select_option("Europe/Madrid")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("status")).to_have_text("Guardado. Vale en todos los dispositivos.")
    expect(page.get_by_label("Zona horaria")).to_have_value("Europe/Madrid")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_are_accessible_and_fit_with_the_menu_open(
    browse: Browse, people: dict[str, Person], width: int
) -> None:
    page = browse(viewport={"width": width, "height": 844})
    sign_in(page, people["t.ibarra"])
    for address in ("/duties/", "/settings/"):
        page.goto(address)
        accessible(page)
        page.locator("[popovertarget=account]").click()
        expect(page.locator("#account")).to_be_in_viewport(ratio=1)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("who", ["m.rivera", "devon.k", "jun.kim"])
def test_a_person_has_one_face_whether_the_server_or_the_browser_draws_it(
    browse: Browse, people: dict[str, Person], who: str
) -> None:
    """The same page twice: as the server sends it, and as the elements draw it."""
    drawn = enter(browse, people[who])
    expect(drawn.messages.first).to_be_visible()
    sent = signed_in(browse, people[who], java_script_enabled=False)
    sent.goto(drawn.page.url)
    for part in (".rooms-body", ".timeline", "#account", "chat-head"):
        faces = [page.locator(f"{part} .avatar").evaluate_all(FACES) for page in (sent, drawn.page)]
        assert sorted(set(faces[0])) == sorted(set(faces[1])), part
        assert part == "chat-head" or faces[0], part
