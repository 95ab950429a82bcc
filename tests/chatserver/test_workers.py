"""`./chat serve --workers 2` on a real PostgreSQL and Redis: one chat, whichever process somebody is on.

Each test has a room of its own. Workers are killed, replaced and ended under people who talk.
"""

import asyncio
import http.client
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.postgres import execute
from tests.redis_server import running
from tests.served import Seat, Served
from tests.socket_client import Ended, Frame, SocketClient, uuid7
from tests.vendors import only_postgres
from tools.redis import Redis

pytestmark = [pytest.mark.timeout(180), only_postgres]
ROOMS, MEMBERS = 16, 6
TRIES = 60  # the kernel chooses the worker; the chance to miss one so often is nil
BACKOFF_SECONDS = 0.1  # a page waits longer
PAUSE_SECONDS = 0.15  # so that whoever was away for long is not 500 events behind, and sent to paging


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with running() as server:
        yield server


class World:
    """The server and its rooms, which tests take one by one."""

    def __init__(self, served: Served, rooms: list[list[Seat]]) -> None:
        self.served, self._rooms = served, rooms

    def room(self) -> list[Seat]:
        """A room of the test's own: its instructor first, then students."""
        return self._rooms.pop()


@pytest.fixture(scope="module")
def world(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    var = tmp_path_factory.mktemp("served")
    served = Served(var, "--workers=2", redis_url=redis.url, limits="bench")
    rooms = served.provision(ROOMS, MEMBERS)
    served.start()
    yield World(served, rooms)
    served.stop()


Enter = Callable[..., Awaitable[SocketClient]]


@pytest.fixture
async def enter(world: World) -> AsyncIterator[Enter]:
    """`await enter(seat)`: a socket that has greeted; `on=pid`: on this worker, `beside=pid`: on the other."""
    clients: list[SocketClient] = []

    async def enters(seat: Seat, *, on: int = 0, beside: int = 0) -> SocketClient:
        for _ in range(TRIES):
            client = await SocketClient.open(world.served, seat.cookie)
            worker = world.served.worker_of(client)
            if (not on or worker == on) and worker != beside:
                clients.append(client)
                await client.hello()
                return client
            await client.close()
        raise AssertionError("the kernel always chose the other worker")

    yield enters
    await asyncio.gather(*(client.close() for client in clients))


async def apart(world: World, enter: Enter, one: Seat, other: Seat) -> tuple[SocketClient, SocketClient]:
    """Two sockets on two workers."""
    client = await enter(one)
    return client, await enter(other, beside=world.served.worker_of(client))


# One chat


async def test_a_message_is_shown_on_both_workers_once_in_order(world: World, enter: Enter) -> None:
    seats = world.room()
    one, other = await apart(world, enter, seats[1], seats[2])
    room = seats[0].room
    for number in range(20):
        sender = (one, other)[number % 2]
        assert (await sender.say(room, f"message {number}"))["t"] == "ack"
    for client in (one, other):
        await client.reach(room, 20)
        assert client.seqs(room) == list(range(1, 21))
        assert [frame["message"]["text"] for frame in client.of(room, "message.sent")] == [
            f"message {number}" for number in range(20)
        ]


async def test_a_cid_sent_to_two_workers_is_one_message(world: World, enter: Enter) -> None:
    seats = world.room()
    one, other = await apart(world, enter, seats[1], seats[1])
    cids = [uuid7() for _ in range(20)]
    refs = [
        [await client.push("message.send", room=seats[0].room, cid=cid, text="once") for client in (one, other)]
        for cid in cids
    ]
    seqs = []
    for first, second in refs:
        answers = [await one.answer(first), await other.answer(second)]
        assert answers[0]["seq"] == answers[1]["seq"]
        assert sum(bool(answer.get("repeated")) for answer in answers) == 1
        seqs.append(answers[0]["seq"])
    assert sorted(seqs) == list(range(1, 21))
    for client in (one, other):
        await client.reach(seats[0].room, 20)
        assert client.seqs(seats[0].room) == list(range(1, 21))


async def test_whoever_is_asked_for_figures_answers_for_all(world: World, enter: Enter) -> None:
    one, other = await apart(world, enter, *world.room()[1:3])
    pages = [figures_page(world.served) for _ in range(6)]
    for page in pages:
        assert len({line for line in page.splitlines() if line.startswith("classtrak_started_seconds{")}) == 2
    for client in (one, other):
        await client.close()


def figures_page(served: Served) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)) as connection:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()


async def test_who_is_here_and_who_types_is_seen_from_the_other_worker(world: World, enter: Enter) -> None:
    seats = world.room()
    room = seats[0].room
    teacher, student = await apart(world, enter, seats[0], seats[1])
    teachers_seat, students_seat = teacher.rooms[room]["my_seat"], student.rooms[room]["my_seat"]
    await seen(teacher, room, "here", students_seat)
    await seen(student, room, "here", teachers_seat)
    await student.tell("typing", room=room)
    await teacher.event("typing", room=room, seats=[students_seat])
    await student.say(room, "here it is")
    await teacher.event("typing", room=room, seats=[])
    late = await enter(seats[0], on=world.served.worker_of(teacher))
    await seen(late, room, "here", students_seat)
    await student.close()
    await seen(teacher, room, "gone", students_seat)


async def seen(client: SocketClient, room: int, how: str, seat: int) -> Frame:
    return await client.until(
        lambda: next((frame for frame in client.of(room, "presence") if seat in frame[how]), None), f"{seat} {how}"
    )


async def test_a_person_on_both_workers_is_gone_with_the_second_socket(world: World, enter: Enter) -> None:
    seats = world.room()
    room = seats[0].room
    one, other = await apart(world, enter, seats[1], seats[1])
    teacher = await enter(seats[0])
    seat = one.rooms[room]["my_seat"]
    await seen(teacher, room, "here", seat)
    await one.close()
    mark = await enter(seats[2], on=world.served.worker_of(other))
    await seen(teacher, room, "here", mark.rooms[room]["my_seat"])
    assert not any(seat in frame["gone"] for frame in teacher.of(room, "presence"))
    await other.close()
    await seen(teacher, room, "gone", seat)


async def test_what_a_member_read_here_moves_the_mark_there(world: World, enter: Enter) -> None:
    seats = world.room()
    room = seats[0].room
    teacher = await enter(seats[0])
    one, other = await apart(world, enter, seats[1], seats[1])
    said = await teacher.say(room, "read this")
    await one.ask("room.read", room=room, seq=said["seq"])
    await other.event("read.moved", room=room, read_seq=said["seq"], unread=0)
    assert not one.of(room, "read.moved")


async def test_a_change_of_rights_reaches_the_other_worker(world: World, enter: Enter) -> None:
    seats = world.room()
    room = seats[0].room
    teacher, student = await apart(world, enter, seats[0], seats[1])
    answer = await teacher.ask("member.mute", room=room, seat=student.rooms[room]["my_seat"], reason="a pause")
    assert answer["t"] == "ack", answer
    changed = await student.event("access.changed")
    assert next(each for each in changed["rooms"] if each["room"] == room).get("muted")
    assert (await student.say(room, "now?"))["code"] == "muted"


# Redis


async def test_without_redis_everything_comes_a_second_later_and_nothing_is_lost(
    world: World, enter: Enter, redis: Redis
) -> None:
    seats = world.room()
    room = seats[0].room
    one, other = await apart(world, enter, seats[1], seats[2])
    await one.say(room, "before")
    redis.kill()
    for number in range(10):
        await (one, other)[number % 2].say(room, f"while it is away {number}")
    for client in (one, other):
        await client.reach(room, 11)
    redis.start()
    await one.say(room, "after")
    for client in (one, other):
        await client.reach(room, 12)
        assert client.seqs(room) == list(range(1, 13))


# Workers come and go


class Talker:
    """Writes and reads along, and comes back as a page does: its last seq, then what had no answer."""

    def __init__(self, served: Served, seat: Seat) -> None:
        self.served, self.seat = served, seat
        self.waiting: dict[str, str] = {}  # cid → text
        self.acked: dict[str, int] = {}
        self.seqs: list[int] = []
        self.failed: list[Frame] = []
        self.closings: list[int] = []
        self.connects = 0
        self.is_done = False

    async def run(self) -> None:
        while not self.is_done or self.waiting:
            with suppress(OSError, EOFError, ConnectionClosed, Ended, InvalidHandshake, InvalidMessage):
                async with self._connected() as client:
                    await self._talk(client)
            await asyncio.sleep(BACKOFF_SECONDS)

    async def read_up_to(self, seq: int) -> None:
        if not self.seqs or self.seqs[-1] < seq:
            async with self._connected() as client:
                await client.reach(self.seat.room, seq)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SocketClient]:
        client = await SocketClient.open(self.served, self.seat.cookie)
        try:
            await client.hello({self.seat.room: self.seqs[-1] if self.seqs else 0})
            self.connects += 1
            yield client
        finally:
            await client.cut()
            self.seqs += client.seqs(self.seat.room)
            if client.connection.close_code is not None:
                self.closings.append(client.connection.close_code)

    async def _talk(self, client: SocketClient) -> None:
        refs = {await self._send(client, cid): cid for cid in list(self.waiting)}
        while not self.is_done or refs:
            if not self.is_done:
                cid = uuid7()
                self.waiting[cid] = f"{self.seat.member}: {len(self.acked) + len(self.waiting)}"
                refs[await self._send(client, cid)] = cid
                await asyncio.sleep(PAUSE_SECONDS)
            await client.until(lambda: next((ref for ref in refs if ref in client.answers), None), "an answer")
            for ref in [ref for ref in refs if ref in client.answers]:
                self._answered(refs.pop(ref), client.answers[ref])

    async def _send(self, client: SocketClient, cid: str) -> int:
        return await client.push("message.send", room=self.seat.room, cid=cid, text=self.waiting[cid])

    def _answered(self, cid: str, answer: Frame) -> None:
        if answer["t"] == "ack":
            self.waiting.pop(cid)
            self.acked[cid] = answer["seq"]
        else:
            self.failed.append(answer)


@asynccontextmanager
async def talking(world: World, *rooms: list[Seat]) -> AsyncIterator[list[Talker]]:
    """Everybody of the rooms talks inside. Afterwards: nothing lost, twice, out of order, or refused."""
    talkers = [Talker(world.served, seat) for seats in rooms for seat in seats]
    async with asyncio.TaskGroup() as group:
        for talker in talkers:
            group.create_task(talker.run())
        await more(talkers, 5)
        yield talkers
        await more(talkers, 5)
        for talker in talkers:
            talker.is_done = True
    for seats in rooms:
        await check(world, [talker for talker in talkers if talker.seat in seats])


async def more(talkers: list[Talker], count: int) -> None:
    """Until everybody has so many more acks."""
    wanted = {talker: len(talker.acked) + count for talker in talkers}
    await until(lambda: all(len(talker.acked) >= enough for talker, enough in wanted.items()), "their acks")


async def check(world: World, talkers: list[Talker]) -> None:
    room = talkers[0].seat.room
    database = world.served.database_url
    stored = execute(database, "SELECT seq, cid::text, text FROM rooms_message WHERE room_id = %s ORDER BY seq", [room])
    seqs = [seq for seq, _, _ in stored]
    assert seqs == list(range(1, len(stored) + 1)), "the log has no gap"
    by_cid = {cid: seq for seq, cid, _ in stored}
    assert len(by_cid) == len(stored), "nothing is stored twice"
    for talker in talkers:
        await talker.read_up_to(len(stored))
        assert talker.failed == []
        assert talker.seqs == seqs, "each once, in order, on every screen"
        assert talker.acked == {cid: by_cid[cid] for cid in talker.acked}, "what was acked is there, under its seq"
    assert sum(len(talker.acked) for talker in talkers) == len(stored)


async def until(condition: Callable[[], Any], what: str) -> None:
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what} never came true")


async def test_killed_workers_are_replaced_and_nothing_acked_is_lost(world: World) -> None:
    served = world.served
    async with talking(world, world.room()) as talkers:
        for _ in range(3):
            killed = served.workers()[0]
            os.kill(killed, signal.SIGKILL)
            await until(lambda: len(served.workers()) == 2 and killed not in served.workers(), "a new worker")  # noqa: B023
            await more(talkers, 5)
    assert served.log.read_text().count("starting it again") >= 3


async def test_the_people_of_a_killed_worker_are_gone_within_seconds(world: World, enter: Enter) -> None:
    seats = world.room()
    room = seats[0].room
    teacher, student = await apart(world, enter, seats[0], seats[1])
    seat = student.rooms[room]["my_seat"]
    await seen(teacher, room, "here", seat)
    os.kill(world.served.worker_of(student), signal.SIGKILL)
    assert await student.closed() == 1006
    await seen(teacher, room, "gone", seat)
    await until(lambda: len(world.served.workers()) == 2, "a new worker")


async def test_a_rolling_restart_under_load_fails_no_send(world: World) -> None:
    served = world.served
    before = served.workers()
    said = len(served.log.read_text())
    async with talking(world, world.room(), world.room()) as talkers, opening_pages(served) as statuses:
        os.kill(served.supervisor, signal.SIGHUP)
        await until(lambda: "all workers are replaced" in served.log.read_text()[said:], "the restart")
        after = served.workers()
    assert set(statuses) == {200}
    assert len(after) == 2
    assert set(before).isdisjoint(after)
    for talker in talkers:
        assert talker.connects >= 2
        assert set(talker.closings) <= {1012, 1006}
        assert 1012 in talker.closings


@asynccontextmanager
async def opening_pages(served: Served) -> AsyncIterator[list[int]]:
    """One page after the other, each over a connection of its own; what came of them."""
    statuses: list[int] = []

    async def open_them() -> None:
        while True:
            statuses.append((await asyncio.to_thread(answer, served, "/sign-in/"))[0])

    opening = asyncio.create_task(open_them())
    yield statuses
    opening.cancel()
    with suppress(asyncio.CancelledError):
        await opening


async def test_a_worker_that_cannot_be_replaced_leaves_the_old_ones_serving(world: World, enter: Enter) -> None:
    served = world.served
    seats = world.room()
    client = await enter(seats[1])
    before, said = served.workers(), len(served.log.read_text())
    database = served.database_url
    (last,) = execute(database, "SELECT max(id) FROM django_migrations")[0]
    execute(database, "UPDATE django_migrations SET name = name || '_' WHERE id = %s", [last])
    try:
        os.kill(served.supervisor, signal.SIGHUP)
        await until(lambda: "could not prepare" in served.log.read_text()[said:], "the refusal")
    finally:
        execute(database, "UPDATE django_migrations SET name = rtrim(name, '_') WHERE id = %s", [last])
    assert "./chat manage migrate" in served.log.read_text()[said:]
    assert served.workers() == before
    assert (await client.say(seats[0].room, "still here"))["t"] == "ack"


# Pages


def answer(served: Served, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    found = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return found[0], found[1], found[2].decode("latin-1")


def test_static_files_are_hashed_compressed_and_kept_for_ever(world: World) -> None:
    _, _, page = answer(world.served, "/sign-in/")
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert style.startswith("/static/css/main."), page[:2000]
    status, headers, _ = answer(world.served, style, **{"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]


def test_a_file_of_the_next_version_is_found_by_a_worker_of_this_one(world: World) -> None:
    path = "/static/js/next.0123456789ab.js"
    assert answer(world.served, path)[0] == 404
    Path(world.served.var, path[1:]).write_text("export {};\n")
    for _ in range(8):
        assert answer(world.served, path)[0] == 200
    assert answer(world.served, "/static/../secret.key")[0] == 404
    assert answer(world.served, "/static/js/../../secret.key")[0] == 404


# The end


async def test_without_its_parent_a_worker_drains_and_ends(redis: Redis, tmp_path: Path) -> None:
    served = Served(tmp_path, "--workers=2", redis_url=redis.url, limits="bench")
    ((teacher, *_),) = served.provision(1, 2)
    served.start()
    clients = [await SocketClient.open(served, teacher.cookie) for _ in range(6)]
    for client in clients:
        await client.hello()
    workers = served.workers()
    served.kill()
    for client in clients:
        assert await client.closed() == 1012
        assert client.frames[-1]["t"] == "closing"
        await client.close()
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "their end")
    served.restart()
    again = await SocketClient.open(served, teacher.cookie)
    await again.hello()
    os.kill(served.supervisor, signal.SIGTERM)
    assert await again.closed() == 1012
    await again.close()
    served.stop()  # asserts the exit code 0 and a log without a traceback
