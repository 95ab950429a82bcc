"""Hostile clients, and unlucky ones. What one of them costs, and whether anybody else notices."""

import asyncio
import random
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from statistics import quantiles

from bench.faults.proxy import Proxy
from bench.faults.school import School, until
from bench.faults.talker import Talker
from bench.faults.wire import Wire, frame
from tools import ROOT

HOSTILE = 8
MEMORY_BYTES = 2.5 * (1 << 20)  # what a hostile client may cost
BEFORE_SHARE = 0.4  # of the time with hostile clients, for a look at how things are without
SILENT_SECONDS = 27.0  # until a dead peer is noticed
P99_FACTOR, P99_SECONDS = 1.5, 0.05  # of the others, against before; below this nobody notices anything


async def slow_readers(school: School) -> None:
    """Eight of the room read nothing, ever; each that is cut comes back."""
    await _beside(school, "lazy")


async def flooders(school: School) -> None:
    """Eight send as fast as they can, each something else, and read nothing; each that is closed comes back."""
    await _beside(school, "all")


async def _beside(school: School, kind: str) -> None:
    """The others' delays and the server's memory, before and meanwhile."""
    before, memory = await _window(school, school.seconds * BEFORE_SHARE)
    cookies = [seat.cookie for seat in school.seats if not seat.sends][:HOSTILE]
    async with _running(school, kind, cookies) as count:
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
async def _running(school: School, kind: str, cookies: list[str]) -> AsyncIterator[Callable[[], int]]:
    """Hostile people are in a process of their own, behind the others on the processor: from elsewhere, as it were."""
    connections = 0
    where = (str(school.place.port), school.place.origin)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.faults.hostile", kind, *where), stdin=PIPE, stdout=PIPE, cwd=ROOT
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None

    async def count() -> None:
        nonlocal connections
        while await stdout.readline():
            connections += 1

    counting = asyncio.ensure_future(count())
    try:
        stdin.write("\n".join([*cookies, "", ""]).encode())
        yield lambda: connections
    finally:
        process.kill()
        await process.wait()
        await counting


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
