"""How the texts of consent/policies are shown: their addresses, their HTML, and what changed from one to another.

Invariant: the words are the repository's, never a person's; even so no HTML in them is taken over.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from consent.queries.policies import KINDS

NAMES = {kind.replace("_", "-"): kind for kind in KINDS}  # as addresses say them
OURS = MarkdownIt("commonmark", {"html": False}).disable(["image", "autolink"])


class Change(NamedTuple):
    """A paragraph or a line of a list, as it stands in one of two texts or in both."""

    state: Literal["same", "added", "removed"]
    line: str

    @property
    def words(self) -> str:
        """Without the marks of headings and of what is strong."""
        return self.line.lstrip("#").replace("**", "").strip()


def address_of(kind: str, version: str = "") -> str:
    name = kind.replace("_", "-")
    return reverse("policy_version", args=(name, version)) if version else reverse("policy", args=(name,))


def html_of(text: str) -> SafeString:
    return SafeString(OURS.render(text))


def changes_between(old: str, new: str) -> list[Change]:
    return list(_changes(_lines(old), _lines(new)))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _changes(old: list[str], new: list[str]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            yield from (Change("same", line) for line in old[old_from:old_to])
        else:
            yield from (Change("removed", line) for line in old[old_from:old_to])
            yield from (Change("added", line) for line in new[new_from:new_to])
