"""A connection sends in order, says farewell last, and isn't read from when it has too much under way."""

import asyncio

import pytest

from realtime.connection import Connection, State
from realtime.frames import text_frame, unframe
from tests.realtime.hub_world import MemoryOutbox


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox()


@pytest.fixture
def connection(outbox: MemoryOutbox) -> Connection:
    return Connection(7, "session", 1, outbox)


def texts(outbox: MemoryOutbox) -> list[str]:
    return list(unframe(b"".join(outbox.written)))


async def test_what_is_deferred_leaves_before_what_is_sent_later(connection: Connection, outbox: MemoryOutbox):
    connection.defer(text_frame(b"1"))
    connection.send(text_frame(b"2"))
    connection.defer(text_frame(b"3"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert texts(outbox) == ["1", "2", "3"]


async def test_the_farewell_is_the_last_frame_and_nothing_follows(connection: Connection, outbox: MemoryOutbox):
    connection.defer(text_frame(b"ack"))
    connection.close(4453, text_frame(b"closing"))
    connection.send(text_frame(b"late"))
    connection.defer(text_frame(b"later"))
    connection.close(1012)
    await asyncio.sleep(0)
    assert texts(outbox) == ["ack", "closing"]
    assert (outbox.closed, connection.close_code, connection.state) == (4453, 4453, State.CLOSING)


async def test_a_lost_connection_drops_what_was_deferred(connection: Connection, outbox: MemoryOutbox):
    connection.defer(text_frame(b"ack"))
    connection.lost()
    connection.send(text_frame(b"late"))
    connection.close(1011)
    for _ in range(3):
        await asyncio.sleep(0)
    assert (texts(outbox), outbox.closed, connection.state) == ([], None, State.CLOSED)


def test_with_32_commands_under_way_the_sender_is_not_read_until_8_are_left(
    connection: Connection, outbox: MemoryOutbox
):
    for _ in range(31):
        connection.accept_command()
    readings = [outbox.reading]
    connection.accept_command()
    readings.append(outbox.reading)
    connection.answer_command(23)
    readings.append(outbox.reading)
    connection.answer_command()
    readings.append(outbox.reading)
    assert readings == [True, False, False, True]
    assert connection.in_flight == 8


def test_a_closing_connection_is_not_read_again(connection: Connection, outbox: MemoryOutbox):
    for _ in range(32):
        connection.accept_command()
    connection.close(4451)
    connection.answer_command(32)
    assert not outbox.reading
