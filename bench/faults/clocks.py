"""The wall clock jumps, for the server's processes alone: libfaketime, which reads where it is from a file."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from bench.faults.school import School

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")
PACKAGE = "faketime"
DAYS = (2, -2)
SETTLE_SECONDS = 4.0  # every timer and poll of a second or two has run by then


def library() -> Path | None:
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))]
    return found[0] if found else None


def preload(clock: Path) -> Mapping[str, str]:
    """The monotonic clock stays the kernel's, as it does when somebody sets the time."""
    clock.write_text("+0d\n")
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


async def jump(school: School) -> None:
    """Two days on, back, two days back, back. Nobody's socket is closed."""
    clock = Path(school.server.preload["FAKETIME_TIMESTAMP_FILE"])
    for days in (day for _ in range(school.times) for day in DAYS):
        for offset in (days, 0):
            await school.steady()
            at = time.monotonic()
            await asyncio.to_thread(clock.write_text, f"{offset:+d}d\n")
            await school.again(at)
            await asyncio.sleep(SETTLE_SECONDS)
    closed = sum(sum(talker.record.closes.values()) for talker in school.talkers)
    school.verdict.must(closed == 0, f"{closed} sockets closed")
