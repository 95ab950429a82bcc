"""Faults of the database and of the disk below it."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.faults.school import School

AWAY_SECONDS = 0.5
STOPPED_SECONDS = 2.0
LOCKED_SECONDS = 3.0
FULL_SECONDS = 2.0
DISK_BYTES = 24 << 20


async def kill_backend(school: School) -> None:
    """Kill -9 of one of PostgreSQL's processes that serves us: PostgreSQL ends all others and recovers."""
    for _ in range(school.times):
        await school.steady()
        at = time.monotonic()
        os.kill(random.choice(_backends(school)), signal.SIGKILL)
        await school.again(at)


async def end_backends(school: School) -> None:
    """All of our connections are ended, as an operator or a proxy in between does."""
    for _ in range(school.times):
        await school.steady()
        at = time.monotonic()
        for pid in _backends(school):
            os.kill(pid, signal.SIGTERM)
        await school.again(at)


async def kill_postgres(school: School) -> None:
    assert school.postgres is not None
    for _ in range(school.times):
        await school.steady()
        await school.do(school.postgres.kill)
        await asyncio.sleep(AWAY_SECONDS)
        await school.do(school.postgres.start)
        await school.again(time.monotonic())


async def stop_postgres(school: School) -> None:
    """It is there, takes connections, and says nothing."""
    for _ in range(school.times):
        await school.steady()
        pids = [_postmaster(school), *_children(_postmaster(school))]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(STOPPED_SECONDS)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        await school.again(time.monotonic())


def _postmaster(school: School) -> int:
    assert school.postgres is not None
    assert school.postgres.process is not None
    return school.postgres.process.pid


def _backends(school: School) -> list[int]:
    """Which have a connection of ours: their title names database and peer."""
    return [pid for pid in _children(_postmaster(school)) if b"[local]" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def lock_sqlite(school: School) -> None:
    """Somebody else's transaction takes its time."""
    for _ in range(school.times):
        await school.steady()
        await asyncio.to_thread(_hold, school.server.folder / "chat.sqlite3")
        await school.again(time.monotonic())


def _hold(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        time.sleep(LOCKED_SECONDS)
        database.execute("ROLLBACK")


async def fill_disk(school: School) -> None:
    """Not a byte is left; then there is room again. Whoever is there stays there, and reads."""
    for _ in range(school.times):
        await school.steady()
        here = [talker for talker in school.talkers if talker.is_here]
        ballast = school.server.folder / "ballast"
        await asyncio.to_thread(_fill, ballast)
        await asyncio.sleep(FULL_SECONDS)
        ballast.unlink()
        await school.again(time.monotonic())
        refused = sum(talker.record.refused["storage_full"] for talker in here)
        school.verdict.must(refused > 0, f"{refused} × storage_full")


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            return


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own. Raises OSError where one may not be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="classtrak-disk-"))
    try:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "classtrak-faults", str(folder)]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(done.stderr.strip())
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()
