"""A hub among real parts in memory: a history that is the truth, clients that read frames as a browser would."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from realtime.connection import Connection
from realtime.frames import text_frame, unframe
from realtime.hub import Head, Hub, Run, ViewFrames

VIEWS = ("staff", "peer")


def frame(topic: str, seq: int, view: str) -> bytes:
    return text_frame(json.dumps({"topic": topic, "seq": seq, "view": view}).encode())


def same_for_all(topic: str, seq: int) -> ViewFrames:
    return ViewFrames(frame(topic, seq, "all"))


def event(topic: str, seq: int) -> ViewFrames:
    """Every third event has bytes of its own for each view."""
    if seq % 3:
        return same_for_all(topic, seq)
    return ViewFrames(frame(topic, seq, "staff"), {"peer": frame(topic, seq, "peer")})


@dataclass
class MemoryHistory:
    """What has been committed. `turns` is how many turns of the loop a read takes; `broken` makes it fail."""

    lasts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    firsts: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    turns: int = 1
    broken: bool = False
    reads: list[tuple[str, str, int, int]] = field(default_factory=list)

    def commit(self, topic: str, count: int) -> Run:
        first = self.lasts[topic] + 1
        self.lasts[topic] += count
        return Run(topic, first, [event(topic, seq) for seq in range(first, first + count)])

    async def heads(self, topics: Collection[str]) -> dict[str, Head]:
        await self._wait()
        return {topic: Head(self.firsts[topic], self.lasts[topic]) for topic in topics if topic in self.lasts}

    async def frames(self, topic: str, view: str, after: int, upto: int) -> list[bytes]:
        self.reads.append((topic, view, after, upto))
        await self._wait()
        first = max(after + 1, self.firsts[topic])
        return [event(topic, seq).for_view(view) for seq in range(first, min(upto, after + 500) + 1)]

    def gap(self, topic: str, head: Head) -> bytes:
        return text_frame(json.dumps({"topic": topic, "gap": [head.first_seq, head.last_seq]}).encode())

    async def _wait(self) -> None:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        if self.broken:
            raise OSError("the database is away")


@dataclass
class MemoryOutbox:
    written: list[bytes] = field(default_factory=list)
    closed: int | None = None
    raises: bool = False
    full: asyncio.Event | None = None  # set: may be written to again
    reading: bool = True

    def write(self, data: bytes, /) -> None:
        if self.raises:
            raise OSError("broken pipe")
        if self.closed is None and data:
            self.written.append(data)

    def close(self, code: int, /) -> None:
        self.closed = code

    async def drained(self) -> None:
        if self.full is not None:
            await self.full.wait()

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def buffered(self) -> int:
        return 0


class Client:
    """What a browser would have on its screen, and whether it may believe it."""

    def __init__(self, hub: Hub, member_id: int = 1, view: str = "staff") -> None:
        self.hub, self.view = hub, view
        self.outbox = MemoryOutbox()
        self.connection = Connection(member_id, "session", 1, self.outbox)
        hub.add(self.connection)

    async def join(self, topic: str, after: int | None) -> int:
        return await self.hub.join(topic, self.connection, self.view, after)

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(text) for data in self.outbox.written for text in unframe(data)]

    def seqs(self, topic: str = "room:1") -> list[int]:
        return [each["seq"] for each in self.read() if each["topic"] == topic and "seq" in each]

    def gaps(self) -> list[list[int]]:
        return [each["gap"] for each in self.read() if "gap" in each]

    def views(self) -> set[str]:
        return {each["view"] for each in self.read() if "view" in each}


async def until(condition: Callable[[], bool]) -> None:
    """Turns of the loop until it holds."""
    for turn in range(10_000):
        if condition():
            return
        await asyncio.sleep(0 if turn < 5000 else 0.001)
    raise AssertionError("it never came true")


async def settle(hub: Hub, history: MemoryHistory, *clients: Client, topic: str = "room:1") -> None:
    """Until everybody has the last event, holes and pacing included."""
    await until(lambda: all(client.seqs(topic)[-1:] == [history.lasts[topic]] for client in clients))
