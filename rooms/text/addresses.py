"""Email addresses out of whatever somebody pastes: a line of a mail program, a column of a table, a list.

Invariant: one recipient per entry. What holds two, or anything that could begin a header, is a fault with its sentence;
nothing is guessed. Pure, and linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.errors import FieldInvalid
from accounts.mail.door import one_address

BETWEEN = re.compile(r"[,;|\r\n]+")  # between entries; words of one entry are a blank or a tab apart
QUOTED = re.compile(r'"[^"\n]*"')
ANGLED = re.compile(r"<([^<>\n]*)>")  # Ana Lund <ana@example.org>
WORDS = re.compile(r"[ \t\xa0]+")
SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Pasted:
    """`address` is one address in lower case; or "", and then `fault` says why `typed` is none."""

    typed: str
    address: str = ""
    fault: str = ""


def addresses_in(text: str) -> list[Pasted]:
    """Every entry once, in the order of the text. Names beside an address are dropped."""
    found = {each.address or each.typed: each for each in map(_read, _entries(text))}
    return list(found.values())


def _entries(text: str) -> Iterator[str]:
    """What stands in angle brackets is one entry, whatever is in there; the rest is cut at separators."""
    text, position = QUOTED.sub(" ", text), 0
    for match in ANGLED.finditer(text):
        before = text[position : match.start()]
        name = BETWEEN.split(before)[-1]
        yield from _plain(before.removesuffix(name))
        if "@" in name or ":" in name:  # no name: an entry of its own
            yield from _plain(name)
        yield match.group(1)
        position = match.end()
    yield from _plain(text[position:])


def _plain(text: str) -> Iterator[str]:
    for part in BETWEEN.split(text):
        words = [word for word in WORDS.split(part) if word]
        addresses = [word for word in words if "@" in word]
        if addresses and not any(word.endswith(":") for word in words):
            yield from addresses
        elif words:
            yield " ".join(words)


def _read(entry: str) -> Pasted:
    typed = entry.strip(" \t\r\n\xa0.")
    try:
        return Pasted(typed, one_address(typed.removeprefix("mailto:")))
    except FieldInvalid as fault:
        return Pasted(typed[:SHOWN_CHARS], fault=fault.text)
