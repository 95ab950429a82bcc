"""A server that speaks chatserver.v1 to the load generator, and breaks one promise at a time.

It stores nothing and knows one room: what it says is all there is.
"""

import asyncio
import itertools
import json
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

ROOM = 7
FIRST_SEQ = 40  # the room has a past
FAULTY = 3  # the message that the fault hits


class Liar:
    """`with Liar("skip") as liar:` — liar.port."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.port = 0
        self._sockets: list[ServerConnection] = []
        self._seqs = itertools.count(FIRST_SEQ + 1)
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    def __enter__(self) -> "Liar":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        protocols: Any = ["chatserver.v1"]
        async with serve(self._talk, "127.0.0.1", 0, subprotocols=protocols, compression=None) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._over.wait()

    async def _talk(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                await self._answer(socket, json.loads(text))

    async def _answer(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        if frame["t"] == "hello":
            self._sockets.append(socket)
            await say(socket, {"t": "ready", "ref": 0, "rooms": [{"room": ROOM, "last_seq": FIRST_SEQ}]})
        elif frame["t"] == "message.send":
            await self._take(socket, frame)

    async def _take(self, author: ServerConnection, sent: dict[str, Any]) -> None:
        seq = next(self._seqs)
        is_faulty = seq == FIRST_SEQ + FAULTY
        fault = self.fault if is_faulty else ""
        if fault == "error":
            await say(author, {"t": "error", "ref": sent["ref"], "code": "try_later", "text": "Try later."})
        if fault == "close":
            await self._sockets.pop().close(1011)
        if fault != "unacked":
            told = seq + 1 if fault == "other ack" else seq
            await say(
                author, {"t": "ack", "ref": sent["ref"], "room": ROOM, "seq": told, "cid": sent["cid"], "at": "x"}
            )
        for socket in self._sockets:
            is_last = socket is self._sockets[-1]
            await self._show(socket, seq, sent, fault if is_last else "")  # closed: all who are left see it

    async def _show(self, socket: ServerConnection, seq: int, sent: dict[str, Any], fault: str) -> None:
        if fault == "skip":
            return
        text = sent["text"].replace("Message 3 ", "Message 4 ") if fault == "other text" else sent["text"]
        shown = seq + 1 if fault == "other seq" else seq
        message = {"seq": shown, "number": shown, "by": 2, "at": "x", "cid": sent["cid"], "version": 1, "text": text}
        head = {"t": "message.sent", "room": ROOM, "seq": shown, "at": "x", "by": 2, "cid": sent["cid"]}
        for _ in range(2 if fault == "twice" else 1):
            await say(socket, {**head, "message": message})


async def say(socket: ServerConnection, frame: dict[str, Any]) -> None:
    with suppress(ConnectionClosed):  # the generator has seen enough
        await socket.send(json.dumps(frame, separators=(",", ":")))
