"""Everybody comes back at once."""

import asyncio
import resource
import time

from bench.faults.school import School, until
from bench.faults.talker import Talker

BACK_SECONDS = 120.0
AT_ONCE = 200  # how many come in at once, before the storm


async def storm(school: School) -> None:
    """2,000 sockets lose their server at one moment, and are back with everything they missed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    herd = [Talker(school.place, seat.room, seat.cookie, writes=False) for seat in school.seats if not seat.sends]
    for start in range(0, len(herd), AT_ONCE):
        some = [school.enter(talker) for talker in herd[start : start + AT_ONCE]]
        await _all_here(some)
    school.others += herd
    for _ in range(school.times):
        await school.steady()
        at = time.monotonic()
        school.server.kill_worker(0)
        await asyncio.sleep(0.2)
        await _all_here([*herd, *school.talkers])
        school.verdict.said.append(f"{len(herd) + len(school.talkers)} back after {time.monotonic() - at:.1f} s")
        await school.again(at)
    turned = sum(talker.record.turned for talker in herd)
    school.verdict.must(turned == 0, f"{turned} turned away")


async def _all_here(people: list[Talker]) -> None:
    await until(lambda: all(talker.is_here for talker in people), within_seconds=BACK_SECONDS)
