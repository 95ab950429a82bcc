"""Each close code reaches the client, behind what was written before it."""

from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from realtime.closing import CLOSINGS, CloseCode
from tests.realtime.server_process import EchoServer, RawClient, client_frame, running

SENT = [code for code in CloseCode if code.is_sent]


@pytest.mark.parametrize("code", SENT)
async def test_the_client_reads_the_last_frame_and_then_the_code(server: EchoServer, code: CloseCode):
    async with connect(server.url()) as client:
        await client.send(f"close {code}")
        assert await client.recv() == "bye"
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


@pytest.mark.parametrize("code", [1011, 1012, 4453])
async def test_a_plain_application_closes_with_any_code(server: EchoServer, code: int):
    async with connect(server.url("/plain")) as client:
        await client.send(f"close {code}")
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


async def test_the_application_ends_when_its_client_leaves(server: EchoServer):
    before = server.stats()["ended"]
    async with connect(server.url()) as client:
        await client.send("hello")
        await client.recv()
    async with connect(server.url()) as client:  # served after the first one's end
        await client.send("hello")
        await client.recv()
    assert server.stats()["ended"] >= before + 1


def test_nothing_follows_a_close_frame(tmp_path: Path):
    with (
        running(tmp_path, close_seconds=0.5) as server,
        RawClient(server.port) as closed,
        RawClient(server.port) as other,
    ):
        closed.send(client_frame(b"z" * (48 * 1024 + 1)))
        assert closed.read_frame()[0] == 8
        other.send(client_frame(b"all of you"))
        assert other.read_frame() == (1, b"of you")
        assert closed.read_until_cut() == 0


def test_every_code_stands_in_the_table_once():
    assert sorted(closing.code for closing in CLOSINGS) == sorted(CloseCode)


def test_no_reason_of_the_server_is_1000():
    assert 1000 not in [int(code) for code in CloseCode]


def test_a_farewell_goes_before_each_code_of_ours_and_the_restart():
    assert [int(code) for code in CloseCode if code.has_farewell] == [
        1012, 4429, 4440, 4450, 4451, 4452, 4453, 4454, 4455,
    ]  # fmt: skip


def test_only_the_loss_of_access_is_final():
    assert [int(code) for code in CloseCode if code.is_final] == [4451, 4452, 4453, 4454, 4455]
