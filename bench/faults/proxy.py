"""A line in between that can swallow everything, and close nothing: what a broken network looks like."""

import asyncio
from contextlib import suppress


class Proxy:
    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._is_swallowing = False
        self.lines: set[asyncio.StreamWriter] = set()  # which the server has not closed
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self._server: asyncio.Server | None = None

    @classmethod
    async def start(cls, to_port: int) -> "Proxy":
        proxy = cls(to_port)
        proxy._server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy.port = proxy._server.sockets[0].getsockname()[1]
        return proxy

    def swallow(self) -> None:
        """From now on nothing passes, either way."""
        self._is_swallowing = True

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        self.lines.add(back)
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.ensure_future(self._pass(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if source is there:
                task.add_done_callback(lambda _: self.lines.discard(back))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                if not self._is_swallowing:
                    sink.write(data)
        if not self._is_swallowing:
            sink.close()
