"""What was acknowledged survives: the server killed under load, and ended as an operator ends it.

Whoever was cut does what the page does: comes back with the last seq it has, and sends again, under the same cid and in
the same order, what had no answer.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.chatserver.conftest import School
from tests.live import Live
from tests.socket_client import Ended, Frame, SocketClient, uuid7
from tests.vendors import only_postgres, only_sqlite

ALGEBRA = ["m.rivera", "devon.k", "jada.a", "liam.p", "kenji.o", "noah.b"]
CHEMISTRY = ["m.chen", "tobias.r", "anjali.m", "marcus.o", "chloe.v", "yusuf.b"]
IN_FLIGHT = 3
BACKOFF_SECONDS = 0.1  # a page waits longer
STARTER = ThreadPoolExecutor(1)

pytestmark = pytest.mark.timeout(240)  # four starts of a server, on a machine with other work


class Talker:
    """Somebody who writes without a pause and reads along, whatever happens to the connection."""

    in_flight = IN_FLIGHT

    def __init__(self, school: School, username: str, course: str) -> None:
        self.school, self.username, self.course = school, username, course
        self.waiting: dict[str, str] = {}  # cid → text, without an answer yet, in order
        self.acked: dict[str, int] = {}  # cid → seq
        self.seen: list[Frame] = []  # sequenced frames of the room, over all connections
        self.room = self.start = self.connects = 0
        self.refused: list[Frame] = []
        self.is_done = False
        self.progress = asyncio.Event()

    @property
    def last(self) -> int:
        return int(self.seen[-1]["seq"]) if self.seen else self.start

    async def run(self) -> None:
        while not (self.is_done and not self.waiting):
            with suppress(OSError, ConnectionClosed, Ended, InvalidHandshake, InvalidMessage, EOFError):
                async with self._connected() as client:
                    await self._talk(client)
            await asyncio.sleep(BACKOFF_SECONDS)

    async def read_up_to(self, seq: int) -> None:
        async with self._connected() as client:
            if self.last < seq:
                await client.reach(self.room, seq)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SocketClient]:
        client = await SocketClient.open(self.school.live, self.school.browser(self.username).cookie_header)
        try:
            await client.hello({self.room: self.last} if self.room else None)
            self._find_room(client)
            self.connects += 1
            yield client
        finally:
            await client.cut()
            self.seen += [frame for frame in client.of(self.room) if "seq" in frame and frame["t"] != "ack"]

    def _find_room(self, client: SocketClient) -> None:
        if not self.room:
            self.room = client.room("General", self.course)
            self.start = client.rooms[self.room]["last_seq"]

    async def _talk(self, client: SocketClient) -> None:
        refs = {await self._send(client, cid): cid for cid in list(self.waiting)}
        while not (self.is_done and not refs):
            while len(refs) < self.in_flight and not self.is_done:
                cid = uuid7()
                self.waiting[cid] = f"{self.username} {len(self.acked) + len(self.waiting)}"
                refs[await self._send(client, cid)] = cid
            await client.until(lambda: next((ref for ref in refs if ref in client.answers), None), "an answer")
            for ref in [ref for ref in refs if ref in client.answers]:
                self._answered(refs.pop(ref), client.answers[ref])

    async def _send(self, client: SocketClient, cid: str) -> int:
        return await client.push("message.send", room=self.room, cid=cid, text=self.waiting[cid])

    def _answered(self, cid: str, answer: Frame) -> None:
        if answer["t"] == "ack":
            del self.waiting[cid]
            self.acked[cid] = answer["seq"]
            self.progress.set()
        else:
            self.refused.append(answer)


def make_talkers(school: School) -> list[Talker]:
    talkers = [Talker(school, name, "Algebra I") for name in ALGEBRA]
    return talkers + [Talker(school, name, "Chemistry") for name in CHEMISTRY]


async def more_acks(talkers: list[Talker], count: int) -> None:
    """Until everybody has so many more acknowledgements."""
    async with asyncio.timeout(40):
        for talker in talkers:
            wanted = len(talker.acked) + count
            while len(talker.acked) < wanted:
                talker.progress.clear()
                await talker.progress.wait()


def check(school: School, talkers: list[Talker]) -> None:
    """Acked and lost 0, twice 0, gaps 0, order violations 0."""
    rooms = {talker.room for talker in talkers}
    for room in rooms:
        start = min(talker.start for talker in talkers if talker.room == room)
        stored = school.rows(
            "SELECT seq, cid, text FROM rooms_message WHERE room_id = ? AND seq > ? ORDER BY seq", room, start
        )
        seqs = [seq for seq, _, _ in stored]
        assert seqs == list(range(start + 1, start + 1 + len(seqs))), "the log has no gap"
        assert len({cid for _, cid, _ in stored}) == len(stored), "no message is stored twice"
        for talker in (each for each in talkers if each.room == room):
            check_one(talker, stored)


def check_one(talker: Talker, stored: list[tuple[Any, ...]]) -> None:
    by_cid = {cid: (seq, text) for seq, cid, text in stored}
    assert not talker.refused
    assert not talker.waiting
    for cid, seq in talker.acked.items():
        assert by_cid[cid.replace("-", "")][0] == seq, "what was acknowledged is there, under its seq"
    own = [text for _, cid, text in stored if text.startswith(f"{talker.username} ")]
    assert own == sorted(own, key=lambda text: int(text.split()[-1])), "each author's order"
    assert len(own) == len(talker.acked)
    assert [frame["seq"] for frame in talker.seen] == [seq for seq, _, _ in stored if seq > talker.start]
    assert [frame["message"]["text"] for frame in talker.seen] == [
        text for seq, _, text in stored if seq > talker.start
    ]


@pytest.fixture
def fresh_school(new_live: Callable[..., Live]) -> School:
    """One that a test may kill."""
    return School(new_live(limits="bench"))


async def test_killed_three_times_under_load_nothing_acknowledged_is_lost_or_twice(fresh_school: School) -> None:
    live, talkers = fresh_school.live, make_talkers(fresh_school)
    async with talking(talkers):
        for _ in range(3):
            await more_acks(talkers, 10)
            live.kill()
            await restarted(live)
        await more_acks(talkers, 10)
    await read_to_the_end(fresh_school, talkers)
    assert all(talker.connects >= 4 for talker in talkers)
    check(fresh_school, talkers)


@asynccontextmanager
async def talking(talkers: list[Talker]) -> AsyncIterator[None]:
    """They talk inside; at the end they say what they have begun, and leave."""
    for talker in talkers:
        talker.school.browser(talker.username)  # signed in before: hashing passwords is slow on purpose
    async with asyncio.TaskGroup() as group:
        for talker in talkers:
            group.create_task(talker.run())
        yield
        for talker in talkers:
            talker.is_done = True


async def restarted(live: Live) -> None:
    """While the talkers find nobody there. In a thread that outlives the server, which ends with its thread."""
    await asyncio.get_running_loop().run_in_executor(STARTER, live.restart)


async def read_to_the_end(school: School, talkers: list[Talker]) -> None:
    for talker in talkers:
        await talker.read_up_to(school.value("SELECT last_seq FROM rooms_roomhead WHERE room_id = ?", talker.room))


async def test_ended_under_load_everybody_is_told_and_what_was_acknowledged_is_there(fresh_school: School) -> None:
    live, talkers = fresh_school.live, make_talkers(fresh_school)
    watchers = [await SocketClient.open(live, fresh_school.browser(name).cookie_header) for name in ALGEBRA]
    for watcher in watchers:
        await watcher.hello()
    async with talking(talkers):
        await more_acks(talkers, 10)
        watchers.append(await SocketClient.open(live, fresh_school.browser("m.rivera").cookie_header))  # says nothing
        assert live.process is not None
        live.process.send_signal(signal.SIGTERM)
        for watcher in watchers:
            assert await watcher.closed() == 1012
            assert (watcher.frames[-1]["t"], watcher.frames[-1]["reason"]) == ("closing", "restart")
            await watcher.close()
        await asyncio.to_thread(live.process.wait)
        live.stop()  # asserts the exit code 0 and a log without a traceback
        acked = {cid.replace("-", ""): seq for talker in talkers for cid, seq in talker.acked.items()}
        assert acked.items() <= dict(fresh_school.rows("SELECT cid, seq FROM rooms_message")).items()
        await restarted(live)
        await more_acks(talkers, 5)
    await read_to_the_end(fresh_school, talkers)
    check(fresh_school, talkers)


@only_sqlite
def test_the_database_is_written_through_to_the_disk(fresh_school: School) -> None:
    """A kill shows that commit comes before the answer; that a commit is on the disk, this does."""
    said = fresh_school.elsewhere(
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    for pragma in ('journal_mode', 'synchronous'):\n"
        "        print(*cursor.execute(f'PRAGMA {pragma}').fetchone())"
    )
    assert said.split() == ["wal", "2"]
    assert fresh_school.value("PRAGMA journal_mode") == "wal"


@only_postgres
def test_a_commit_waits_for_the_disk(fresh_school: School) -> None:
    said = fresh_school.elsewhere(
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    for setting in ('fsync', 'synchronous_commit', 'full_page_writes'):\n"
        "        print(*cursor.execute(f'SHOW {setting}').fetchone())"
    )
    assert said.split() == ["on", "on", "on"]
