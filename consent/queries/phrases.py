"""The phrases of class cards: three plain words in the child's language.

Invariant: however a child types them (capitals, accents, commas, no spaces) they are the same phrase.
"""

import secrets
import unicodedata
from functools import cache
from pathlib import Path

WORDS = Path(__file__).resolve().parent.parent / "phrases"
LANGUAGES = ("en", "es")
COUNT = 3


@cache
def words_of(language: str) -> tuple[str, ...]:
    """The list of a language; the English one for any that has none."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    return tuple((WORDS / f"{name}.txt").read_text("utf-8").split())


def new_phrase(language: str) -> tuple[str, ...]:
    """Three different words, by the system's randomness: one of 6 billion in Spanish, of 13 in English."""
    words: list[str] = []
    while len(words) < COUNT:
        word = secrets.choice(words_of(language))
        if word not in words:
            words.append(word)
    return tuple(words)


def plain(typed: str) -> str:
    """Its letters alone, small and without accents: what is compared."""
    apart = unicodedata.normalize("NFKD", typed.casefold())
    return "".join(letter for letter in apart if letter.isalpha())
