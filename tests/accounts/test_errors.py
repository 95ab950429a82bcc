"""Every error has a code of its own and a sentence for a person."""

import pytest
from django.utils import translation

from accounts import errors
from accounts.errors import (
    CODES,
    AppError,
    FieldInvalid,
    MessageTooLong,
    NotFound,
    TooFast,
    TooManyTries,
    error_classes,
)


def test_the_docstring_shows_the_whole_tree():
    drawn = [
        (line.split()[-2:] if line.rstrip().endswith(tuple(CODES)) else line.replace("│", " ").split()[1:3])
        for line in (errors.__doc__ or "").splitlines()
        if "──" in line
    ]
    assert [tuple(words) for words in drawn] == [(error.__name__, error.code) for error in error_classes()]


@pytest.mark.parametrize("error", list(error_classes()), ids=lambda error: error.__name__)
def test_every_error_has_a_code_a_status_and_a_sentence(error):
    problem = error(retry_after_seconds=3) if issubclass(error, TooFast) else error()
    assert problem.code in CODES
    assert 400 <= problem.status < 600
    assert problem.text.endswith((".", "?"))
    assert "%" not in problem.text
    assert str(problem) == problem.text


def test_a_code_belongs_to_one_class():
    declared = [error.code for error in error_classes() if "code" in vars(error)]
    assert len(declared) == len(set(declared)) == len(CODES)


def test_data_fills_the_sentence_and_travels():
    error = MessageTooLong(limit=12)
    assert "12 characters" in error.text
    assert error.data == {"limit": 12}


@pytest.mark.parametrize(("seconds", "end"), [(1, "in 1 second."), (6, "in 6 seconds."), (0, "in 1 second.")])
def test_too_fast_says_when(seconds, end):
    error = TooFast(retry_after_seconds=seconds)
    assert error.text.endswith(end)
    assert error.retry_after_seconds == max(1, seconds)


@pytest.mark.parametrize(("seconds", "end"), [(20, "in 1 minute."), (61, "in 2 minutes."), (900, "in 15 minutes.")])
def test_too_many_tries_says_when_in_minutes(seconds, end):
    error = TooManyTries(retry_after_seconds=seconds)
    assert error.code == "too_fast"
    assert error.text.endswith(end)
    assert error.retry_after_seconds == seconds


def test_a_field_is_named():
    error = FieldInvalid("Nothing here.", field="email")
    assert (error.field, error.text) == ("email", "Nothing here.")


def test_a_sentence_is_spoken_in_the_language_of_the_moment():
    error = NotFound()
    with translation.override("es"):
        assert error.text == str(translation.gettext(str(NotFound.sentence)))
    assert isinstance(error, AppError)
