"""Everything that lives as long as the server: hub, writer, door, limits, presence and the watch over access.

Made once, on the loop that serves. Nothing of it is made at import: tests make one for each application they start.
"""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.conf import settings

from chatserver.client import Client
from chatserver.clock import Clock
from chatserver.dispatch import Bridge
from chatserver.door import Door
from chatserver.farewells import farewell
from chatserver.history import RoomHistory
from chatserver.limits import Limits
from chatserver.networks import ListedNetworks
from chatserver.post import Post
from chatserver.presence import RoomPresence
from chatserver.watch import AccessWatch
from realtime.bus import Runs
from realtime.closing import CloseCode
from realtime.config import EngineConfig
from realtime.hub import Hub, Run
from realtime.metrics import WriterMetrics
from realtime.outbox import Outbox
from rooms import writer
from rooms.writer import Draft, InlineWriter, ThreadWriter
from rooms.writer.batch import Outcome
from rooms.writer.drivers import resolve

if TYPE_CHECKING:
    from realtime.bus_redis import RedisBus


class Engine:
    def __init__(self, loop: asyncio.AbstractEventLoop, config: EngineConfig | None = None) -> None:
        self.loop = loop
        self.config = config or EngineConfig()
        self.bridge = Bridge()
        self.bus = _bus(loop)
        self.hub = Hub(loop, RoomHistory(self.bridge), bus=self.bus)
        self.door = Door(self.bridge)
        self.limits = Limits()
        self.networks = ListedNetworks(self.bridge)
        self.presence = RoomPresence(self)
        self.watch = AccessWatch(self)
        self.clock = Clock()
        self.post = Post()
        self.answers: Counter[str] = Counter()  # what the door said: "allowed", or why not
        self._clients: dict[Outbox, Client] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        global _current
        self.hub.on_access_changed = self.watch.access_changed
        self.hub.on_sessions_ended = self.watch.sessions_ended
        self.hub.on_missed = self.watch.missed
        self.hub.on_presence = self.presence.hear
        self.hub.start()
        self._writer = ThreadWriter(self._deliver)
        writer.use(self._writer)
        self.clock.start()
        self.post.start()
        self._tasks = [self.loop.create_task(self.watch.run()), self.loop.create_task(self.networks.run())]
        if self.hub.bus is not None:
            self._tasks.append(self.loop.create_task(self.presence.run()))
        _current = self

    async def settle(self) -> None:
        """What was accepted is committed and acked, and on its way to the other processes."""
        await self.bridge.run_sync(self._writer.close)
        writer.use(InlineWriter())
        await asyncio.sleep(0)  # the last batch was handed to the loop by the writer's thread
        self.presence.keep_still()
        await self.hub.settle()

    async def stop(self) -> None:
        """After `settle`: end every task, thread and connection of ours."""
        global _current
        await self.bridge.run_sync(self.clock.stop)
        await self.bridge.run_sync(self.post.stop)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.hub.stop()
        await self.bridge.end()
        _current = None

    # Clients

    def admit(self, client: Client) -> None:
        """From here on the watch looks after it; the hub has it once it has greeted."""
        self._clients[client.connection.outbox] = client
        self.watch.clients_changed()

    def forget(self, client: Client) -> None:
        self._clients.pop(client.connection.outbox, None)
        self.watch.clients_changed()
        self.presence.gone(client)
        self.hub.remove(client.connection)

    def clients(self) -> Iterator[Client]:
        return iter(tuple(self._clients.values()))

    def farewell(self, outbox: Outbox) -> bytes | None:
        """What is said at a restart."""
        client = self._clients.get(outbox)
        return farewell(CloseCode.RESTART, client.visit.member.locale) if client is not None else None

    # What operators are shown

    def writes(self, patience_seconds: float) -> bool:
        """Whether the writer is there, and not stuck in one batch for longer than that."""
        busy_since = self._writer.busy_since
        is_stuck = busy_since is not None and time.monotonic() - busy_since > patience_seconds
        return self._writer.is_alive and not is_stuck

    @property
    def written(self) -> WriterMetrics:
        return self._writer.metrics

    @property
    def socket_count(self) -> int:
        return len(self._clients)

    # After a commit

    def _deliver(self, batch: Sequence[Draft], outcomes: Sequence[Outcome], runs: list[Run]) -> None:
        """In the writer's thread: the loop answers and fans out, while the next batch is already being written."""
        self.loop.call_soon_threadsafe(self._delivered, batch, outcomes, runs)

    def _delivered(self, batch: Sequence[Draft], outcomes: Sequence[Outcome], runs: list[Run]) -> None:
        resolve(batch, outcomes)
        if runs:
            self.hub.announce(Runs(tuple(runs)))


def _bus(loop: asyncio.AbstractEventLoop) -> "RedisBus | None":
    """Between this process and the others of the installation, which have its secret key in common."""
    if not settings.REDIS_URL:
        return None
    from realtime.bus_redis import RedisBus  # half a second of imports

    key = hashlib.sha256(b"bus" + settings.SECRET_KEY.encode()).hexdigest()
    return RedisBus(loop, settings.REDIS_URL, prefix=f"classtrak-{key[:16]}")


_current: Engine | None = None


def current() -> Engine:
    """The engine of this process. RuntimeError where none was started: a socket can't be served without one."""
    if _current is None:
        raise RuntimeError("the engine is not started")
    return _current
