"""The way of events into topics: from the writer of this process after its commit, from the bus, from the history.

Invariant: a topic takes only the next seq. What comes early is held; a hole that stays for HOLE_SECONDS is read from
the history; a lost last event is found by the poll.
"""

import asyncio
import logging
from collections.abc import Coroutine

from realtime.bus import EMPTY, Run, View, ViewFrames
from realtime.fan_out import FanOut
from realtime.metrics import Metrics
from realtime.topic import NO_EVENTS, REPLAY_FRAMES, History, Topic

log = logging.getLogger(__name__)

HOLE_SECONDS = 0.05  # how long a hole may wait for its publication before it is read
POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0  # while the database is away


class Arriving:
    def __init__(
        self, loop: asyncio.AbstractEventLoop, history: History, topics: dict[str, Topic], metrics: Metrics
    ) -> None:
        self.loop, self.history, self.topics, self.metrics = loop, history, topics, metrics
        self.fan_out = FanOut(loop, metrics)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._spawn(self._poll())

    async def stop(self) -> None:
        for topic in self.topics.values():
            topic.forget_timer()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Opening

    async def open(self, topic: Topic) -> None:
        """Reads where the topic stands; all who join meanwhile wait for one read."""
        if topic.is_open:
            return
        if topic.opening is None:
            topic.opening = self._spawn(self._open(topic))
        await asyncio.shield(topic.opening)

    async def _open(self, topic: Topic) -> None:
        """Arrivals during the read are held, so nothing falls between the read and the first delivery."""
        try:
            head = (await self.history.heads([topic.name])).get(topic.name, NO_EVENTS)
        finally:
            topic.opening = None
        topic.open(head)
        self._take_held(topic)
        self.expect(topic, topic.expected)

    # Taking

    def arrive(self, run: Run) -> None:
        topic = self.topics.get(run.topic)
        if topic is None or not run.events:
            return
        last = run.first_seq + len(run.events) - 1
        if not topic.is_open or run.first_seq > topic.seq + 1:
            topic.hold(run)  # another writer committed before: its publication is on the way
            self.metrics.held += 1
            self.expect(topic, last)
        elif last > topic.seq:
            self._take(topic, run)
            self._take_held(topic)

    def _take(self, topic: Topic, run: Run) -> None:
        events = run.events[topic.seq + 1 - run.first_seq :]
        topic.take(events)
        self.metrics.events += len(events)
        self.fan_out.schedule(topic)

    def _take_held(self, topic: Topic) -> None:
        while (run := topic.next_held()) is not None:
            self._take(topic, run)

    # Holes

    def expect(self, topic: Topic, seq: int, within_seconds: float = HOLE_SECONDS) -> None:
        """An event that exists; it is read from the history unless it arrives in time."""
        topic.expected = max(topic.expected, seq)
        if topic.is_open and topic.seq < topic.expected and topic.hole_timer is None and not topic.is_filling:
            topic.hole_timer = self.loop.call_later(within_seconds, self._fill_if_behind, topic)

    def _fill_if_behind(self, topic: Topic) -> None:
        topic.hole_timer = None
        if topic.seq < topic.expected and self.topics.get(topic.name) is topic:
            topic.is_filling = True
            self._spawn(self._fill(topic))

    async def _fill(self, topic: Topic) -> None:
        retry_seconds = HOLE_SECONDS
        try:
            await self._read_hole(topic)
        except Exception as problem:  # the database is away: late, not lost
            self.metrics.history_failures += 1
            log.warning("%s: a hole could not be read: %r", topic.name, problem)
            retry_seconds = RETRY_SECONDS
        finally:
            topic.is_filling = False
        if self.topics.get(topic.name) is topic:
            self.expect(topic, topic.expected, retry_seconds)

    async def _read_hole(self, topic: Topic) -> None:
        """Reads it once for each view that is here; who comes with another view meanwhile is read for as well."""
        after = topic.seq
        upto = min(topic.end_of_hole(), after + REPLAY_FRAMES)
        read: dict[View, list[bytes]] = {}
        while missing := topic.views() - read.keys():
            for view in missing:
                read[view] = await self.history.frames(topic.name, view, after, upto)
        self.metrics.filled += 1
        count = min((len(frames) for frames in read.values()), default=0)
        if topic.seq == after and count:
            topic.take_filled(_merged(read, count))
            self.metrics.events += count
            self.fan_out.schedule(topic)
        self._take_held(topic)

    # The poll

    async def _poll(self) -> None:
        """One query a second: the bus may lose anything, and a dead bus only delays."""
        is_away = False
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look_at_heads()
                is_away = False
            except Exception as problem:  # this loop must survive a database that is away
                self.metrics.history_failures += 1
                if not is_away:
                    log.warning("the heads could not be read: %r", problem)
                is_away = True

    async def _look_at_heads(self) -> None:
        names = [topic.name for topic in self.topics.values() if topic.is_open]
        heads = await self.history.heads(names) if names else {}
        for name, head in heads.items():
            topic = self.topics.get(name)
            if topic is not None and topic.is_open:
                topic.first_seq = max(topic.first_seq, head.first_seq)
                self.expect(topic, head.last_seq)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _merged(read: dict[View, list[bytes]], count: int) -> list[ViewFrames]:
    """One event per seq, with bytes of its own for every view that was read."""
    events = []
    for of_views in zip(*(frames[:count] for frames in read.values()), strict=True):
        is_same = len(set(of_views)) == 1
        events.append(ViewFrames(of_views[0], EMPTY if is_same else dict(zip(read, of_views, strict=True))))
    return events
