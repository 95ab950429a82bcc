"""What people see when the server closes the socket for a reason of its own: the page says it, loads again at most
once, and keeps what was written. A real browser, whose socket is made to misbehave.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.browse import Browse
from tests.browser.chat import BACK_MS, ChatPage, connected, signed_in
from tests.live import Person

# Keeps the sockets of the page within reach, and lets it speak `speaks` instead of our protocol while there is such.
MEDDLED = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, sessionStorage.getItem("speaks") ?? protocols);
      window.sockets.push(this);
    }
  };
"""
OLD = "chatserver.v0"
TOO_OLD = "This page is older than the server. It loads again; what you wrote is kept."
BROKEN = "This page and the server no longer understand each other. What you wrote is kept."


def meddled(browse: Browse, person: Person) -> ChatPage:
    chat = ChatPage(signed_in(browse, person))
    chat.page.add_init_script(MEDDLED)
    chat.page.goto("/rooms/")
    connected(chat)
    return chat


def send(chat: ChatPage, text: str, times: int) -> None:
    """Frames that no page of ours sends."""
    chat.page.evaluate(
        "([text, times]) => { for (let i = 0; i < times; i++) window.sockets.at(-1).send(text); }", [text, times]
    )


def loads_again(chat: ChatPage) -> None:
    """The page that is here now goes, and another one comes and is connected."""
    chat.page.wait_for_function("() => !window.isTheFirst")
    connected(chat)


def mark_as_first(chat: ChatPage) -> None:
    chat.page.evaluate("window.isTheFirst = true")


def test_a_page_that_is_too_old_loads_again_by_itself_with_what_was_written(
    browse: Browse, people: dict[str, Person]
) -> None:
    chat = meddled(browse, people["m.rivera"])
    chat.field.fill("half a sentence")
    mark_as_first(chat)
    # The connection is lost, and the server has become newer meanwhile; the page that comes then is a new one.
    chat.page.evaluate(
        """(old) => {
          sessionStorage.setItem("speaks", old);
          addEventListener("pagehide", () => sessionStorage.removeItem("speaks"));
          window.sockets.at(-1).close();
        }""",
        OLD,
    )
    loads_again(chat)
    expect(chat.field).to_have_value("half a sentence")
    expect(chat.banner).to_have_count(0)


def test_a_page_that_stays_too_old_says_so_and_does_not_loop(browse: Browse, people: dict[str, Person]) -> None:
    chat = meddled(browse, people["m.chen"])
    chat.field.fill("half a sentence")
    mark_as_first(chat)
    chat.page.evaluate("(old) => { sessionStorage.setItem('speaks', old); window.sockets.at(-1).close(); }", OLD)
    expect(chat.banner).to_have_text(TOO_OLD, timeout=BACK_MS)
    assert chat.page.evaluate("!window.isTheFirst"), "it was loaded again once"
    assert chat.page.evaluate("window.sockets.length") == 1
    expect(chat.field).to_have_value("half a sentence")


def test_a_broken_protocol_loads_the_page_again_once_and_then_says_so(
    browse: Browse, people: dict[str, Person]
) -> None:
    browse.allow("refused: invalid")  # what the page writes into the console about the nonsense it is told it sent
    chat = meddled(browse, people["tobias.r"])
    chat.field.fill("half a sentence")
    mark_as_first(chat)
    send(chat, "nonsense", 3)
    loads_again(chat)
    expect(chat.field).to_have_value("half a sentence")
    send(chat, "nonsense", 3)
    expect(chat.banner).to_have_text(BROKEN)
    expect(chat.field).to_have_value("half a sentence")


@pytest.mark.timeout(120)
def test_a_page_that_sends_too_much_pauses_and_comes_back_with_what_waits(
    browse: Browse, people: dict[str, Person]
) -> None:
    chat = meddled(browse, people["tobias.r"])
    send(chat, '{"t":"presence","state":"here"}', 1_000)
    chat.page.wait_for_function("() => window.sockets.at(-1).readyState === WebSocket.CLOSED")
    chat.field.fill("sent in the pause")
    chat.field.press("Enter")
    expect(chat.banner).to_have_text("This page sent too much at once. It comes back by itself.")
    expect(chat.banner).to_contain_text("Connected. 1 sent", timeout=BACK_MS)
    assert chat.texts("sent in the pause") == ["sent in the pause"]
