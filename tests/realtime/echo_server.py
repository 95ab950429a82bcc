"""A small real server on the hardened Daphne, run as a process of its own by the tests beside it.

    python -m tests.realtime.echo_server '{"slow_seconds": 1}' [--without NAME] [--port N]

Prints one JSON line when it listens. `/take` hands texts straight to a handler, `/plain` uses ASGI's receive and send;
HTTP answers with the length of the body, `/stats` with what the server counts, `/large` with LARGE_BYTES, `/kept`
with how many sockets are still in memory.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import sys
import time
from typing import Any

from tests.realtime.server_process import LARGE_BYTES

_real_time, _jump_seconds = time.time, 0.0
time.time = lambda: _real_time() + _jump_seconds  # before Twisted takes its own reference


def without(names: list[str]) -> None:
    from realtime import pins

    real = pins.names_of
    pins.names_of = lambda function: real(function) - set(names)


class Echo:
    def __init__(self, config: Any) -> None:
        self.config = config
        self.outboxes: set[Any] = set()
        self.server: Any = None
        self.ended = 0
        self.codes: list[int] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.answer(scope, receive, send)
            return
        await receive()
        if scope["path"].endswith("late"):
            await asyncio.sleep(1)
        await send({"type": "websocket.accept"})
        if scope["path"] == "/take":
            await self.take(scope, receive, send)
        elif scope["path"].startswith("/leave"):
            await self.leave(scope, receive, send)
        else:
            await self.speak_plain(receive, send)

    async def answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            event = await receive()
            size, more = size + len(event.get("body", b"")), event.get("more_body", False)
        body = json.dumps(self.stats() if scope["path"] == "/stats" else {"size": size}).encode()
        body = json.dumps(kept_sockets()).encode() if scope["path"] == "/kept" else body
        body = b"x" * LARGE_BYTES if scope["path"] == "/large" else body
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def finish(self) -> None:
        await asyncio.sleep(0.1)
        print(f"finished with {len(self.outboxes)} sockets", flush=True)

    def stats(self) -> dict[str, Any]:
        with open("/proc/self/statm") as statm:
            resident = int(statm.read().split()[1]) * resource.getpagesize()
        return self.server.metrics.as_dict() | {
            "resident_bytes": resident,
            "sockets": len(self.server.sockets()),
            "ended": self.ended,
            "codes": self.codes,
        }

    async def take(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        from realtime.outbox import listen, open_outbox

        outbox: Any = None

        def on_text(text: bytes) -> None:
            self.handle(outbox, text)

        outbox = open_outbox(scope, send, on_text, self.config)
        self.outboxes.add(outbox)
        try:
            await listen(receive, outbox, on_text)
        finally:
            self.outboxes.discard(outbox)
            self.ended += 1

    async def leave(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        from realtime.outbox import open_outbox, serve_until_gone

        outbox: Any = None

        def on_text(text: bytes) -> None:
            self.handle(outbox, text)

        def on_gone(code: int) -> None:
            self.outboxes.discard(outbox)
            self.ended += 1
            self.codes.append(code)

        outbox = open_outbox(scope, send, on_text, self.config)
        self.outboxes.add(outbox)
        await serve_until_gone(scope, receive, outbox, on_text, on_gone)

    def handle(self, outbox: Any, text: bytes) -> None:
        from realtime.frames import text_frame

        global _jump_seconds
        command, _, rest = text.partition(b" ")
        match command:
            case b"spam":
                count, size = map(int, rest.split())
                for _ in range(count):
                    outbox.write(text_frame(b"x" * size))
            case b"all":
                for each in list(self.outboxes):
                    each.write(text_frame(rest))
            case b"close":
                outbox.write(text_frame(b"bye"))
                outbox.close(int(rest))
            case b"crash":
                raise RuntimeError("told to")
            case b"jump":
                _jump_seconds += float(rest)
                outbox.write(text_frame(b"jumped"))
            case b"deaf":
                outbox.pause_reading()
                asyncio.get_running_loop().call_later(float(rest), outbox.resume_reading)
            case b"sleep":
                time.sleep(float(rest))  # a handler that takes its time
            case _:
                outbox.write(text_frame(text if is_utf8(text) else b"invalid"))

    async def speak_plain(self, receive: Any, send: Any) -> None:
        while (event := await receive())["type"] == "websocket.receive":
            if event.get("text") == "slowly":
                await asyncio.sleep(0.5)
            elif (event.get("text") or "").startswith("close "):
                await send({"type": "websocket.close", "code": int(event["text"][6:])})
            elif event.get("text") is not None:
                await send({"type": "websocket.send", "text": event["text"]})
            else:
                await send({"type": "websocket.send", "bytes": event["bytes"]})


def kept_sockets() -> int:
    """Closed or not."""
    from realtime.daphne import SocketProtocol

    return sum(isinstance(each, SocketProtocol) for each in gc.get_objects())


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    without(arguments.without)
    from realtime.config import EngineConfig
    from realtime.daphne import Server
    from realtime.frames import text_frame
    from realtime.listening import open_listener
    from realtime.tuning import tune

    config = EngineConfig(**json.loads(arguments.config))
    echo = Echo(config)
    listener = open_listener("127.0.0.1", arguments.port, backlog=config.listen_backlog)

    def ready() -> None:
        (_, port) = echo.server.listening_addresses[0]
        print(json.dumps({"port": port, "pid": os.getpid()}), flush=True)

    echo.server = Server(
        echo,
        [f"fd:fileno={listener.fileno()}"],
        config=config,
        farewell=lambda outbox: text_frame(b"farewell"),
        finish=echo.finish,
        ready=ready,
    )
    tune(config)
    echo.server.run()


if __name__ == "__main__":
    main()
    sys.exit(0)
