"""The translations are whole, say the same as the source, and are compiled."""

import re

import pytest

from chatserver import words

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    assert words.untranslated(words.updated(language)) == []


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_files_are_what_chat_words_would_write(language: str) -> None:
    catalog = words.updated(language)
    assert words.po_path(language).read_bytes() == words.as_po(catalog), "run ./chat words"
    assert words.po_path(language).with_suffix(".mo").read_bytes() == words.as_mo(catalog), "run ./chat words"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_translation_fills_the_same_places_as_its_sentence(language: str) -> None:
    different = {}
    for message in words.stored(language):
        sentences = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        allowed = set(PLACES.findall(sentences[-1])) | set(PLACES.findall(sentences[0]))
        needed = set(PLACES.findall(strings[-1])) if strings and strings[-1] else allowed
        if message.id and needed != allowed:
            different[sentences[0]] = strings
    assert different == {}


def test_a_sentence_of_a_template_is_collected_as_django_looks_it_up(tmp_path, monkeypatch) -> None:
    page = tmp_path / "frontend" / "templates" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        "  <p>{% translate 'Plain' %}</p>\n{% blocktranslate count n=total %}{{ n }} file{% plural %}{{ n }} files"
        '{% endblocktranslate %}\n <a title="{% translate "In a title" context "door" %}"></a>\n'
    )
    monkeypatch.setattr(words, "ROOT", tmp_path)
    found = {(message.context, message.id) for message in words.collected() if message.id}
    assert found == {(None, "Plain"), (None, ("%(n)s file", "%(n)s files")), ("door", "In a title")}
