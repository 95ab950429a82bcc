"""The one bridge between the event loop and the synchronous domain.

Everything synchronous that a socket needs runs here, in a pool of threads of its own. `database_sync_to_async` is
banned: outside a request it puts every socket of the process on one thread (20 calls of 50 ms took 1.0 s).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")


class Bridge:
    """A pool of threads, made for one run of the application and closed with it."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or settings.THREADS, "sync")

    async def run_sync(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run in a thread, with a database connection that is good now and given back after."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: _with_connection(call, *args, **kwargs))

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _with_connection(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return call(*args, **kwargs)
    finally:
        close_old_connections()
