"""Somebody who writes and reads along as the page does, whatever happens to the connection, and keeps a record of it.

What has no answer is sent again under the same cid and in the same order; what is shown is the contiguous run of the
room alone, across all connections. Nothing here looks into the server.
"""

import asyncio
import itertools
import random
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bench.faults.wire import Turned, Wire

BACKOFF_SECONDS = (0.1, 0.5)  # a page waits longer; here the server's own time counts
AGAIN = frozenset({"try_later", "busy", "storage_full"})  # the page keeps the text and sends it again
HELLO_SECONDS = 30.0
PAGE = 50

encode, decode = msgspec.json.encode, msgspec.json.decode


class Over(Exception):
    """This connection has ended, or should."""


@dataclass
class Place:
    """Where people connect, and how they write there."""

    port: int
    origin: str
    pause_seconds: float = 0.1
    in_flight: int = 1
    text_chars: int = 40


@dataclass
class Record:
    """What one person was told. `shown` is (seq, cid) in the order in which it came; times are monotonic."""

    start: int = 0
    sent: list[str] = field(default_factory=list)  # cids, in the order of the first sending
    acked: dict[str, int] = field(default_factory=dict)
    twice_acked: int = 0  # acknowledged again under another seq
    shown: list[tuple[int, str]] = field(default_factory=list)
    repeats: int = 0  # shown a second time under the same seq, and dropped, as the page does
    acks: list[tuple[float, float]] = field(default_factory=list)  # (sent first, acked)
    closes: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    turned: int = 0


class Talker:
    def __init__(self, place: Place, room: int, cookie: str, *, writes: bool = True) -> None:
        self.place, self.room, self._cookie, self.writes = place, room, cookie, writes
        self.record = Record()
        self.port: int | None = None  # through something in between
        self.is_done = self.is_here = False
        self._waiting: dict[str, float] = {}  # cid → when it was sent first; in order
        self._refs: dict[int, str] = {}
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()
        self._wire: Wire | None = None
        self._paging = 0  # up to which seq pages are being asked for

    @property
    def last(self) -> int:
        return self.record.shown[-1][0] if self.record.shown else self.record.start

    async def run(self) -> None:
        """Until told that it's done, and everything has its answer."""
        while not (self.is_done and not self._waiting):
            with suppress(OSError, TimeoutError, Over):
                await self._connect()
            self._leave()
            await asyncio.sleep(random.uniform(*BACKOFF_SECONDS))

    async def read_up_to(self, seq: int) -> None:
        """What is still missing, on a new connection. Raises TimeoutError from outside."""
        while self.last < seq:
            with suppress(OSError, TimeoutError, Over):
                await self._connect(until=seq)
            self._leave()

    def finish(self) -> None:
        """Write nothing more; whoever waits for no answer leaves at once."""
        self.is_done = True
        if not self._waiting:
            self.cut()

    def cut(self) -> None:
        if self._wire is not None:
            self._wire.cut()

    def _leave(self) -> None:
        self.is_here = False
        wire, self._wire = self._wire, None
        if wire is not None:
            self.record.closes[wire.code or 0] += 1
            wire.cut()

    # One connection

    async def _connect(self, until: int | None = None) -> None:
        self._refs.clear()
        self._paging = 0
        try:
            wire = await Wire.open(self.port or self.place.port, self._cookie, self.place.origin)
        except Turned:
            self.record.turned += 1
            raise Over from None
        self._wire = wire
        async with asyncio.timeout(HELLO_SECONDS):
            await self._greet(wire)
        self.is_here = True
        writing = None if until is not None else asyncio.ensure_future(self._write(wire))
        try:
            while until is None or self.last < until:
                self._take(await self._frame(wire))
                if self.is_done and until is None and not self._waiting:
                    return
        finally:
            if writing is not None:
                writing.cancel()

    async def _frame(self, wire: Wire) -> dict[str, Any]:
        text = await wire.receive()
        if text is None:
            raise Over
        frame: dict[str, Any] = decode(text)
        return frame

    async def _greet(self, wire: Wire) -> None:
        last = {str(self.room): self.last} if self.record.start or self.record.shown else {}
        wire.send(encode({"t": "hello", "ref": 0, "last": last, "client": "bench"}))
        while (frame := await self._frame(wire))["t"] != "ready":
            pass
        if not last:
            (room,) = (each for each in frame["rooms"] if each["room"] == self.room)
            self.record.start = room["last_seq"]

    # Out

    async def _write(self, wire: Wire) -> None:
        """What waits first, then new ones, a pause between."""
        for cid in list(self._waiting):
            self._send(wire, cid)
        while self.writes and not self.is_done:
            if len(self._waiting) < self.place.in_flight:
                self._send(wire, self._new())
                await asyncio.sleep(self.place.pause_seconds * random.uniform(0.5, 1.5))
            else:
                self._news.clear()
                await self._news.wait()

    def _new(self) -> str:
        cid = uuid7()
        self.record.sent.append(cid)
        self._waiting[cid] = time.monotonic()
        return cid

    def _send(self, wire: Wire, cid: str) -> None:
        wire.send(self._message(cid))

    def _message(self, cid: str) -> bytes:
        ref = next(self._numbers)
        self._refs[ref] = cid
        text = f"{cid} ".ljust(self.place.text_chars, "x")
        return encode({"t": "message.send", "ref": ref, "room": self.room, "cid": cid, "text": text})

    # In

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "message.sent" and frame["room"] == self.room:
            self._show(frame["seq"], frame["cid"])
        elif kind == "ack" and "messages" in frame:
            self._take_page(frame)
        elif kind == "ack":
            self._acked(frame)
        elif kind == "error":
            self._refused(frame)
        elif kind == "gap" and frame["room"] == self.room:
            self._paging = frame["last_seq"]
            self._ask_for_page()

    def _show(self, seq: int, cid: str) -> None:
        if self._paging and seq > self._paging:
            self._paging = seq  # it is on a page as well
        elif seq > self.last:
            self.record.shown.append((seq, cid))
        elif (seq, cid) in self.record.shown[-1000:]:
            self.record.repeats += 1
        else:
            self.record.shown.append((seq, cid))  # another message under this seq, or out of order: the judge sees it

    def _ask_for_page(self) -> None:
        assert self._wire is not None
        page = {"t": "room.history", "ref": next(self._numbers), "room": self.room, "after": self.last, "limit": PAGE}
        self._wire.send(encode(page))

    def _take_page(self, page: dict[str, Any]) -> None:
        upto = self._paging
        self._paging = 0
        for message in page["messages"]:
            if message["seq"] > self.last:
                self.record.shown.append((message["seq"], message["cid"]))
        if self.last < upto:
            self._paging = upto
            self._ask_for_page()

    def _acked(self, frame: dict[str, Any]) -> None:
        cid = self._refs.pop(frame["ref"], "")
        if not cid:
            return
        self.record.twice_acked += self.record.acked.setdefault(cid, frame["seq"]) != frame["seq"]
        sent_at = self._waiting.pop(cid, None)
        if sent_at is not None:
            self.record.acks.append((sent_at, time.monotonic()))
        self._news.set()

    def _refused(self, frame: dict[str, Any]) -> None:
        """Again on a new connection, so that the order stays the author's."""
        self.record.refused[frame["code"]] += 1
        if frame["code"] in AGAIN:
            raise Over
        cid = self._refs.pop(frame["ref"], "")
        self._waiting.pop(cid, None)
        self._news.set()


def uuid7() -> str:
    """RFC 9562 § 5.7, as the browser makes them."""
    stamp = int(time.time() * 1000) << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)
    return str(uuid.UUID(int=stamp))
