"""The chat page as a test drives it: whom it shows, what stands in it, how one writes."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.browse import Browse, sign_in
from tests.live import Person

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BACK_MS = 25_000  # a socket comes back within its longest pause and the time of a server to start


_cookies: dict[tuple[str, str], Any] = {}  # (server, person) → a session of theirs


@dataclass(frozen=True)
class ChatPage:
    page: Page

    @property
    def field(self) -> Locator:
        return self.page.locator("chat-composer textarea")

    @property
    def messages(self) -> Locator:
        return self.page.locator("chat-message")

    @property
    def toast(self) -> Locator:
        return self.page.locator(".toast")

    @property
    def banner(self) -> Locator:
        return self.page.locator("chat-banner .banner")

    def message(self, text: str | re.Pattern[str]) -> Locator:
        """The last message with these words."""
        return self.messages.filter(has_text=text).last

    def texts(self, pattern: str) -> list[str]:
        """All messages that match, in the order they stand."""
        found = self.page.locator("chat-message .message-text").all_inner_texts()
        return [text for text in found if re.search(pattern, text)]

    def write(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def go(self, title: str) -> None:
        """To a room of the list."""
        self.page.locator(".room-link", has=self.page.locator(".room-name", has_text=title)).first.click()
        expect(self.page.locator("chat-head h1")).to_contain_text(title)

    def act(self, text: str, action: str) -> None:
        """An action of the toolbar of a message."""
        self.message(text).hover()
        self.message(text).get_by_role("button", name=action).click()


def enter(browse: Browse, person: Person, room: str | None = "General", **options: Any) -> ChatPage:
    """Signed in, at a room, connected. With `room=None` wherever the list leads."""
    chat = ChatPage(signed_in(browse, person, **options))
    chat.page.goto("/rooms/")
    connected(chat)
    if room is not None:
        chat.go(room)
    return chat


def signed_in(browse: Browse, person: Person, **options: Any) -> Page:
    """Through the form once per server; later pages have the cookies of the first, as a second tab would."""
    known = (browse.base_url, person.username)
    if known in _cookies:
        return browse(storage_state={"cookies": _cookies[known], "origins": []}, **options)
    page = browse(**options)
    sign_in(page, person)
    _cookies[known] = page.context.cookies()
    return page


def connected(chat: ChatPage, timeout: int = BACK_MS) -> None:
    """The socket is ready: what is written now goes out at once."""
    expect(chat.page.locator("chat-page[data-connection=ready]")).to_be_attached(timeout=timeout)
