"""One who means harm is refused or cut, with the status that says so; the others write and read on, nothing stays.

On the product itself, with deadlines of two seconds. Four at once do the same, so that what one of them costs stands
out from what the others' pages cost.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count, cycle

import pytest

from bench.faults import hostile
from bench.faults.wire import PONG, frame, handshake
from chatserver.turns import AT_ONCE
from tests.chatserver.conftest import DEVON, RIVERA, Enter, School
from tests.chatserver.hostile import CUT, DEADLINE_SECONDS, MEBIBYTE, Attacker, Size, open_things
from tests.live import Live
from tests.socket_client import Browser, SocketClient

pytestmark = pytest.mark.timeout(180)  # 160 pages before the first of them, on a machine where others test too

HOSTILE = 4
MOST_BYTES = 2.5 * MEBIBYTE  # for one of them
SPARE_THREADS = 6  # of the bridge, and those that are just ending
HUGE = 300
CHUNK = b"100000\r\n" + b"x" * MEBIBYTE + b"\r\n"
CRUMBS = b"1\r\nx\r\n" * 10_000
EMPTY_BEGINNING, EMPTY_FRAGMENT = b"\x01\x80\0\0\0\0", b"\x00\x80\0\0\0\0"
QUESTION = b'{"t":"room.history","ref":1,"room":1,"limit":50}'
THIEVES = ("jada.a", "kenji.o", "m.chen", "liam.p")
TURNS = count()
ELSEWHERE = ThreadPoolExecutor(12, "hostile")

Attack = Callable[[Attacker], str]


class Hurried(Live):
    MODULE = "tests.chatserver.hurried_server"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    live = Hurried(tmp_path_factory.mktemp("hostile")).start()
    yield School(live)
    live.stop()


@pytest.fixture(scope="module")
def warm(school: School) -> None:
    """What any use costs once: sessions, threads, their connections with what these keep of the database, templates,
    and the writer's connection, which is made for the first message."""
    for name in (DEVON, *THIEVES):
        school.browser(name)
    rivera = Attacker(school.live, school.browser(RIVERA).cookie_header)
    assert [rivera.crowd("GET /rooms/1/", 40) for _ in range(4)] == ["200"] * 4
    asyncio.run(say_something(school))


async def say_something(school: School) -> None:
    rivera = await SocketClient.open(school.live, school.browser(RIVERA).cookie_header)
    await rivera.hello()
    await rivera.say(rivera.room("General"), "Good morning.")
    await rivera.close()


@pytest.fixture
async def others(school: School, warm: None, enter: Enter) -> tuple[SocketClient, SocketClient]:
    """Who writes, and who listens: in turn, since nobody may write twenty times in ten seconds."""
    rivera, devon = await enter(RIVERA), await enter(DEVON)
    return (rivera, devon) if next(TURNS) % 2 else (devon, rivera)


@asynccontextmanager
async def bounded(school: School, most_bytes: float) -> AsyncIterator[None]:
    """What is done inside costs at most so much memory, no more threads than pages have, and leaves nothing open."""
    things, before = open_things(school.live), Size.of(school.live)
    most = before

    async def watch() -> None:
        nonlocal most
        while True:
            most = most.or_more(Size.of(school.live))
            await asyncio.sleep(0.02)

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()
    assert most.resident_bytes - before.resident_bytes <= most_bytes
    assert most.threads - before.threads <= AT_ONCE + SPARE_THREADS
    await until(lambda: open_things(school.live) == things)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)


async def attack_all(school: School, others: tuple[SocketClient, SocketClient], attacks: Sequence[Attack]) -> list[str]:
    """All at once; what each was told. Beside them a message arrives, and pages do until it is over."""
    thieves = [Attacker(school.live, school.browser(name).cookie_header) for _, name in zip(attacks, cycle(THIEVES))]
    writer, listener = others
    room = writer.room("General")
    async with bounded(school, MOST_BYTES * len(attacks)):
        run = asyncio.get_running_loop().run_in_executor
        attacking = [run(ELSEWHERE, attack, thief) for attack, thief in zip(attacks, thieves, strict=True)]
        await listener.message(room, (await writer.say(room, "Does this arrive?"))["seq"])
        while True:
            page = await asyncio.to_thread(school.browser(RIVERA).get, f"/rooms/{room}/")
            assert page.status == 200
            _, going_on = await asyncio.wait(attacking, timeout=0.1)
            if not going_on:
                return [await each for each in attacking]


REQUESTS: dict[str, tuple[Attack, str]] = {
    "300 MiB announced": (lambda a: a.post(f"Content-Length: {HUGE * MEBIBYTE}"), "413"),
    "300 MiB sent": (lambda a: a.post(f"Content-Length: {HUGE * MEBIBYTE}", body=[b"x" * MEBIBYTE] * HUGE), "413"),
    "300 MiB in chunks": (lambda a: a.post("Transfer-Encoding: chunked", body=[CHUNK] * HUGE), "413"),
    "300 MiB of which nobody said anything": (lambda a: a.post(body=[b"x" * MEBIBYTE] * HUGE), "403"),
    "asks first": (lambda a: a.post(f"Content-Length: {HUGE * MEBIBYTE}", "Expect: 100-continue"), "413"),
    "crumbs": (lambda a: a.post("Transfer-Encoding: chunked", body=[CRUMBS] * 100), "413"),
    "two lengths": (lambda a: a.post("Content-Length: 1", "Transfer-Encoding: chunked", body=[CHUNK]), "400"),
    "a length of 5,000 digits": (lambda a: a.post("Content-Length: " + "9" * 5000), "400"),
    "no length": (lambda a: a.post("Content-Length: -1"), "400"),
    "tiny fields": (lambda a: a.post(f"Content-Length: {MEBIBYTE}", body=[b"a&" * (MEBIBYTE // 2)]), "403"),
    "an address of a mebibyte": (lambda a: a.ask(a.head("GET /" + "a" * MEBIBYTE)), "431"),
    "a header of a mebibyte": (lambda a: a.ask(a.head("GET /", "X-Long: " + "a" * MEBIBYTE)), "431"),
    "600 headers": (lambda a: a.ask(a.head("GET /", *(f"X-{number}: a" for number in range(600)))), "400"),
    "1,400 parameters": (lambda a: a.ask(a.head("GET /sign-in/?" + "a&" * 1400, "Connection: close")), "400"),
    "another host": (lambda a: a.ask(b"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n"), "400"),
    "no request": (lambda a: a.ask(random.Random(4).randbytes(10_000) + b"\r\n\r\n"), "400"),
}  # fmt: skip

FLOODS: dict[str, tuple[Attack, str]] = {
    "empty messages": (lambda a: a.flood(frame(b"") * 1000), "4450"),
    "empty fragments": (lambda a: a.flood(EMPTY_FRAGMENT * 1000, first=EMPTY_BEGINNING), CUT),
    "garbage": (lambda a: a.flood(hostile.garbage()), "4450"),
    "too long": (lambda a: a.flood(hostile.too_long()), "1009"),
    "pings": (lambda a: a.flood(hostile.pings()), CUT),
    "pongs": (lambda a: a.flood(frame(b"", PONG) * 1000), CUT),
    "typing": (lambda a: a.flood(hostile.typing()), "4429"),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_hostile_request_is_refused_and_nobody_else_notices(
    school: School, others: tuple[SocketClient, SocketClient], name: str
) -> None:
    attack, status = REQUESTS[name]
    assert await attack_all(school, others, [attack] * HOSTILE) == [status] * HOSTILE


@pytest.mark.parametrize("name", FLOODS)
async def test_who_floods_a_socket_is_closed_and_nobody_else_notices(
    school: School, others: tuple[SocketClient, SocketClient], name: str
) -> None:
    attack, code = FLOODS[name]
    assert await attack_all(school, others, [attack] * HOSTILE) == [code] * HOSTILE


SLOW: dict[str, Attack] = {
    "silence": lambda a: a.wait(b""),
    "half a handshake": lambda a: a.wait(handshake(a.live.port, a.cookie, a.live.origin)[:-2]),
    "head": lambda a: a.trickle(a.head("GET /").removesuffix(b"\r\n"), b"X-More: 1\r\n"),
    "body": lambda a: a.trickle(a.head("POST /sign-in/", "Content-Length: 1000"), b"b"),
    "chunks": lambda a: a.trickle(a.head("POST /sign-in/", "Transfer-Encoding: chunked"), b"1\r\nc\r\n"),
    "pages unread": lambda a: a.ignore(a.plug(a.head("GET /rooms/1/", f"Cookie: {a.cookie}") * 50, is_lazy=True)),
    "messages unread": lambda a: a.ignore(a.enter(is_lazy=True), frame(QUESTION) * 60),
    "half open": lambda a: a.ignore(a.enter(is_lazy=True)),
}


async def test_whoever_is_slow_or_away_is_cut_and_nobody_else_notices(
    school: School, others: tuple[SocketClient, SocketClient]
) -> None:
    told = await attack_all(school, others, list(SLOW.values()))
    assert dict(zip(SLOW, told, strict=True)) == dict.fromkeys(SLOW, CUT)
    said = school.live.log.read_text()
    assert ("dropping connection" in said, "tcp4:" in said) == (True, False), "nobody's address is written down"


async def test_who_asks_for_many_pages_at_once_gets_them_in_turn(
    school: School, others: tuple[SocketClient, SocketClient]
) -> None:
    room = others[0].room("General")
    told = await attack_all(school, others, [lambda a: a.crowd(f"GET /rooms/{room}/", 10)] * HOSTILE)
    assert told == ["200"] * HOSTILE


@pytest.mark.parametrize(("size", "status"), [(200_000, 200), (300_000, 400)])
def test_a_form_that_is_too_large_is_refused_as_a_whole(school: School, warm: None, size: int, status: int) -> None:
    """A password of 200,000 characters is a wrong one, and costs what a wrong one costs."""
    answer = Browser(school.live).fill_in("/sign-in/", login="nobody", password="p" * size)
    assert answer.status == status
    assert school.browser(RIVERA).get("/rooms/1/").status == 200
