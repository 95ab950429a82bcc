"""One fault after the other, each on a server of its own; a table in the end. 1 when a promise was broken."""

import asyncio
import json
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.faults import clocks, databases
from bench.faults.judging import PROMISES, Verdict
from bench.faults.school import FOLDER, School, Setting, served
from bench.faults.table import FAULTS, NAMES, POSTGRES, SQLITE, Fault
from bench.servers import ServerFailed
from bench.services import check
from chatserver.progress import stop
from tools import debian

VIOLATED, UNKNOWN = 1, 2  # exit codes
WORKERS = {SQLITE: 1, POSTGRES: 2}
COLUMNS = ("fault", "database", "times", "acked", *PROMISES, "served again", "remarks")


@dataclass
class Row:
    fault: Fault
    database: str
    workers: int
    times: int
    seconds: float
    verdict: Verdict | None = None
    skipped: str = ""
    failed: str = ""

    @property
    def is_broken(self) -> bool:
        return bool(self.failed) or (self.verdict is not None and self.verdict.is_broken)

    def as_dict(self) -> dict[str, Any]:
        return {
            "fault": self.fault.name,
            "says": self.fault.says,
            "db": self.database,
            "workers": self.workers,
            "times": self.times,
            "most_seconds": self.fault.most_seconds,
            **(asdict(self.verdict) if self.verdict else {}),
            **({"skipped": self.skipped} if self.skipped else {}),
            **({"failed": self.failed} if self.failed else {}),
        }


def main(options: Namespace) -> int:
    """Do them, print the table, write it. Ends with a sentence and 2 where something asked for isn't there."""
    if unknown := set(options.names) - set(NAMES):
        stop(f"There is no fault {', '.join(sorted(unknown))}: one of {', '.join(NAMES)}.", UNKNOWN)
    chosen = [fault for fault in FAULTS if not options.names or fault.name in options.names]
    for database in _databases(options):
        check(database, _workers(options, database))
    began, rows = time.monotonic(), []
    with ThreadPoolExecutor(1) as starter:
        for fault, database in _runs(chosen, options):
            print(f"  {fault.name}, {database}: {fault.says} …", flush=True)
            rows.append(_row(fault, database, options, starter))
            print(f"    {_cells(rows[-1])[-1]}", flush=True)
    path = options.json or FOLDER / f"faults-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([row.as_dict() for row in rows], indent=2, ensure_ascii=False) + "\n")
    print_table(rows)
    print(f"\n{time.monotonic() - began:.0f} s, {path}")
    return VIOLATED if any(row.is_broken for row in rows) else 0


def _databases(options: Namespace) -> tuple[str, ...]:
    return (options.db,) if options.db else (SQLITE, POSTGRES)


def _workers(options: Namespace, database: str) -> int:
    return int(options.workers or WORKERS[database])


def _runs(chosen: list[Fault], options: Namespace) -> Iterator[tuple[Fault, str]]:
    for database in _databases(options):
        for fault in chosen:
            if database in fault.databases:
                yield fault, database


def _row(fault: Fault, database: str, options: Namespace, starter: ThreadPoolExecutor) -> Row:
    row = Row(fault, database, _workers(options, database), options.times or fault.times, options.seconds)
    row.skipped = _missing(fault, row.workers)
    if row.skipped:
        return row
    try:
        row.verdict = _run(row, starter)
    except (ServerFailed, OSError, TimeoutError, RuntimeError) as problem:
        row.failed = f"{type(problem).__name__}: {problem}"
        print(f"  {row.failed}", file=sys.stderr)
    return row


def _missing(fault: Fault, workers: int) -> str:
    """Why it can't be done here; empty: it can."""
    if fault.needs == "bus" and workers == 1:
        return "needs --workers 2"
    if fault.needs == "clock" and clocks.library() is None:
        return f"needs libfaketime: {debian.command(clocks.PACKAGE)}"
    if fault.needs == "disk":
        try:
            with databases.small_disk():
                pass
        except OSError as problem:
            return f"needs to mount a small file system: {problem}"
    return ""


def _run(row: Row, starter: ThreadPoolExecutor) -> Verdict:
    fault = row.fault
    with ExitStack() as ends:
        folder = ends.enter_context(databases.small_disk()) if fault.needs == "disk" else _made(ends, fault.name)
        setting = Setting(
            database=row.database,
            workers=row.workers,
            rooms=fault.rooms,
            members=fault.members,
            limits=fault.limits,
            preload=clocks.preload(folder / "clock") if fault.needs == "clock" else {},
            pause_seconds=fault.pause_seconds,
            in_flight=fault.in_flight,
            text_chars=fault.text_chars,
        )
        school = ends.enter_context(served(setting, starter, row.times, row.seconds, folder))
        asyncio.run(_do(school, fault))
        return school.judge()


def _made(ends: ExitStack, name: str) -> Path:
    """On the disk of the checkout: in memory fsync would be free."""
    folder = FOLDER / f"faults-{name}-{time.time_ns()}"
    folder.mkdir(parents=True)
    ends.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


async def _do(school: School, fault: Fault) -> None:
    async with school.talking():
        await fault.do(school)


def print_table(rows: list[Row]) -> None:
    cells = [list(COLUMNS), *(_cells(row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(COLUMNS))]
    print()
    for row in cells:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cells(row: Row) -> list[str]:
    head = [row.fault.says, f"{row.database} × {row.workers}", str(row.times)]
    if row.verdict is None:
        return [*head, *("–" for _ in range(len(PROMISES) + 2)), row.skipped or f"failed: {row.failed}"]
    verdict = row.verdict
    counts = [f"{getattr(verdict, name):,}" for name in ("acked", *PROMISES)]
    return [*head, *counts, _recovery(verdict, row.fault.most_seconds), "; ".join(dict.fromkeys(verdict.said))]


def _recovery(verdict: Verdict, most_seconds: float) -> str:
    """Half of the times, and always. A goal that is missed is said, and breaks no promise: machines differ."""
    if not verdict.recoveries:
        return "–"
    times = sorted(verdict.recoveries)
    late = "" if times[-1] <= most_seconds else f" (goal {most_seconds:g})"
    return f"{times[len(times) // 2]:.1f} s, at most {times[-1]:.1f}{late}"
