"""The sentences of the chat page: whatever a module asks for is there, in both languages, with the same places."""

import re
from typing import Any

import pytest
from django.utils import translation

from frontend.chat_words import chat_words
from frontend.templatetags.importmap import STATIC

ASKED = re.compile(r"""\bsay\((?:[^()"`]*\?\s*)?"(\w+)"(?:\s*:\s*"(\w+)")?""")
NAMED = re.compile(r"\bcounted\(words, \"(\w+)\"|button\([^)]*, \"(\w+)\"\)|\bword: \"(\w+)\"")
PLACE = re.compile(r"\{(\w+)\}")
GROUPS = {f"group_{name}" for name in ("rooms", "children", "students", "teachers", "parents")}


def asked_for() -> set[str]:
    source = "\n".join(path.read_text() for path in (STATIC / "js").rglob("*.js"))
    found = {key for pattern in (ASKED, NAMED) for match in pattern.finditer(source) for key in match.groups() if key}
    return found | GROUPS


def forms(word: Any) -> list[str]:
    return [word] if isinstance(word, str) else list(word.values())


def words(language: str, *, to_student: bool) -> dict[str, Any]:
    with translation.override(language):
        return {key: word for key, word in chat_words(to_student=to_student).items() if key != "emojis"}


def test_every_word_that_a_module_asks_for_is_there() -> None:
    asked = asked_for()
    assert len(asked) > 80
    assert asked - words("en", to_student=True).keys() == set()


@pytest.mark.parametrize("to_student", [True, False])
def test_spanish_says_every_sentence_with_the_same_places(to_student: bool) -> None:
    english, spanish = words("en", to_student=to_student), words("es", to_student=to_student)
    faults = []
    for key, word in english.items():
        places = {place for form in forms(word) for place in PLACE.findall(form)}
        if any(set(PLACE.findall(form)) - places for form in forms(spanish[key])):
            faults.append(f"{key}: a place too many")
        if spanish[key] == word and any(letter.isalpha() for letter in PLACE.sub("", forms(word)[0])):
            faults.append(f"{key}: not said in Spanish")
    assert faults == ["emoji: not said in Spanish"]  # the same word in both


def test_students_are_called_tu_and_everybody_else_usted() -> None:
    student, adult = words("es", to_student=True), words("es", to_student=False)
    assert student["no_connection"] == "Sin conexión. Sigue escribiendo: se enviará cuando vuelvas."
    assert adult["no_connection"] == "Sin conexión. Siga escribiendo: se enviará cuando vuelva."


@pytest.mark.parametrize(
    ("key", "language", "sentence"),
    [
        ("no_connection_n", "en", "No connection. Keep writing: {n} message will be sent when you are back."),
        ("no_connection_n", "es", "Sin conexión. Sigue escribiendo: {n} mensaje se enviará cuando vuelvas."),
        ("can_read_room", "en", "{list} can read this. Moderators only with a reason on record."),
        ("can_read_room", "es", "Pueden leer esto {list}. Los moderadores, solo con un motivo registrado."),
        ("too_fast", "en", "That was quick. Your message is still here; you can send it in {n} second."),
        ("removed_by_author", "es", "{name} quitó este mensaje."),
        ("removed_by_a_student", "en", "A student removed a message."),
    ],
)
def test_the_words_of_the_moments_that_matter(key: str, language: str, sentence: str) -> None:
    assert forms(words(language, to_student=True)[key])[0] == sentence
