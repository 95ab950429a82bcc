"""The message writer by itself: batches of 1, 32 and 256 through its thread to the commit, on SQLite and PostgreSQL.

    python -m bench.writer [--seconds S] [--repeats N]

Invariant: the databases take turns round by round and each figure is the median of its rounds, so that a neighbour who
takes a core takes it from both. Both are on disk, in folders of their own, and as durable as the product runs them.
"""

import argparse
import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from uuid import UUID

from bench.servers import NOT_INHERITED
from tools import ROOT
from tools.postgres import Postgres, programs

if TYPE_CHECKING:
    from rooms.writer import Draft, ThreadWriter

BATCHES = (1, 32, 256)
ROOMS, MEMBERS = 20, 30
TEXT = "Can somebody explain why both sides of question nine are multiplied by four? I lose the sign on the way there."


@dataclass(frozen=True)
class Round:
    """What one round of one database took; `server_us` is PostgreSQL's own processor time."""

    messages_per_s: float
    wall_us: float
    writer_us: float
    server_us: float


class Worker:
    """A process with one database, as `CHATSERVER_VAR` and `DATABASE_URL` say."""

    def __init__(self, folder: Path, server: Postgres | None) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        clean |= {"CHATSERVER_VAR": str(folder)} | ({"DATABASE_URL": server.url("postgres")} if server else {})
        command = [sys.executable, "-m", "bench.writer", "--worker"]
        self._server = server
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, size: int, seconds: float) -> Round:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        before = self._server_seconds()
        self.process.stdin.write(f"{size} {seconds}\n")
        self.process.stdin.flush()
        messages, wall, used = json.loads(self.process.stdout.readline())
        server = self._server_seconds() - before
        return Round(messages / wall, *(1e6 * each / messages for each in (wall, used, server)))

    def end(self) -> None:
        self.process.communicate(timeout=60)

    def _server_seconds(self) -> float:
        """Processor time of PostgreSQL's processes."""
        if self._server is None or self._server.process is None:
            return 0.0
        return sum(_nanoseconds_below(self._server.process.pid)) / 1e9


def _nanoseconds_below(parent: int) -> Iterator[int]:
    """Of each child: what the scheduler counted, because ticks miss what is shorter than one."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        try:
            yield int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        except OSError:  # it has just ended
            continue


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    if options.worker:
        return work()
    with tempfile.TemporaryDirectory(prefix="bench-writer-") as folder, _databases(Path(folder)) as workers:
        print(
            f"{'batch':>5}  {'database':<9} {'messages/s':>10} {'µs/message':>10} {'writer µs':>10} {'server µs':>10}"
        )
        for size in BATCHES:
            rounds = [
                {name: worker.run(size, options.seconds) for name, worker in workers.items()}
                for _ in range(options.repeats)
            ]
            for name in workers:
                _show(size, name, [each[name] for each in rounds])
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.writer", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round (default: %(default)g)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of each size (default: %(default)s)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, Worker]]:
    server = Postgres().start() if programs() is not None else None
    workers = {"sqlite": Worker(_made(folder / "sqlite"), None)}
    if server is not None:
        workers["postgres"] = Worker(_made(folder / "postgres"), server)
    try:
        for worker in workers.values():
            worker.run(1, 0.5)  # warm: statements are prepared, plans are made
        yield workers
    finally:
        for worker in workers.values():
            worker.end()
        if server is not None:
            server.end()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _show(size: int, name: str, rounds: Sequence[Round]) -> None:
    rate, wall, writer, server = (
        median(getattr(each, field) for each in rounds)
        for field in ("messages_per_s", "wall_us", "writer_us", "server_us")
    )
    print(f"{size:>5}  {name:<9} {rate:>10,.0f} {wall:>10.1f} {writer:>10.1f} {server:>10.1f}")


# In the worker


def work() -> int:
    """A round for each line of "size seconds": submit a batch, wait for its commit, again."""
    from bench.provision import set_up

    set_up()
    from django.core.management import call_command

    from bench.people import fill
    from rooms.writer import ThreadWriter

    call_command("migrate", verbosity=0, interactive=False)
    fill(ROOMS, MEMBERS)
    committed: queue.SimpleQueue[int] = queue.SimpleQueue()
    writer = ThreadWriter(lambda batch, outcomes, runs: committed.put(sum(len(run.events) for run in runs)))
    drafts = _drafts()
    for line in sys.stdin:
        size, seconds = line.split()
        print(json.dumps(_round(writer, drafts, committed, int(size), float(seconds))), flush=True)
    writer.close()
    return 0


def _round(
    writer: "ThreadWriter", drafts: "Iterator[Draft]", committed: "queue.SimpleQueue[int]", size: int, seconds: float
) -> tuple[int, float, float]:
    """Messages, seconds, processor seconds of this process."""
    messages, began, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        for draft in islice(drafts, size):
            writer.submit(draft)
        stored = 0
        while stored < size:
            stored += committed.get(timeout=30)
        messages += stored
    return messages, time.perf_counter() - began, time.process_time() - used


def _drafts() -> "Iterator[Draft]":
    """Messages without end: a member of each room in turn."""
    from rooms.models import Enrollment
    from rooms.text import RENDERER
    from rooms.writer import Draft

    seats = list(Enrollment.objects.order_by("seat", "course").values_list("course__rooms", "member", "seat"))
    for room, member, seat in cycle(seats):
        yield Draft(room, member, 1, None, seat, _cid(), TEXT, None, RENDERER)


def _cid() -> UUID:
    """A UUIDv7, as a client makes it."""
    at = time.time_ns() // 1_000_000
    return UUID(int=at << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
