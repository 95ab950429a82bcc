"""A Redis for one test, or for one module: skipped where there is none, failed where CI has to have one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tools.redis import Redis, is_there


@contextmanager
def running() -> Iterator[Redis]:
    if not is_there():
        sentence = "redis-server isn't installed. As root: apt-get install redis-server"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    redis = Redis()
    try:
        yield redis.start()
    finally:
        redis.end()
