"""One code sent many times at the same moment lets one in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections

from accounts.models import Member
from tests.accounts.test_two_factor import NOW, code_now, passes, turned_on
from tests.cast import make_member, set_up

pytestmark = pytest.mark.django_db(transaction=True)


def tries_at_once(member: Member, code: str) -> list[bool]:
    """From as many places, so that no limit stops them."""

    def one(number: int) -> bool:
        try:
            return passes(member, code, address=f"198.51.100.{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return sorted(pool.map(one, range(8)))


def test_a_code_of_the_app_lets_one_in() -> None:
    member = set_up(make_member())
    with time_machine.travel(NOW, tick=False):
        assert tries_at_once(member, code_now()) == [False] * 7 + [True]


def test_a_recovery_code_lets_one_in() -> None:
    member = make_member()
    _, codes = turned_on(member)
    assert tries_at_once(member, codes[0]) == [False] * 7 + [True]
