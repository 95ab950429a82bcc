"""The way of a follower into a topic: replay from the ring or the history, then live.

Invariant: a follower is admitted in the same step of the loop in which it got the last event there is, so nothing falls
between replay and live, and nothing comes twice. Whoever leaves, or joins again, meanwhile gets nothing more of it.
"""

import asyncio
import logging

from realtime.bus import View
from realtime.metrics import Metrics
from realtime.topic import NO_EVENTS, REPLAY_FRAMES, Follower, Head, History, Topic, page_of

log = logging.getLogger(__name__)


class Joining:
    def __init__(self, history: History, metrics: Metrics) -> None:
        self.history, self.metrics = history, metrics
        self._reads: dict[tuple[str, View, int, int], asyncio.Task[list[bytes]]] = {}

    async def run(self, topic: Topic, follower: Follower) -> int:
        """Returns the seq replayed up to. The topic is open."""
        follower.after = topic.seq if follower.asked is None else max(0, follower.asked)
        if follower.after > topic.seq:
            await self._look_ahead(topic, follower)
        while follower.is_arriving() and follower.after < topic.seq:
            await follower.connection.outbox.drained()  # else many replays together look like a slow peer
            if follower.is_arriving():
                await self._step(topic, follower)
        if follower.is_arriving():  # no await since it had everything up to topic.seq
            topic.admit(follower)
        return follower.after

    async def _step(self, topic: Topic, follower: Follower) -> None:
        if follower.after + 1 < topic.first_seq or topic.seq - follower.after > REPLAY_FRAMES:
            self._send_gap(topic, follower, Head(topic.first_seq, topic.seq))
        elif topic.ring_covers(follower.after):
            follower.send_events(topic.ring_page(follower.after))
        else:
            await self._send_page(topic, follower)

    async def _look_ahead(self, topic: Topic, follower: Follower) -> None:
        """The client knows more than we do: the event is on its way to us, or the database was restored."""
        first_seq, last_seq = await self._head(topic)
        last_seq = max(last_seq, topic.seq)
        if follower.is_arriving() and follower.after > last_seq:
            self._send_gap(topic, follower, Head(first_seq, last_seq))

    async def _send_page(self, topic: Topic, follower: Follower) -> None:
        after, upto = follower.after, topic.seq
        frames = await self._frames(topic.name, follower.view, after, upto)
        if not frames:
            await self._send_gap_for_purged(topic, follower)
        for page in page_of(frames[: upto - after]):
            await follower.connection.outbox.drained()
            if not follower.is_arriving():
                return
            follower.connection.send(b"".join(page))
            follower.after += len(page)

    async def _frames(self, topic: str, view: View, after: int, upto: int) -> list[bytes]:
        """Who comes back at the same time from the same place shares one read."""
        page = (topic, view, after, upto)
        read = self._reads.get(page)
        if read is None:
            read = self._reads[page] = asyncio.ensure_future(self.history.frames(*page))
            read.add_done_callback(lambda _: self._reads.pop(page))
            self.metrics.replays += 1
        return await asyncio.shield(read)

    async def _send_gap_for_purged(self, topic: Topic, follower: Follower) -> None:
        """What the topic counts on is not stored any more."""
        head = await self._head(topic)
        topic.first_seq = max(topic.first_seq, head.first_seq)
        if follower.is_arriving():
            log.warning("%s: nothing is stored after %s, expected %s", topic.name, follower.after, topic.seq)
            self._send_gap(topic, follower, Head(topic.first_seq, topic.seq))

    async def _head(self, topic: Topic) -> Head:
        return (await self.history.heads([topic.name])).get(topic.name, NO_EVENTS)

    def _send_gap(self, topic: Topic, follower: Follower, head: Head) -> None:
        """The client pages from there; the next event it gets is the one after."""
        follower.connection.send(self.history.gap(topic.name, head))
        follower.after = head.last_seq
        self.metrics.gaps += 1
