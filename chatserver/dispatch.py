"""The one bridge between the event loop and the synchronous domain.

Everything synchronous that a socket needs runs here, in a pool of threads of its own. `database_sync_to_async` is
banned: outside a request it puts every socket of the process on one thread (20 calls of 50 ms took 1.0 s).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

P = ParamSpec("P")
R = TypeVar("R")


class Bridge:
    """A pool of threads, made for one run of the application and closed with it. Each keeps its connections."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or settings.THREADS, "sync")
        self._kept: set[BaseDatabaseWrapper] = set()

    async def run_sync(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run in a thread, with a database connection that is good now."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: self._run(call, *args, **kwargs))

    async def end(self) -> None:
        """`close`, while the loop goes on."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Returns when the calls under way are done and their connections are closed."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        with ThreadPoolExecutor(1) as last:  # Django closes none on a thread that has a loop
            last.submit(self._close_connections).result()

    def _close_connections(self) -> None:
        for connection in self._kept:
            connection.inc_thread_sharing()  # its own thread has ended
            connection.close()

    def _run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        finally:
            self._keep_connections()

    def _keep_connections(self) -> None:
        """Where no pool keeps them: to open SQLite's file takes longer than most calls. One that has failed is closed,
        and whoever asks next gets another."""
        for connection in connections.all(initialized_only=True):
            self._kept.add(connection)
            if connection.errors_occurred:
                connection.close()
            elif "pool" not in connection.settings_dict["OPTIONS"]:
                connection.close_at = None
            connection.close_if_unusable_or_obsolete()
