"""An application may return and leave its socket to a handler: it lives on, and its end is told once."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.realtime.server_process import EchoServer, RawClient, client_frame, running


class Ends:
    """What has been told since this was made; the server is the module's."""

    def __init__(self, server: EchoServer) -> None:
        self.server = server
        self.before = len(server.stats()["codes"])

    async def told(self, count: int) -> list[int]:
        """The close codes, once as many ends have been told."""
        codes: list[int] = []
        while len(codes) < count:
            codes = (await asyncio.to_thread(self.server.stats))["codes"][self.before :]
        return codes


@pytest.fixture
def ends(server: EchoServer) -> Ends:
    return Ends(server)


async def test_texts_come_and_go_when_the_application_has_returned(server: EchoServer, ends: Ends):
    async with connect(server.url("/leave")) as client:
        for text in ("at once", "later"):
            await client.send(text)
            assert await client.recv() == text
            await asyncio.sleep(1.2)  # Daphne looks for applications that have ended each second
        assert (await asyncio.to_thread(server.stats))["codes"][ends.before :] == []
    assert await ends.told(1) == [1000]


async def test_texts_that_came_with_the_handshake_are_not_lost(server: EchoServer, ends: Ends):
    with RawClient(server.port, "/leave", early=client_frame(b"early") + client_frame(b"bird")) as client:
        assert [client.read_frame()[1] for _ in range(2)] == [b"early", b"bird"]
    assert await ends.told(1) == [1006]


async def test_a_line_that_is_cut_and_a_close_of_ours_are_told_with_their_codes(server: EchoServer, ends: Ends):
    client = RawClient(server.port, "/leave")
    client.socket.close()
    assert await ends.told(1) == [1006]
    async with connect(server.url("/leave")) as other:
        await other.send("close 4403")
        assert await other.recv() == "bye"
        await other.wait_closed()
        assert other.close_code == 4403
    assert len(await ends.told(2)) == 2


async def test_who_is_gone_before_the_application_returns_is_told_too(server: EchoServer, ends: Ends):
    with RawClient(server.port, "/leave") as there:
        connecting = asyncio.create_task(connect(server.url("/leave-late")).__aenter__())
        while (await asyncio.to_thread(server.stats))["sockets"] < 2:
            pass
        connecting.cancel()
        assert len(await ends.told(1)) == 1
        there.send(client_frame(b"here"))
        assert there.read_frame() == (1, b"here")


async def test_at_a_restart_they_are_told_like_all(tmp_path: Path):
    with running(tmp_path) as server:
        client = await connect(server.url("/leave"))
        os.kill(server.process.pid, signal.SIGTERM)
        assert await client.recv() == "farewell"
        await client.wait_closed()
        assert client.close_code == 1012
        assert await asyncio.to_thread(server.process.wait, 20) == 0
