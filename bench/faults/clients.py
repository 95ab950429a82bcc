"""Hostile clients, and unlucky ones. What one of them costs, and whether anybody else notices."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from statistics import quantiles

from bench.faults.proxy import Proxy
from bench.faults.school import School, until
from bench.faults.talker import Talker, encode, uuid7
from bench.faults.wire import Turned, Wire, frame

HOSTILE = 8
MEMORY_BYTES = 2.5 * (1 << 20)  # what a hostile client may cost
BEFORE_SHARE = 0.4  # of the time with hostile clients, for a look at how things are without
TINY = 4096  # a receive buffer
SILENT_SECONDS = 27.0  # until a dead peer is noticed
P99_FACTOR, P99_SECONDS = 1.5, 0.05  # of the others, against before; below this nobody notices anything

Hostile = Callable[[School, str], Awaitable[None]]


async def slow_readers(school: School) -> None:
    """Eight of the room read nothing, ever; each that is cut comes back."""
    await _beside(school, _never_reads)


async def flooders(school: School) -> None:
    """Eight send as fast as they can, each something else, and read nothing; each that is closed comes back."""
    await _beside(school, _floods)


async def _never_reads(school: School, cookie: str) -> None:
    wire = await Wire.open(school.place.port, cookie, school.place.origin, receive_buffer=TINY)
    try:
        wire.send(encode({"t": "hello", "ref": 0, "last": {}, "client": "bench"}))
        await _until_cut(wire)
    finally:
        wire.cut()


async def _until_cut(wire: Wire) -> None:
    """Without reading: a write to a connection that was reset fails."""
    with suppress(OSError):
        while True:
            await asyncio.sleep(0.5)
            wire.raw(frame(b"", 10))
            await wire.drain()


async def _floods(school: School, cookie: str) -> None:
    wire = await Wire.open(school.place.port, cookie, school.place.origin, receive_buffer=TINY)
    piece = random.choice(FLOODS)()
    try:
        wire.send(encode({"t": "hello", "ref": 0, "last": {}, "client": "bench"}))
        with suppress(OSError):
            while True:
                wire.raw(piece)
                await wire.drain()
                await asyncio.sleep(0)
    finally:
        wire.cut()


def _garbage() -> bytes:
    return frame(b"x" * 40_000)


def _too_long() -> bytes:
    return frame(b"x" * 60_000)


def _typing() -> bytes:
    return frame(encode({"t": "typing", "room": 1})) * 50


def _questions() -> bytes:
    return frame(encode({"t": "room.history", "ref": 1, "room": 1, "limit": 50})) * 20


def _messages() -> bytes:
    return frame(encode({"t": "message.send", "ref": 1, "room": 1, "cid": uuid7(), "text": "x" * 8000})) * 4


def _pings() -> bytes:
    return frame(b"p" * 120, 9) * 100


def _fragments() -> bytes:
    return b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 500


FLOODS = (_garbage, _too_long, _typing, _questions, _messages, _pings, _fragments)


async def _beside(school: School, hostile: Hostile) -> None:
    """The others' delays and the server's memory, before and meanwhile."""
    before, memory = await _window(school, school.seconds * BEFORE_SHARE)
    cookies = [seat.cookie for seat in school.seats if not seat.sends][:HOSTILE]
    async with _running(school, hostile, cookies) as count:
        meanwhile, peak = await _window(school, school.seconds)
        each = max(0, peak - memory) / HOSTILE
        school.verdict.must(each <= MEMORY_BYTES, f"{each / (1 << 20):.2f} MiB each, {count()} connections")
    bound = max(before * P99_FACTOR, before + P99_SECONDS)
    says = f"p99 of the others {before * 1000:.0f} → {meanwhile * 1000:.0f} ms"
    school.verdict.must(meanwhile <= bound, says)
    await school.again(time.monotonic())


async def _window(school: School, seconds: float) -> tuple[float, int]:
    """The 99th percentile of the delays, and the most memory of the server."""
    since, peak = time.monotonic(), 0
    while time.monotonic() < since + seconds:
        peak = max(peak, school.server.resident_bytes())
        await asyncio.sleep(0.1)
    return quantiles(school.delays(since), n=100)[98], peak


@asynccontextmanager
async def _running(school: School, hostile: Hostile, cookies: list[str]) -> AsyncIterator[Callable[[], int]]:
    connections = 0

    async def again_and_again(cookie: str) -> None:
        nonlocal connections
        while True:
            with suppress(OSError, TimeoutError, Turned):
                connections += 1
                await hostile(school, cookie)
            await asyncio.sleep(0.05)

    tasks = [asyncio.ensure_future(again_and_again(cookie)) for cookie in cookies]
    try:
        yield lambda: connections
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def half_open(school: School) -> None:
    """Lines that are there and bring nothing: the server finds out by itself, and the people come back."""
    proxy = await Proxy.start(school.place.port)
    seats = [seat for seat in school.seats if not seat.sends][:HOSTILE]
    behind = [Talker(school.place, seat.room, seat.cookie) for seat in seats]
    for talker in behind:
        talker.port = proxy.port
        school.others.append(school.enter(talker))
    await until(lambda: all(talker.record.acks for talker in behind))
    at = time.monotonic()
    proxy.swallow()
    with suppress(TimeoutError):
        await until(lambda: not proxy.lines, within_seconds=2 * SILENT_SECONDS)
    seconds = time.monotonic() - at
    school.verdict.must(seconds <= SILENT_SECONDS, f"cut by the server after {seconds:.1f} s")
    for talker in behind:
        talker.port = None
        talker.cut()
    await school.again(time.monotonic())
    await proxy.stop()


class Scrambler(Talker):
    """Frames come twice, in another order, in halves, and long after; and in the middle of one the line breaks."""

    def _send(self, wire: Wire, cid: str) -> None:
        old = random.sample(list(self.record.acked), min(2, len(self.record.acked)))
        frames = [frame(self._message(each)) for each in (cid, cid, *old, random.choice(list(self._waiting)))]
        random.shuffle(frames)
        data = b"".join(frames)
        half = random.randrange(len(data))
        wire.raw(data[:half])
        if random.random() < 0.1:
            wire.cut()
        else:
            wire.raw(data[half:])


async def scrambled_frames(school: School) -> None:
    """A class of scramblers beside the others; their own order is what they make of it, everything else is as ever."""
    seats = [seat for seat in school.seats if not seat.sends][:HOSTILE]
    scramblers = [Scrambler(school.place, seat.room, seat.cookie) for seat in seats]
    school.unordered = scramblers
    school.others += [school.enter(talker) for talker in scramblers]
    await asyncio.sleep(school.seconds)
    await school.again(time.monotonic())
    cuts = sum(sum(talker.record.closes.values()) for talker in scramblers)
    sent = sum(len(talker.record.sent) for talker in scramblers)
    school.verdict.said.append(f"{sent} messages scrambled, {cuts} lines cut in a frame")
