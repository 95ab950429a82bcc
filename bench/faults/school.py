"""A served school with people who talk: what every fault is done to.

Invariant: whatever starts processes runs in one thread that outlives them, because they end with the thread that
started them; and it runs beside the loop, so that people go on finding out for themselves.
"""

import asyncio
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bench.faults.judging import Verdict, lines
from bench.faults.talker import AGAIN, Place, Talker
from bench.generator import Seat
from bench.scenarios import Scenario
from bench.servers import Product
from tools import ROOT
from tools.postgres import Postgres
from tools.redis import Redis

FOLDER = ROOT / "var" / "bench"  # on the disk of the checkout: a folder in memory would make fsync free
ROOMS, WRITERS = 4, 6
SERVED_AGAIN_SECONDS = 60.0
READ_SECONDS = 60.0

T = TypeVar("T")


async def until(is_so: Callable[[], bool], *, within_seconds: float = SERVED_AGAIN_SECONDS) -> None:
    """Look again and again: what is waited for is the kernel's, or many people's. Raises TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Victim(Product):
    """`./chat serve` with the means to hurt it."""

    limits = "bench"
    preload: Mapping[str, str] = {}

    def settings(self) -> dict[str, str]:
        return {**super().settings(), "CHATSERVER_LIMITS": self.limits, **self.preload}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def worker_pids(self) -> tuple[int, ...]:
        """Those that serve now; a successor that is only starting as well."""
        pids = self.measured(self.pid)
        return tuple(pid for pid in pids if b"chatserver.worker" in _command(pid))

    def kill_worker(self, place: int) -> None:
        pids = self.worker_pids()
        if pids:
            os.kill(pids[place % len(pids)], signal.SIGKILL)

    def kill_all(self) -> None:
        """As a power cut ends them, but that the kernel keeps what was written."""
        for pid in (self.pid, *self.worker_pids()):
            os.kill(pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def replace_workers(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def resident_bytes(self) -> int:
        """Of all workers."""
        return sum(_resident(pid) for pid in self.worker_pids())


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


@dataclass
class School:
    server: Victim
    place: Place
    seats: list[Seat]
    starter: ThreadPoolExecutor
    times: int
    seconds: float
    postgres: Postgres | None = None
    redis: Redis | None = None
    talkers: list[Talker] = field(default_factory=list)
    others: list[Talker] = field(default_factory=list)  # who only read, or do other things
    unordered: Sequence[Talker] = ()  # whose order is what they make of it
    verdict: Verdict = field(default_factory=Verdict)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def do(self, what: Callable[[], T]) -> T:
        """Something that blocks."""
        return await asyncio.get_running_loop().run_in_executor(self.starter, what)

    def enter(self, talker: Talker) -> Talker:
        self._tasks.append(asyncio.ensure_future(talker.run()))
        return talker

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """People talk inside; at the end they say what they have begun, and read what they have missed."""
        self.talkers += [self.enter(Talker(self.place, seat.room, seat.cookie)) for seat in self.seats if seat.sends]
        try:
            await self.steady()
            yield
            await self._finish()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def steady(self) -> None:
        """Everybody is served, and has been for a moment."""
        await self.recovered(time.monotonic() + 0.5)

    async def recovered(self, since: float) -> float:
        """Seconds after `since` when the last of the writers had an answer to something written later."""
        found = [await self._first_answer(talker, since) for talker in self.talkers]
        return max(at for at in found if at is not None) - since if any(found) else SERVED_AGAIN_SECONDS

    async def again(self, since: float) -> None:
        """Wait until they are all served again, and note how long it took."""
        self.verdict.recoveries.append(await self.recovered(since))

    async def _first_answer(self, talker: Talker, since: float) -> float | None:
        end = max(since, time.monotonic()) + SERVED_AGAIN_SECONDS
        while time.monotonic() < end:
            later = [acked for sent, acked in talker.record.acks[-200:] if sent > since]
            if later:
                return min(later)
            await asyncio.sleep(0.02)
        self.verdict.stuck += 1
        return None

    def delays(self, since: float) -> list[float]:
        """From sending to the ack, of what was acknowledged since then."""
        return [
            acked_at - sent_at
            for talker in self.talkers
            for sent_at, acked_at in talker.record.acks
            if acked_at >= since
        ]

    async def _finish(self) -> None:
        for talker in (*self.talkers, *self.others):
            talker.finish()
        _, late = await asyncio.wait(self._tasks, timeout=SERVED_AGAIN_SECONDS)
        self.verdict.stuck += len(late)
        await asyncio.gather(*(self._read_to_the_end(talker) for talker in (*self.talkers, *self.others)))

    async def _read_to_the_end(self, talker: Talker) -> None:
        people = [other for other in (*self.talkers, *self.others) if other.room == talker.room]
        last = max((seq for other in people for seq in other.record.acked.values()), default=0)
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                await talker.read_up_to(last)

    def judge(self) -> Verdict:
        """After the talk; the server may be gone."""
        people = [*self.talkers, *self.others]
        self.verdict.hold_together(people, unordered=self.unordered)
        log = self.server.folder / "told.log"
        log.write_text("".join(line + "\n" for line in lines(people)))
        self.verdict.hold_against_database(self.server.findings(log))
        refused = sum((talker.record.refused for talker in people), start=Counter[str]())
        for code, count in refused.items():
            self.verdict.must(code in AGAIN, f"{count} × {code}")
        return self.verdict


@dataclass(frozen=True)
class Setting:
    """What a fault needs around it."""

    database: str = "sqlite"
    workers: int = 1
    rooms: int = ROOMS
    members: int = WRITERS
    writers: int = WRITERS
    limits: str = "bench"
    preload: Mapping[str, str] = field(default_factory=dict)
    pause_seconds: float = 0.1
    in_flight: int = 1
    text_chars: int = 40


@contextmanager
def served(setting: Setting, starter: ThreadPoolExecutor, times: int, seconds: float, folder: Path) -> Iterator[School]:
    """Started here, ended here, whatever happens; `folder` is where everything mutable is to be."""
    with ExitStack() as ends:
        server = Victim(folder)
        server.workers, server.limits = setting.workers, setting.limits
        cluster, bus = _services(setting, starter, ends)
        server.services = {
            **({"DATABASE_URL": cluster.url("postgres")} if cluster else {}),
            **({"REDIS_URL": bus.url} if bus else {}),
        }
        seats = server.prepare(Scenario("faults", "", setting.rooms, setting.members, senders=setting.writers))
        seats = _who_write(seats, setting)
        server.preload = setting.preload
        ends.callback(lambda: starter.submit(server.stop).result())
        starter.submit(server.start).result()
        place = Place(server.port, server.origin, setting.pause_seconds, setting.in_flight, setting.text_chars)
        yield School(server, place, seats, starter, times, seconds, cluster, bus)


def _who_write(seats: list[Seat], setting: Setting) -> list[Seat]:
    """Of the first rooms, so many members; the teacher too."""
    return [
        Seat(
            seat.room, at % setting.members < setting.writers and at // setting.members < ROOMS, seat.path, seat.cookie
        )
        for at, seat in enumerate(seats)
    ]


def _services(setting: Setting, starter: ThreadPoolExecutor, ends: ExitStack) -> tuple[Postgres | None, Redis | None]:
    cluster = bus = None
    if setting.database == "postgres":
        cluster = Postgres()
        ends.callback(lambda: starter.submit(cluster.end).result())
        starter.submit(cluster.start).result()
    if setting.workers > 1:
        bus = Redis()
        ends.callback(lambda: starter.submit(bus.end).result())
        starter.submit(bus.start).result()
    return cluster, bus
