"""Play the lesson: six classmates write what was prepared, in a demo alone."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from chatserver.demo.lesson import LESSON, SECONDS
from chatserver.demo.people import PEOPLE


def test_six_classmates_write_within_ninety_seconds_each_after_typing() -> None:
    assert len({line.who for line in LESSON}) == 6
    assert all(PEOPLE[line.who].kind == "student" for line in LESSON)
    assert [line.second for line in LESSON] == sorted(line.second for line in LESSON)
    assert all(0 < line.typing_seconds < line.second <= SECONDS for line in LESSON)


@pytest.mark.django_db
def test_there_is_no_such_address_without_a_demo(client: Client) -> None:
    assert client.post("/demo/lesson/").status_code == 404
    assert client.post("/demo/enter/m.rivera/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("demo_lesson")
