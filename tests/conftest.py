"""The cast's people and their class, for the tests of every package."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.cast import (
    agreement,
    instructor,
    parent,
    school,
    school_admin,
    stranger,
    student,
    supervisor,
    unconsented_student,
    young_student,
)
from tests.rooms_cast import assistant, classmate, co_instructor, course, other_parent, room

__all__ = [
    "agreement",
    "assistant",
    "classmate",
    "co_instructor",
    "course",
    "instructor",
    "other_parent",
    "parent",
    "room",
    "school",
    "school_admin",
    "stranger",
    "student",
    "supervisor",
    "unconsented_student",
    "young_student",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker ends long after the other."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_for_when_asked() -> Iterator[None]:
    """Each client of Django's loads the middleware anew: reading all static files there was half of a page's time."""
    before, settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_AUTOREFRESH, True
    yield
    settings.WHITENOISE_AUTOREFRESH = before
