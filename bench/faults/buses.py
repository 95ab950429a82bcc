"""Faults of Redis, which may lose anything: what it loses comes a second later."""

import asyncio
import time

from bench.faults.school import School

AWAY_SECONDS = 2.0


async def kill_redis(school: School) -> None:
    assert school.redis is not None
    for _ in range(school.times):
        await school.steady()
        await school.do(school.redis.kill)
        await asyncio.sleep(AWAY_SECONDS)
        await school.do(school.redis.start)
        await school.again(time.monotonic())


async def stop_redis(school: School) -> None:
    """It takes connections and bytes, and answers nothing."""
    assert school.redis is not None
    for _ in range(school.times):
        await school.steady()
        school.redis.pause()
        await asyncio.sleep(AWAY_SECONDS)
        school.redis.resume()
        await school.again(time.monotonic())


async def flush_redis(school: School) -> None:
    assert school.redis is not None
    for _ in range(school.times):
        await school.steady()
        await school.do(school.redis.flush)
        await school.do(school.redis.cut)
        await school.again(time.monotonic())
