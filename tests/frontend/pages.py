"""Reading a page as a test does: its elements, without a browser."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple, Protocol


class Page(Protocol):
    """An answer with a text, of the test client or of a view."""

    @property
    def text(self) -> str: ...


class Element(NamedTuple):
    name: str
    attributes: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))


def elements(page: Page) -> list[Element]:
    reader = _Reader()
    reader.feed(page.text)
    return reader.elements


def named(page: Page, name: str) -> Iterator[dict[str, str]]:
    """The attributes of every element of this name."""
    return (element.attributes for element in elements(page) if element.name == name)
