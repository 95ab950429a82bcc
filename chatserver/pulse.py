"""How one server process is: whether it may be sent people, how late its loop is, and what it shows of itself.

Invariant: nothing here is asked while a message passes. The pulse beats by a timer, and reads what was counted anyway.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import Error

from chatserver import figures, schema
from chatserver.dispatch import Bridge
from realtime.metrics import SECONDS, Histogram

if TYPE_CHECKING:
    from chatserver.board import Board
    from chatserver.engine import Engine
    from realtime.daphne import Server

BEAT_SECONDS = 0.25
SHOW_SECONDS = 1.0
LOOK_SECONDS = 1.0  # an answer of the database is as good as new for so long
ASK_SECONDS = 3.0
LATE_SECONDS = 2.0
REMEMBERED_BEATS = 40  # ten seconds
STUCK_SECONDS = 30.0  # the writer's own patience with a database ends before


class Pulse:
    def __init__(self, engine: "Engine", board: "Board | None" = None) -> None:
        self.engine, self.board = engine, board
        self.server: Server | None = None
        self.started_at = time.time()
        self.lags = Histogram(SECONDS)
        self._recent: deque[float] = deque([0.0], REMEMBERED_BEATS)
        self._bridge = Bridge(threads=1)  # its own: a busy pool says nothing of the database
        self._looking: asyncio.Task[str] | None = None
        self._looked: tuple[float, str] = (0.0, "")
        self._shown_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self, server: "Server") -> None:
        """On the loop."""
        self.server = server
        self._beat(self.engine.loop.time())
        self._look_now()  # what this version needs is read while its files lie there

    async def stop(self) -> None:
        """Returns when the look under way is over."""
        if self._timer is not None:
            self._timer.cancel()
        await self._bridge.end()

    def _beat(self, due_at: float) -> None:
        now = self.engine.loop.time()
        self.lags.observe(now - due_at)
        self._recent.append(now - due_at)
        if self.board is not None and now - self._shown_at >= SHOW_SECONDS:
            self._shown_at = now
            self.board.write(msgspec.json.encode(self.figures()))
        self._timer = self.engine.loop.call_later(BEAT_SECONDS, self._beat, now + BEAT_SECONDS)

    @property
    def lag_seconds(self) -> float:
        """The longest of the last ten seconds."""
        return max(self._recent)

    # Whether people may be sent here

    @property
    def is_draining(self) -> bool:
        return self.server is not None and self.server.is_draining

    async def trouble(self) -> str:
        """Why nobody should be sent here, in one word; empty: they may. Redis is no reason: without it we are late."""
        if self.is_draining:
            return "draining"
        if not self.engine.writes(STUCK_SECONDS):
            return "writer"
        if self.lag_seconds > LATE_SECONDS:
            return "slow"
        return await self._look()

    async def _look(self) -> str:
        """One look at a time, shared by all who ask meanwhile; one that takes too long goes on by itself."""
        asked_at, word = self._looked
        if time.monotonic() - asked_at < LOOK_SECONDS:
            return word
        done, _ = await asyncio.wait([self._looking or self._look_now()], timeout=ASK_SECONDS)
        return done.pop().result() if done else "database"

    def _look_now(self) -> "asyncio.Task[str]":
        self._looking = self.engine.loop.create_task(self._bridge.run_sync(_trouble_of_database))
        self._looking.add_done_callback(self._keep)
        return self._looking

    def _keep(self, looking: "asyncio.Task[str]") -> None:
        self._looking = None
        self._looked = (time.monotonic(), looking.result())

    # What it shows

    @property
    def has_redis(self) -> bool | None:
        """None: there is to be none."""
        bus = self.engine.bus
        return not bus.is_away if bus is not None else None

    def figures(self) -> dict[str, Any]:
        return figures.of(self)

    async def render(self) -> bytes:
        """Those of all workers of this machine, as Prometheus reads them."""
        everybodys: dict[int, Mapping[str, Any]] = {}
        if self.board is not None:
            everybodys = {slot: msgspec.json.decode(said) for slot, said in self.board.read().items()}
        everybodys[self.board.slot if self.board is not None else 0] = self.figures()
        return await self._bridge.run_sync(figures.render, everybodys)


def _trouble_of_database() -> str:
    try:
        return "" if schema.has_all() else "migrations"
    except Error:
        return "database"
