"""How often one address may come: a class and its reconnects always, a listed school all at once, and no flood."""

import pytest

from chatserver.dispatch import Bridge
from chatserver.limits import Limits
from chatserver.networks import ListedNetworks

AT_SCHOOL, ELSEWHERE = "203.0.113.7", "198.51.100.7"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def granted(limits: Limits, address: str, *, is_listed: bool, tries: int = 3_000) -> int:
    return sum(limits.of_connect(address, is_listed=is_listed) == 0.0 for _ in range(tries))


@pytest.mark.row("S1")
def test_a_listed_address_has_two_thousand_connects_a_minute() -> None:
    clock = Clock()
    limits = Limits(clock)
    assert granted(limits, AT_SCHOOL, is_listed=True) == 2_000
    assert granted(limits, ELSEWHERE, is_listed=False) == 600
    clock.now = 30.0
    assert granted(limits, AT_SCHOOL, is_listed=True) == 1_000
    assert granted(limits, ELSEWHERE, is_listed=False) == 300


def test_a_household_of_ipv6_is_one_address_and_no_address_is_none() -> None:
    limits = Limits(Clock())
    assert granted(limits, "2001:db8:1:2::1", is_listed=False) == 600
    assert granted(limits, "2001:db8:1:2::2", is_listed=False) == 0
    assert granted(limits, "2001:db8:1:3::2", is_listed=False) == 600
    assert granted(limits, "::ffff:198.51.100.1", is_listed=False) == 600
    assert granted(limits, "198.51.100.1", is_listed=False) == 0
    assert granted(limits, "", is_listed=False, tries=1_000) == 1_000


def test_what_a_process_remembers_holds_the_networks_and_nothing_beside_them() -> None:
    remembered = ListedNetworks(Bridge())
    assert not remembered.holds(AT_SCHOOL)
    remembered.know(frozenset({"203.0.113.0/24", "198.51.100.8/32", "2001:db8:1::/48"}))
    there = ("203.0.113.0", "203.0.113.255", "::ffff:203.0.113.9", "198.51.100.8", "2001:db8:1:ffff::1")
    assert [address for address in there if not remembered.holds(address)] == []
    absent = ("203.0.114.0", "198.51.100.7", "198.51.100.9", "2001:db8:2::1", "::203.0.113.9", "", "unix:")
    assert [address for address in absent if remembered.holds(address)] == []
    remembered.know(frozenset())
    assert [address for address in there if remembered.holds(address)] == []
