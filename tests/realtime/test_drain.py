"""At SIGTERM every client is told, the port is free, and the process ends by itself with 0."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.realtime.server_process import EchoServer, RawClient, client_frame, running


async def read_to_the_end(client: ClientConnection) -> tuple[list[str], int]:
    frames = [str(frame) async for frame in until_closed(client)]
    assert client.close_code is not None
    return frames, client.close_code


async def until_closed(client: ClientConnection) -> AsyncIterator[str | bytes]:
    with suppress(ConnectionClosed):
        while True:
            yield await client.recv()


async def open_late(server: EchoServer) -> ClientConnection:
    return await connect(server.url("/late"))


async def exit_code(server: EchoServer) -> int:
    return await asyncio.to_thread(server.process.wait, 20)


async def test_200_clients_get_a_farewell_and_1012(tmp_path: Path):
    with running(tmp_path) as server:
        clients = await asyncio.gather(*[connect(server.url()) for _ in range(200)])
        readers = [asyncio.ensure_future(read_to_the_end(client)) for client in clients]
        os.kill(server.process.pid, signal.SIGTERM)
        ends = await asyncio.gather(*readers)
        assert [(frames, code) for frames, code in ends] == [(["farewell"], 1012)] * 200
        assert await exit_code(server) == 0


async def test_a_plain_application_is_told_too(tmp_path: Path):
    with running(tmp_path) as server:
        client = await connect(server.url("/plain"))
        os.kill(server.process.pid, signal.SIGTERM)
        assert await read_to_the_end(client) == ([], 1012)
        assert await exit_code(server) == 0


async def test_a_client_that_is_let_in_during_the_drain_is_told_too(tmp_path: Path):
    with running(tmp_path) as server:
        connecting = asyncio.ensure_future(open_late(server))
        while (await asyncio.to_thread(server.stats))["sockets"] == 0:
            pass
        os.kill(server.process.pid, signal.SIGTERM)
        assert await read_to_the_end(await connecting) == ([], 1012)
        assert await exit_code(server) == 0


async def test_a_client_that_answers_nothing_delays_the_end_but_does_not_prevent_it(tmp_path: Path):
    with running(tmp_path, close_seconds=0.3, drain_seconds=1.0) as server, RawClient(server.port) as silent:
        silent.send(client_frame(b"here"))
        assert silent.read_frame() == (1, b"here")
        os.kill(server.process.pid, signal.SIGTERM)
        assert silent.read_frame() == (1, b"farewell")
        assert silent.read_frame() == (8, (1012).to_bytes(2, "big"))
        assert await exit_code(server) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_without_clients_ends_at_once(tmp_path: Path, number: signal.Signals):
    with running(tmp_path) as server:
        os.kill(server.process.pid, number)
        assert await exit_code(server) == 0


async def test_told_twice_it_does_not_wait(tmp_path: Path):
    with running(tmp_path, close_seconds=60, drain_seconds=60) as server, RawClient(server.port) as silent:
        silent.send(client_frame(b"here"))
        silent.read_frame()
        os.kill(server.process.pid, signal.SIGTERM)
        assert silent.read_frame() == (1, b"farewell")
        os.kill(server.process.pid, signal.SIGTERM)
        assert await exit_code(server) == 0


async def test_told_by_two_at_once_not_to_wait_it_stops_once(tmp_path: Path):
    with running(tmp_path, drain_seconds=20) as server, RawClient(server.port) as mute:
        os.kill(server.process.pid, signal.SIGTERM)
        assert mute.read_frame()[0] == 1  # the farewell: it drains
        os.kill(server.process.pid, signal.SIGSTOP)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCONT):  # both wait for it when it goes on
            os.kill(server.process.pid, number)
        assert await exit_code(server) == 0
        assert "Traceback" not in server.log()


async def test_what_lives_as_long_as_the_server_is_ended_once_all_are_gone(tmp_path: Path):
    with running(tmp_path) as server:
        assert server.process.stdout is not None
        clients = await asyncio.gather(*[connect(server.url()) for _ in range(20)])
        os.kill(server.process.pid, signal.SIGTERM)
        await asyncio.gather(*[read_to_the_end(client) for client in clients])
        assert await exit_code(server) == 0
        assert server.process.stdout.read() == "finished with 0 sockets\n"


async def test_an_end_that_hangs_is_not_waited_for(tmp_path: Path):
    with running(tmp_path, finish_seconds=0.01) as server:
        client = await connect(server.url())
        os.kill(server.process.pid, signal.SIGTERM)
        assert await read_to_the_end(client) == (["farewell"], 1012)
        assert await exit_code(server) == 0
        assert "something doesn't end" in server.log()


async def test_however_often_it_is_told_to_stop_it_ends_with_0(tmp_path: Path):
    with running(tmp_path) as server:
        client = await connect(server.url())
        os.kill(server.process.pid, signal.SIGTERM)
        await read_to_the_end(client)
        while server.process.poll() is None:
            os.kill(server.process.pid, signal.SIGTERM)
            await asyncio.sleep(0)
        assert server.process.returncode == 0


async def test_the_next_server_takes_the_same_port_at_once(tmp_path: Path):
    with running(tmp_path) as first:
        client = await connect(first.url())
        os.kill(first.process.pid, signal.SIGTERM)
        await read_to_the_end(client)
        assert await exit_code(first) == 0
    with running(tmp_path, port=first.port) as second:
        async with connect(second.url()) as again:
            await again.send("hello")
            assert await again.recv() == "hello"


async def test_after_kill_9_the_next_server_takes_the_same_port_at_once(tmp_path: Path):
    with running(tmp_path) as first, RawClient(first.port):
        first.process.kill()
        first.process.wait()
    with running(tmp_path, port=first.port) as second:
        async with connect(second.url()) as again:
            await again.send("hello")
            assert await again.recv() == "hello"


def test_a_port_in_use_is_refused_and_said(tmp_path: Path):
    with (
        running(tmp_path) as first,
        pytest.raises(AssertionError, match="Address already in use"),
        running(tmp_path, port=first.port),
    ):
        pass
