"""The buckets give what the rates say, at the limit and one beyond, and their memory has an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.limits import MESSAGES_PER_MEMBER, MESSAGES_PER_ROOM, TYPING, Buckets, Rate


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("rates", "burst"), [(MESSAGES_PER_MEMBER, 20), (MESSAGES_PER_ROOM, 600), (TYPING, 1)])
def test_the_burst_passes_and_one_more_does_not(rates: tuple[Rate, ...], burst: int):
    buckets = Buckets(rates, clock=Clock())
    assert [buckets.take("key") for _ in range(burst)] == [0.0] * burst
    assert buckets.take("key") > 0


def test_what_it_says_to_wait_is_enough_and_a_little_less_is_not():
    clock = Clock()
    buckets = Buckets(MESSAGES_PER_MEMBER, clock=clock)
    for _ in range(20):
        buckets.take(1)
    wait = buckets.take(1)
    assert wait == pytest.approx(0.5)
    clock.now += wait - 0.01
    assert buckets.take(1) > 0
    clock.now += 0.011
    assert buckets.take(1) == 0.0


def test_in_the_long_run_the_slower_rate_holds():
    clock = Clock()
    buckets = Buckets(MESSAGES_PER_MEMBER, clock=clock)
    granted = 0
    for _ in range(3600):
        for _ in range(4):
            granted += buckets.take(1) == 0.0
        clock.now += 1
    assert 6000 <= granted <= 6100  # 100 a minute, and the full bucket at first


def test_one_key_does_not_slow_another():
    buckets = Buckets(TYPING, clock=Clock())
    assert [buckets.take("a"), buckets.take("b")] == [0.0, 0.0]
    assert buckets.take("a") > 0


def test_what_is_refused_costs_nothing():
    clock = Clock()
    buckets = Buckets(TYPING, clock=clock)
    buckets.take("a")
    for _ in range(100):
        assert buckets.take("a") > 0
    clock.now += 1.001
    assert buckets.take("a") == 0.0


def test_a_look_takes_nothing():
    buckets = Buckets(TYPING, clock=Clock())
    assert [buckets.peek("a"), buckets.peek("a"), buckets.take("a")] == [0.0, 0.0, 0.0]


def test_without_rates_everything_passes():
    buckets = Buckets(())
    assert {buckets.take("a") for _ in range(10_000)} == {0.0}


def test_full_buckets_are_forgotten_and_used_ones_are_kept():
    clock = Clock()
    buckets = Buckets(TYPING, clock=clock, most_keys=10)
    for key in range(10):
        buckets.take(key)
    clock.now += 2
    buckets.take("used")
    assert len(buckets) == 1
    assert buckets.take("used") > 0


@given(st.lists(st.integers(0, 50), max_size=300))
def test_memory_is_bounded_whoever_comes(keys: list[int]):
    buckets = Buckets(TYPING, clock=Clock(), most_keys=8)
    for key in keys:
        buckets.take(key)
        assert len(buckets) <= 8
