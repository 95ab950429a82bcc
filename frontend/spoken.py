"""The sentences of chat_words said on the server, as words.js says them in the browser: places filled, plurals chosen,
lists and numbers in the manner of the language."""

import re
from collections.abc import Mapping, Sequence

from django.utils import translation

from frontend.chat_words import Word

PLACE = re.compile(r"\{(\w+)\}")
SOUNDS_AS_Y = re.compile(r"i|hi(?![ae])", re.IGNORECASE)  # "Sara e Inés", but "agua y hielo"
GROUPED_FROM = {"es": 10_000}  # Spanish writes 1234 and 12.345


def spoken(words: Mapping[str, Word], key: str, **values: str | int) -> str:
    """A sentence with its places filled; `n` chooses the plural."""
    word = words[key]
    text = word if isinstance(word, str) else word["one" if values.get("n") == 1 else "other"]
    return PLACE.sub(lambda place: _filled(values.get(place[1], place[0])), text)


def counted(words: Mapping[str, Word], key: str, n: int) -> list[str]:
    """Nothing, where there is none."""
    return [spoken(words, key, n=n)] if n > 0 else []


def listed(parts: Sequence[str]) -> str:
    """As a sentence has it: `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {_and(parts[-1])} {parts[-1]}"


def _and(last: str) -> str:
    if _language() != "es":
        return "and"
    return "e" if SOUNDS_AS_Y.match(last) else "y"


def _filled(value: str | int) -> str:
    return value if isinstance(value, str) else _number(value)


def _number(value: int) -> str:
    language = _language()
    if value < GROUPED_FROM.get(language, 1000):
        return str(value)
    return f"{value:,}".replace(",", "." if language == "es" else ",")


def _language() -> str:
    return (translation.get_language() or "en").split("-")[0]
