"""The way out of one socket: bounded, and in order. A peer that doesn't keep up is cut; it resumes by seq.

`Outbox` is what connection and hub write to. The hardened Daphne brings its own (`realtime.daphne`); `AsgiOutbox`
serves under any other ASGI server: slower, and as bounded.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol

from realtime.closing import CloseCode
from realtime.config import EngineConfig
from realtime.frames import NOT_TEXT, unframe

OnText = Callable[[bytes], None]
OnGone = Callable[[int], None]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

EXTENSION: Final = "realtime.socket"


class Outbox(Protocol):
    def write(self, data: bytes, /) -> None:
        """Whole frames, in order. Silently nothing once closing."""

    def close(self, code: int, /) -> None:
        """After what has been written; whatever is written later is dropped."""

    async def drained(self) -> None:
        """Returns when the peer has read enough that more may be written, or is gone."""

    def pause_reading(self) -> None:
        """Take nothing more from this peer for now."""

    def resume_reading(self) -> None: ...

    def buffered(self) -> int:
        """Bytes that wait in this process."""


class Socket(Protocol):
    """What the hardened server puts into the scope's extensions."""

    def take(self, on_text: OnText) -> Outbox:
        """Call it right after accept, before any other await: each text then goes straight to `on_text`."""

    def leave(self, on_gone: "OnGone") -> None:
        """The application is about to return; the socket stays, and says its close code when it is gone."""


def open_outbox(scope: MutableMapping[str, Any], send: Send, on_text: OnText, config: EngineConfig) -> Outbox:
    """The best way out that the server offers."""
    socket: Socket | None = (scope.get("extensions") or {}).get(EXTENSION)
    return AsgiOutbox(send, config) if socket is None else socket.take(on_text)


async def listen(receive: Receive, outbox: Outbox, on_text: OnText) -> int:
    """Texts to `on_text` until the peer is gone; returns its close code. Binary messages arrive as `NOT_TEXT`."""
    while True:
        if isinstance(outbox, AsgiOutbox):
            await outbox.readable()
        event = await _next_event(receive, outbox)
        if event["type"] == "websocket.disconnect":
            if isinstance(outbox, AsgiOutbox):
                outbox.stop()
            return int(event.get("code") or CloseCode.CUT)
        if event["type"] == "websocket.receive":
            text = event.get("text")
            on_text(NOT_TEXT if text is None else text.encode())


async def serve_until_gone(
    scope: MutableMapping[str, Any], receive: Receive, outbox: Outbox, on_text: OnText, on_gone: OnGone
) -> None:
    """`on_gone` hears the close code, once. Under the hardened Daphne this returns at once: a quiet socket needs no
    coroutine, no queue and no scope, which are half of its memory."""
    socket: Socket | None = (scope.get("extensions") or {}).get(EXTENSION)
    if socket is not None:
        socket.leave(on_gone)
        return
    code = int(CloseCode.CUT)
    try:
        code = await listen(receive, outbox, on_text)
    finally:
        on_gone(code)


async def _next_event(receive: Receive, outbox: Outbox) -> Event:
    if not isinstance(outbox, AsgiOutbox):
        return await receive()
    receiving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((receiving, outbox.gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not receiving.done():
            receiving.cancel()
    if receiving.done() and not receiving.cancelled():
        return receiving.result()
    return {"type": "websocket.disconnect", "code": CloseCode.CUT}


class AsgiOutbox:
    """Sends text by text through ASGI `send`, in a task of its own while there is something to send."""

    def __init__(self, send: Send, config: EngineConfig) -> None:
        self._send, self._config = send, config
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._closing: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._slow: asyncio.TimerHandle | None = None
        self._empty, self._readable = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self._readable.set()
        self.gone: asyncio.Future[None] = self._loop.create_future()

    def write(self, data: bytes, /) -> None:
        if self._closing is not None or self.gone.done() or not data:
            return
        self._waiting.append(data)
        self._bytes += len(data)
        self._empty.clear()
        if self._bytes > self._config.hard_buffer_bytes:
            self._cut()
            return
        if self._bytes > self._config.soft_buffer_bytes and self._slow is None:
            self._slow = self._loop.call_later(self._config.slow_seconds, self._cut)
        self._start()

    def close(self, code: int, /) -> None:
        if self._closing is None and not self.gone.done():
            self._closing = code
            self._readable.set()
            self._start()

    async def drained(self) -> None:
        if self._bytes > self._config.soft_buffer_bytes:
            await self._empty.wait()

    def pause_reading(self) -> None:
        if self._closing is None:
            self._readable.clear()

    def resume_reading(self) -> None:
        self._readable.set()

    def buffered(self) -> int:
        return self._bytes

    async def readable(self) -> None:
        await self._readable.wait()

    def stop(self) -> None:
        """The peer is gone: nothing is sent and nobody waits any longer."""
        if self._slow is not None:
            self._slow.cancel()
        if self._task is not None:
            self._task.cancel()
        self._waiting.clear()
        self._bytes = 0
        self._empty.set()
        self._readable.set()
        if not self.gone.done():
            self.gone.set_result(None)

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._waiting:
                data = self._waiting.popleft()
                for text in unframe(data):
                    await self._send({"type": "websocket.send", "text": text})
                self._bytes -= len(data)
            if self._slow is not None:
                self._slow.cancel()
                self._slow = None
            self._empty.set()
            if self._closing is not None:
                await self._send({"type": "websocket.close", "code": int(self._closing)})
        except (OSError, RuntimeError):  # servers say so when the peer has gone away meanwhile
            self.stop()

    def _cut(self) -> None:
        """ASGI has no abort: the application ends instead, and the server drops the peer."""
        self.stop()
