"""Under any other ASGI server the outbox sends the same texts, bounded, and cuts who doesn't read."""

import asyncio
from typing import Any

import pytest

from realtime.config import EngineConfig
from realtime.frames import NOT_TEXT, text_frame
from realtime.outbox import AsgiOutbox, listen, open_outbox

CONFIG = EngineConfig(soft_buffer_bytes=1000, hard_buffer_bytes=5000, slow_seconds=0.05)


class AsgiServer:
    """Both ends of the ASGI channel; `reads` set: the client takes what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.fails = False

    async def send(self, event: Any) -> None:
        await self.reads.wait()
        if self.fails:
            raise RuntimeError("Unexpected ASGI message after close")
        self.sent.append(event)

    async def receive(self) -> Any:
        return await self.events.get()

    def say(self, **event: Any) -> None:
        self.events.put_nowait({"type": "websocket.receive"} | event)

    def hang_up(self, code: int) -> None:
        self.events.put_nowait({"type": "websocket.disconnect", "code": code})


@pytest.fixture
async def server() -> AsgiServer:
    return AsgiServer()


@pytest.fixture
async def outbox(server: AsgiServer) -> AsgiOutbox:
    return AsgiOutbox(server.send, CONFIG)


def text(value: str) -> dict[str, str]:
    return {"type": "websocket.send", "text": value}


async def test_frames_go_out_as_texts_in_order(server: AsgiServer, outbox: AsgiOutbox):
    outbox.write(text_frame(b"one") + text_frame(b""))
    outbox.write(text_frame("¿dos?".encode()))
    await outbox.drained()
    outbox.close(4453)
    outbox.write(text_frame(b"late"))
    await until_sent(server, 4)
    assert server.sent == [text("one"), text(""), text("¿dos?"), {"type": "websocket.close", "code": 4453}]
    assert outbox.buffered() == 0


async def test_more_than_the_hard_bound_cuts(server: AsgiServer, outbox: AsgiOutbox):
    server.reads.clear()
    for _ in range(6):
        outbox.write(text_frame(b"x" * 1000))
    assert outbox.gone.done()
    assert outbox.buffered() == 0


async def test_who_reads_nothing_for_too_long_is_cut(server: AsgiServer, outbox: AsgiOutbox):
    server.reads.clear()
    for _ in range(3):
        outbox.write(text_frame(b"x" * 1000))
    waiting = asyncio.ensure_future(outbox.drained())
    await outbox.gone
    await waiting


async def test_who_reads_in_time_is_not_cut(server: AsgiServer, outbox: AsgiOutbox):
    server.reads.clear()
    for _ in range(3):
        outbox.write(text_frame(b"x" * 1000))
    server.reads.set()
    await outbox.drained()
    assert not outbox.gone.done()
    assert len(server.sent) == 3


async def test_a_client_gone_meanwhile_is_no_error(server: AsgiServer, outbox: AsgiOutbox):
    server.fails = True
    outbox.write(text_frame(b"one"))
    await outbox.gone
    outbox.write(text_frame(b"two"))
    outbox.close(1011)
    assert server.sent == []


async def test_listening_ends_with_the_client_and_tells_its_code(server: AsgiServer):
    heard: list[bytes] = []
    outbox = open_outbox({"type": "websocket"}, server.send, heard.append, CONFIG)
    server.say(text="one")
    server.say(text="", bytes=None)
    server.say(bytes=b"two")
    server.hang_up(1001)
    assert await listen(server.receive, outbox, heard.append) == 1001
    assert heard == [b"one", b"", NOT_TEXT]


async def test_listening_ends_when_the_client_is_cut(server: AsgiServer, outbox: AsgiOutbox):
    listening = asyncio.ensure_future(listen(server.receive, outbox, lambda text: None))
    server.reads.clear()
    for _ in range(6):
        outbox.write(text_frame(b"x" * 1000))
    assert await listening == 1006


async def test_a_paused_reader_hears_nothing_until_it_is_resumed(server: AsgiServer, outbox: AsgiOutbox):
    heard: list[bytes] = []

    def on_text(text: bytes) -> None:
        heard.append(text)
        outbox.pause_reading()

    listening = asyncio.ensure_future(listen(server.receive, outbox, on_text))
    server.say(text="one")
    server.say(text="two")
    for _ in range(20):
        await asyncio.sleep(0)
    assert heard == [b"one"]
    server.hang_up(1000)
    for _ in range(2):
        outbox.resume_reading()
        for _ in range(20):
            await asyncio.sleep(0)
    assert heard == [b"one", b"two"]
    assert await listening == 1000


async def until_sent(server: AsgiServer, count: int) -> None:
    for _ in range(100):
        if len(server.sent) >= count:
            return
        await asyncio.sleep(0)
    raise AssertionError(server.sent)
