"""Between processes over Redis: channels-redis' pub/sub layer, one channel per process, one publish per batch.

The bus may lose anything (pub/sub is at most once), so nothing here waits for Redis: what can't be sent now is dropped,
and the others find it by their polls. Invariant: a process hears itself. Each batch comes back to its sender too; who
has not heard itself for SILENT_SECONDS is away, whatever its connection says, and subscribes anew.

The price lies in the batches (`python -m bench.bus`). This module alone imports channels_redis, and is imported only
where a Redis is configured.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.bus import Missed, Receiver, Signal
from realtime.metrics import BusMetrics

log = logging.getLogger(__name__)
logging.getLogger("channels_redis.pubsub").setLevel(logging.CRITICAL)  # a traceback every second; we say it once

GROUP = "hub"
WAITING_SIGNALS = 10_000  # beyond, all of them are dropped
WAITING_BYTES = 8 * 1024 * 1024
REDIS_SECONDS = 1.0  # how long anything may take that we ask of it
REST_SECONDS = 1.0  # between two attempts while it is away
BEAT_SECONDS = 2.0  # how often a process speaks at least, if only to hear itself
SILENT_SECONDS = 5.0
LOOK_SECONDS = 10.0  # how often somebody has to look while it is away
BEAT = b""  # a signal of nothing

_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Signal] = msgspec.msgpack.Decoder(Signal).decode


class RedisBus:
    """For one hub. `prefix` keeps installations apart: the number of a database does not, for what is published."""

    def __init__(self, loop: asyncio.AbstractEventLoop, url: str, *, prefix: str) -> None:
        self._loop = loop
        self._layer = RedisPubSubChannelLayer(hosts=[_host(url)], prefix=prefix)
        self.metrics = BusMetrics()
        self._receiver: Receiver = _nobody
        self._process = secrets.token_bytes(8)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._count = 0  # of our batches, dropped ones too: the next one tells the others that they missed something
        self._counts: dict[bytes, int] = {}  # the last of each process
        self._is_away = False
        self._went_at = 0  # the batch at which it was away: an earlier one that comes back late says nothing
        self._rest_until = 0.0
        self._heard_at = self._looked_at = loop.time()
        self._publishing: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None

    def subscribe(self, receiver: Receiver) -> Callable[[], None]:
        self._receiver = receiver
        self._listening = self._loop.create_task(self._listen())
        self._beating = self._loop.create_task(self._beat())
        return self._unsubscribe

    def _unsubscribe(self) -> None:
        self._receiver = _nobody

    @property
    def is_away(self) -> bool:
        """Whether Redis carries nothing: others hear of things once a second."""
        return self._is_away

    async def settle(self) -> None:
        if self._publishing is not None:
            await asyncio.wait([self._publishing])

    async def close(self) -> None:
        self._unsubscribe()
        await _end(self._beating)
        await _end(self._publishing)
        await self._leave()

    # Out

    def send(self, signal: Signal, sender: Receiver) -> None:
        self._send_packed(_encode(signal))

    def _send_packed(self, packed: bytes) -> None:
        self._waiting.append(packed)
        self._waiting_bytes += len(packed)
        if len(self._waiting) > WAITING_SIGNALS or self._waiting_bytes > WAITING_BYTES:
            self._drop()
        elif self._publishing is None:
            if self._loop.time() < self._rest_until:
                self._drop()
            else:
                self._publishing = self._loop.create_task(self._publish_all())

    def _drop(self) -> None:
        self._count += 1
        self.metrics.dropped += len(self._waiting)
        self._waiting, self._waiting_bytes = [], 0

    async def _publish_all(self) -> None:
        """What comes while one publish is under way is the next."""
        try:
            while self._waiting:
                signals, self._waiting, self._waiting_bytes = self._waiting, [], 0
                await self._publish(signals)
        finally:
            self._publishing = None

    async def _publish(self, signals: list[bytes]) -> None:
        self._count += 1
        batch = {"type": "batch", "from": self._process, "count": self._count, "signals": signals}
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                await self._layer.group_send(GROUP, batch)
            self.metrics.published += 1
            self.metrics.signals += len(signals)
        except Exception as problem:  # whatever it is: late for the others, lost for nobody
            self.metrics.failed += 1
            self._rest_until = self._loop.time() + REST_SECONDS
            self._drop()
            self._away(problem)

    # In

    async def _listen(self) -> None:
        while True:
            try:
                channel = await self._join()
                while True:
                    self._take(await self._layer.receive(channel))
            except Exception as problem:  # this loop must survive whatever Redis does
                self._away(problem)
                await asyncio.sleep(REST_SECONDS)

    async def _join(self) -> str:
        async with asyncio.timeout(REDIS_SECONDS):
            await self._layer.flush()  # what is left of the last time
            channel: str = await self._layer.new_channel()
            await self._layer.group_add(GROUP, channel)
        self.metrics.subscribed += 1
        self._send_packed(BEAT)
        return channel

    async def _leave(self) -> None:
        """The layer forgets its channels first: its receiver, when cancelled, would ask Redis to unsubscribe."""
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                await self._layer.flush()
        except Exception as problem:
            log.debug("bus: left without a word: %r", problem)
        await _end(self._listening)

    def _take(self, batch: dict[str, Any]) -> None:
        sender, count = batch["from"], batch["count"]
        if sender == self._process:
            self._here(count)
            return
        if count != self._counts.get(sender, 0) + 1:
            self._miss()
        self._counts[sender] = count
        for packed in batch["signals"]:
            if packed != BEAT:
                self._tell(_unpack(packed))

    def _tell(self, signal: Signal) -> None:
        try:
            self._receiver(signal)
        except Exception:  # one that can't be taken must not end the listening
            log.exception("bus: a signal could not be taken: %s", type(signal).__name__)

    # Whether it is there

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._send_packed(BEAT)
            now = self._loop.time()
            if now - self._heard_at > SILENT_SECONDS:
                self._heard_at = now
                self._away(TimeoutError("it sends nothing back"))
                await self._leave()
                self._listening = self._loop.create_task(self._listen())
            if self._is_away and now - self._looked_at > LOOK_SECONDS:
                self._look(now)

    def _away(self, problem: Exception) -> None:
        self._went_at = self._count
        if not self._is_away:
            self._is_away = True
            reason = str(problem) or type(problem).__name__
            log.warning("bus: Redis is away, the other processes hear of things once a second: %s", reason)

    def _here(self, count: int) -> None:
        self._heard_at = self._loop.time()
        if self._is_away and count > self._went_at:
            self._is_away = False
            log.warning("bus: Redis is back")
            self._look(self._heard_at)

    def _look(self, now: float) -> None:
        self._looked_at = now
        self._miss()

    def _miss(self) -> None:
        self.metrics.missed += 1
        self._tell(Missed())


def _host(url: str) -> dict[str, Any]:
    """redis-py's own time limit of 5 s would end every subscription that hears nothing for that long."""
    retry = Retry(NoBackoff(), 1)  # a connection that died while nobody used it
    return {"address": url, "socket_timeout": None, "socket_connect_timeout": REDIS_SECONDS, "retry": retry}


def _nobody(signal: Signal) -> None:
    pass


def _unpack(packed: bytes) -> Signal:
    try:
        return _decode(packed)
    except msgspec.MsgspecError:  # of another version, during a rolling restart
        return Missed()


async def _end(task: "asyncio.Task[None] | None") -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
