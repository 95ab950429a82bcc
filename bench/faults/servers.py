"""Faults of the server's own processes."""

import time

from bench.faults.school import School, until
from realtime.closing import CloseCode


async def kill_worker(school: School) -> None:
    """Kill -9 of a process that serves, again and again; with several, one after the other."""
    for number in range(school.times):
        await school.steady()
        at = time.monotonic()
        school.server.kill_worker(number)
        await school.again(at)


async def kill_all(school: School) -> None:
    """Kill -9 of everything, then a start by hand, which prepares first."""
    for _ in range(school.times):
        await school.steady()
        await school.do(school.server.kill_all)
        at = time.monotonic()
        await school.do(school.server.start)
        await school.again(at)


async def rolling_restart(school: School) -> None:
    """SIGHUP: each worker's people are told 1012, and nobody else notices anything."""
    for _ in range(school.times):
        await school.steady()
        old, at = set(school.server.worker_pids()), time.monotonic()
        school.server.replace_workers()
        await until(lambda old=old: not old & set(school.server.worker_pids()))  # type: ignore[misc]
        await school.again(at)
        await _all_ready(school)
    closes = sum((talker.record.closes for talker in school.talkers), start=type(school.talkers[0].record.closes)())
    others = {code: count for code, count in closes.items() if code not in (CloseCode.RESTART, 0)}
    school.verdict.must(not others, f"{closes[CloseCode.RESTART]} told 1012, {sum(others.values())} closed otherwise")


async def _all_ready(school: School) -> None:
    await school.steady()
    await until(lambda: len(school.server.worker_pids()) == school.server.workers)
