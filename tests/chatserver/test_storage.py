"""A database that somebody else holds, a disk that is full: a code and a sentence, nothing half-written, and on."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.chatserver.conftest import DEVON, RIVERA, Enter, School
from tests.socket_client import SocketClient, uuid7
from tests.vendors import only_sqlite

pytestmark = only_sqlite


@contextmanager
def held(school: School) -> Iterator[None]:
    """Another process writes, and doesn't come to an end."""
    path = school.live.var / "chat.sqlite3"
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@contextmanager
def full_disk(school: School) -> Iterator[None]:
    """No file of the server may grow beyond a page: what a full disk is to SQLite."""
    assert school.live.process is not None
    pid = school.live.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def reads(client: SocketClient, room: int) -> None:
    assert (await client.ask("room.history", room=room, limit=1))["t"] == "ack"


async def test_a_message_waits_for_a_held_database_and_is_sent(school: School, enter: Enter) -> None:
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room, cid = devon.room("General"), uuid7()
    with held(school):
        ref = await devon.push("message.send", room=room, cid=cid, text="patience")
        await reads(devon, room)
        await reads(rivera, room)
        assert ref not in devon.answers
    ack = await devon.answer(ref)
    assert ack["t"] == "ack"
    assert (await rivera.message(room, ack["seq"]))["cid"] == cid


async def test_a_change_that_waited_too_long_is_answered_with_busy(school: School, enter: Enter) -> None:
    devon = await enter(DEVON)
    room = devon.room("General")
    said = await devon.say(room, "as it was")
    with held(school):
        error = await devon.ask("message.edit", room=room, message=said["seq"], text="changed")
        assert error["code"] == "busy"
        assert error["text"].endswith("sent again by itself.")
    assert (
        school.value("SELECT text FROM rooms_message WHERE room_id = ? AND seq = ?", room, said["seq"]) == "as it was"
    )
    assert (await devon.ask("message.edit", room=room, message=said["seq"], text="changed"))["t"] == "ack"


async def test_who_comes_while_the_database_is_held_gets_in(school: School, enter: Enter) -> None:
    school.browser("jada.a")
    with held(school):
        jada = await enter("jada.a")
        await reads(jada, jada.room("General"))


async def test_a_full_disk_refuses_writes_and_nothing_else(school: School, enter: Enter) -> None:
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room, cid = devon.room("General"), uuid7()
    said = await devon.say(room, "while there was room")
    with full_disk(school):
        refused = [
            await devon.say(room, "no room", cid=cid),
            await devon.ask("message.edit", room=room, message=said["seq"], text="no room"),
            await rivera.ask("message.remove", room=room, message=said["seq"], reason="no room"),
        ]
        assert [error["code"] for error in refused] == ["storage_full"] * 3
        await reads(devon, room)
        await reads(await enter("jada.a"), room)
    ack = await devon.say(room, "room again", cid=cid)
    assert (ack["t"], ack["seq"]) == ("ack", said["seq"] + 1), "nothing took a number"
    await rivera.message(room, ack["seq"])
    texts = school.rows("SELECT text FROM rooms_message WHERE room_id = ? AND seq >= ?", room, said["seq"])
    assert texts == [("while there was room",), ("room again",)]
    assert school.value("PRAGMA integrity_check") == "ok"
