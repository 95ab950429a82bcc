"""A real hub on a loop of its own thread: what actions told it on commit."""

import asyncio
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TypeVar

from realtime.hub import Head, Hub, View

T = TypeVar("T")


class NoHistory:
    async def heads(self, topics: Collection[str]) -> dict[str, Head]:
        return {}

    async def frames(self, topic: str, view: View, after: int, upto: int) -> list[bytes]:
        return []

    def gap(self, topic: str, head: Head) -> bytes:
        return b""


class Heard:
    """What the hub was told, in order; `next` waits for it, `all` is everything told so far."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.access: Queue[frozenset[int]] = Queue()
        self.sessions: Queue[frozenset[str]] = Queue()
        self._loop = loop

    def settle(self) -> None:
        """Everything that was told before this call has arrived."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(done.set)
        done.wait(5)

    def all_access(self) -> list[frozenset[int]]:
        self.settle()
        return list(_drained(self.access))

    def all_sessions(self) -> list[frozenset[str]]:
        self.settle()
        return list(_drained(self.sessions))


def _drained(queue: "Queue[T]") -> Iterator[T]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return


@contextmanager
def running_hub() -> Iterator[Heard]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    heard = Heard(loop)
    hub = Hub(loop, NoHistory())
    hub.on_access_changed = heard.access.put
    hub.on_sessions_ended = heard.sessions.put

    async def start() -> None:
        hub.start()

    asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    try:
        yield heard
    finally:
        asyncio.run_coroutine_threadsafe(hub.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
