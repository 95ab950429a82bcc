"""The threads of the bridge have good connections: on SQLite opened once, replaced when broken, closed at the end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections
from django.db.backends.signals import connection_created

from chatserver.dispatch import Bridge
from tests.vendors import only_postgres, only_sqlite


@pytest.fixture
async def bridge(transactional_db: None) -> AsyncIterator[Bridge]:
    made = Bridge(threads=1)
    yield made
    made.close()


@contextmanager
def opened() -> Iterator[list[Any]]:
    """The connections that are opened meanwhile."""
    made: list[Any] = []

    def keep(sender: object, connection: Any, **_: object) -> None:
        made.append(connection)

    connection_created.connect(keep)
    try:
        yield made
    finally:
        connection_created.disconnect(keep)


def one() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@only_sqlite
async def test_a_thread_opens_one_connection_for_all_its_calls(bridge: Bridge):
    with opened() as made:
        assert [await bridge.run_sync(one) for _ in range(5)] == [1] * 5
    assert len(made) == 1


async def test_all_are_closed_with_the_bridge(transactional_db: None):
    bridge = Bridge(threads=3)
    with opened() as made:
        await bridge.run_sync(one)
    assert len(made) == 1
    bridge.close()
    assert made[0].connection is None


async def test_a_connection_that_breaks_in_a_call_is_another_in_the_next(bridge: Bridge):
    def break_it() -> None:
        one()
        connection.connection.close()
        one()  # raises

    with pytest.raises(DatabaseError):
        await bridge.run_sync(break_it)
    assert await bridge.run_sync(one) == 1


async def test_an_open_transaction_is_not_left_to_the_next_call(bridge: Bridge):
    def leave_open() -> None:
        connection.set_autocommit(False)
        one()

    await bridge.run_sync(leave_open)
    assert await bridge.run_sync(lambda: connection.get_autocommit())


@only_postgres
async def test_a_connection_that_postgresql_ends_between_two_calls_is_not_noticed(bridge: Bridge):
    pid = await bridge.run_sync(backend)
    await asyncio.to_thread(end, pid)
    assert await bridge.run_sync(backend) != pid


def end(pid: int) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
