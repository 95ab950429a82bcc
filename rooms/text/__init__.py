"""Message text → safe HTML, once, when a message is written. Pure: no Django, no database, no clock.

Invariant: `render(text).html` holds nothing but the tags, classes and attributes of `sanitizers`, whatever was typed.
Three walls hold it, each sufficient alone: markdown-it never emits a person's HTML, bleach keeps an allow-list, and
nh3, which is maintained and doesn't take `javascript:123` for a host and a port, has the last word. `is_safe_link` is
the one rule for links, asked at all three. People appear as `@[seat]` only: no name is ever stored in HTML.

Rendering costs up to a few milliseconds: never on the event loop. Raise RENDERER when the HTML of a text changes.
Source: design § 6.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from rooms.text.cleaning import clean
from rooms.text.links import is_safe_link
from rooms.text.markdown import Markdown, text_of
from rooms.text.sanitizers import Sanitizers

__all__ = [
    "RENDERER",
    "TEXT_BYTES",
    "TEXT_CHARS",
    "Rendered",
    "clean",
    "is_plain",
    "is_safe_link",
    "plain_excerpt",
    "render",
]

RENDERER = 1
TEXT_CHARS, TEXT_BYTES = 8000, 32 * 1024

_MARKUP = re.compile(
    r"""[*_`~\\\[]                              # emphasis, code, escapes, links, mentions
      | ^[ \t]*(?:>|-(?:[ \t]|$)|1[.)](?:[ \t]|$))       # quotes and lists
      | https?: | mailto: | www\.               # links that are only typed
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


_MAY_BE_MARKUP = re.compile(r"[*_`~\\\[:\n]")
_MAY_BEGIN_MARKUP = (" ", "\t", ">", "-", "1")


@dataclass(frozen=True, slots=True)
class Rendered:
    """`html` None means plain text: the browser sets the text as text. `mentions` are seats, each once, in order."""

    html: str | None
    mentions: tuple[int, ...]


def is_plain(text: str) -> bool:
    """True when `text` holds no markup character, link or mention, so that its HTML would be itself."""
    return _is_plainly_plain(text) or _MARKUP.search(text) is None


def _is_plainly_plain(text: str) -> bool:
    """Most texts are, and this takes a fifth of the time. Of what this doubts, `_MARKUP` knows more."""
    return _MAY_BE_MARKUP.search(text) is None and not text.startswith(_MAY_BEGIN_MARKUP) and "www." not in text.lower()


def render(text: str) -> Rendered:
    """The HTML of a cleaned message text of at most TEXT_CHARS; work grows in proportion to its length."""
    if is_plain(text):
        return Rendered(None, ())
    tokens = _engine.markdown.parse(text)
    if _is_only_text(tokens, text):  # "2 * 3 = 6" holds a markup character and no markup
        return Rendered(None, ())
    return Rendered(_engine.html(tokens), _mentioned(tokens))


def plain_excerpt(text: str, length: int) -> str:
    """The beginning of `text` on one line, without markup, at most `length` characters; mentions stay `@[seat]`."""
    beginning = text[: 4 * length + 200]  # quotes are read by the dozen: the work is bounded by what is shown
    words = beginning if is_plain(beginning) else text_of(_engine.markdown.parse(beginning))
    line = " ".join(words.split())
    return line if len(line) <= length and len(beginning) == len(text) else _shortened(line, length)


def _shortened(line: str, length: int) -> str:
    if len(line) < length:
        return line + "…"
    at = line.rfind(" ", 0, length)
    cut = line[:at] if at > length // 2 else re.sub(r"@\[?\d*\Z", "", line[: length - 1])
    return cut.rstrip(" ,;:–-\u200d\ufe0f") + "…"


def _is_only_text(tokens: Sequence[Token], text: str) -> bool:
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    children = tokens[1].children or []
    return all(each.type in ("text", "softbreak") for each in children) and text_of(tokens) == text


def _mentioned(tokens: Sequence[Token]) -> tuple[int, ...]:
    children = (child for token in tokens for child in token.children or ())
    return tuple(dict.fromkeys(child.meta["seat"] for child in children if child.type == "mention"))


class _Engine(threading.local):
    """Parser and sanitisers of one thread: linkify-it keeps its last match on itself, bleach its last input."""

    def __init__(self) -> None:
        self.markdown = Markdown()
        self.sanitizers = Sanitizers()

    def html(self, tokens: Sequence[Token]) -> str:
        html: str = self.markdown.renderer.render(tokens, self.markdown.options, {})
        return self.sanitizers.clean(html).strip()


_engine = _Engine()
