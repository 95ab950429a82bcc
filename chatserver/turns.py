"""Pages take turns: so many are at work at once, the others wait, and each address has its turn after every other.

Invariant: who asks for a hundred pages at once waits for them alone. Django gives each request a thread and a database
connection of its own; two hundred of them took 200 MiB and 600 open files.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from chatserver.addresses import Application

AT_ONCE = 8  # of the pool's connections (chatserver.databases) the sockets and the writer keep theirs
MOST_WAITING = 128  # of one address; a class behind one address asks for half as many
MOST_WAITING_LISTED = 1024  # of one on a school's list: its classes begin at the same minute

BUSY = b"Too much is going on here. Try again in a moment.\n"


class Turns:
    """Round the pages. At most `most_waiting` of one address wait, `most_waiting_listed` of one that `is_listed`; 503
    beyond."""

    def __init__(
        self,
        pages: Application,
        is_listed: Callable[[str], bool] = lambda _address: False,
        *,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        most_waiting_listed: int = MOST_WAITING_LISTED,
    ) -> None:
        self._pages, self._is_listed = pages, is_listed
        self._most_waiting, self._most_waiting_listed = most_waiting, most_waiting_listed
        self._free = at_once
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # by address, the next to have a turn first

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        address = (scope.get("client") or [""])[0]
        if self._are_too_many(address):
            await _refuse(send)
            return
        await self._turn(address)
        try:
            await self._pages(scope, receive, send)
        finally:
            self._hand_on()

    def _are_too_many(self, address: str) -> bool:
        waiting = len(self._waiting.get(address, ()))
        if waiting < self._most_waiting:
            return False
        return waiting >= self._most_waiting_listed or not self._is_listed(address)

    async def _turn(self, address: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it came too late
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._waiting:
            address, turns = next(iter(self._waiting.items()))
            del self._waiting[address]
            turn = turns.popleft()
            if turns:
                self._waiting[address] = turns  # behind all others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


async def _refuse(send: Any) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(BUSY)).encode()),
        (b"retry-after", b"2"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": BUSY})
