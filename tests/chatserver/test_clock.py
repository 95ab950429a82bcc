"""The clock does what is due, once, whoever asks, and takes up what a killed process left."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from chatserver import clock
from chatserver.clock import LEASE, TASKS, claim, do_what_is_due, finish
from chatserver.models import Duty

pytestmark = pytest.mark.django_db
NAME = next(iter(TASKS))


@pytest.fixture
def running_clock(transactional_db: None) -> Iterator[clock.Clock]:
    it = clock.Clock()
    it.start()
    yield it
    it.stop()


def test_everything_is_due_at_first_and_nothing_right_after() -> None:
    now = timezone.now()
    assert do_what_is_due(now) == list(TASKS)
    assert do_what_is_due(now) == []


def test_each_duty_comes_back_in_its_own_time() -> None:
    now = timezone.now()
    do_what_is_due(now)
    for name, task in TASKS.items():
        assert not claim(name, now + task.every - timedelta(seconds=1)), name
        assert claim(name, now + task.every), name


def test_two_cannot_claim_the_same_duty() -> None:
    now = timezone.now()
    assert claim(NAME, now)
    assert not claim(NAME, now)


def test_a_duty_left_by_a_killed_process_is_free_after_its_lease() -> None:
    now = timezone.now()
    assert claim(NAME, now)
    assert not claim(NAME, now + LEASE - timedelta(seconds=1))
    assert claim(NAME, now + LEASE)


def test_a_finished_duty_is_nobodys() -> None:
    now = timezone.now()
    claim(NAME, now)
    finish(NAME, now + timedelta(hours=1))
    assert Duty.objects.get(name=NAME).lease_until is None


def test_the_thread_stops_when_it_is_told(running_clock: clock.Clock) -> None:
    running_clock.stop()
    assert not running_clock._thread.is_alive()
