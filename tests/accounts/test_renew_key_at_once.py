"""Tabs that meet the renewal of a kept session's key at the same moment stay signed in, all by one key."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections
from django.test import Client

from accounts.models import Session, SpentKey
from tests.accounts.test_sessions import KEPT_SINCE, TWELVE_HOURS, is_in, kept_browser_of, key_of, row_of, tab_of
from tests.cast import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def opens(tab: Client) -> bool:
    try:
        return is_in(tab)
    finally:
        connections.close_all()


@pytest.mark.row("S6")
def test_eight_tabs_at_once() -> None:
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        public_id, old = row_of(client).public_id, key_of(client)
        tabs = [tab_of(client) for _ in range(8)]
        clock.shift(TWELVE_HOURS)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(opens, tabs)) == [True] * 8
        assert SpentKey.objects.count() == 1
        session = Session.objects.get(public_id=public_id)
        assert {key_of(tab) for tab in tabs} == {session.session_key} != {old}
        assert [is_in(tab) for tab in tabs] == [True] * 8
        clock.shift(dt.timedelta(seconds=61))
        assert [is_in(tab) for tab in tabs] == [True] * 8
