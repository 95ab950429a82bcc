"""What is stored of a text that was typed. Nothing that a reader can't see and that could deceive them is kept."""

from __future__ import annotations

import re
import unicodedata

# Controls but newline and tab: they have no look, and NUL can't be stored. Lone surrogates can't be encoded. Bidi
# embeddings, overrides and isolates let a text show something else than what it says ("cod.exe" as "exe.doc") to the
# person who decides about a report. Marks (LRM, RLM, ALM) stay: Arabic and Hebrew need them, and they turn nothing
# round. BOM, soft hyphen, interlinear annotations, and the tag characters, which carry hidden text, save in a flag.
_LINE_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_REFUSED = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED_MARKS = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")  # five and more on a letter cover the messages around
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){4,}")
_LEADING_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


def clean(text: str) -> str:
    """What is stored of a text that was typed: NFC, one kind of line break, nothing invisible that could deceive.

    Characters are removed rather than refused: they come along with pasted text, and nobody could find them to take
    them out. Blank lines at both ends go, more than three in a row become three. Returns "" when nothing visible is
    left, so that the action has one thing to test. Limits are measured on what this returns.
    """
    return text.rstrip() if _is_plain_line(text) else _cleaned(text)


def _is_plain_line(text: str) -> bool:
    """One line of printable ASCII, as nearly all are: there is nothing to take out of it but blanks at its end."""
    return text.isascii() and text.isprintable()


def _cleaned(text: str) -> str:
    text = _LINE_BREAKS.sub("\n", text)
    text = _REFUSED.sub(lambda match: match[1] or "", text)
    text = _PILED_MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    text = _BLANK_LINES.sub("\n\n\n\n", text)
    text = _LEADING_BLANK_LINES.sub("", text).rstrip()
    return text if _is_visible(text) else ""


# Letters, marks and symbols by category, nothing by look: fillers, joiners, variation selectors.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(each)[0] not in "CZ" and not _BLANK.match(each) for each in text)
