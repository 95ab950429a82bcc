"""Each private name that we lean on is there today, and when one goes the server is slower and as correct."""

import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from realtime import pins
from tests.realtime.server_process import ROOT, RawClient, client_frame, running

PINNED = ["_tempDataLen", "dataBuffer", "offset", "current_frame", "inside_message", "application_queue", "seconds"]


async def test_all_names_are_there_with_the_versions_we_pin(tmp_path: Path):
    with running(tmp_path) as server:
        async with connect(server.url()) as client:
            await client.send("hello")
            await client.recv()
        assert "falls back" not in server.log()


@pytest.mark.parametrize("name", PINNED)
async def test_without_the_name_the_server_says_so_and_works(tmp_path: Path, name: str):
    with running(tmp_path, without=(name,), slow_seconds=0.5) as server:
        assert server.log().count("falls back to plain behaviour") >= 1
        assert name in server.log()
        async with connect(server.url()) as client:
            for text in ("hello", "", "x" * 40_000):
                await client.send(text)
                assert await client.recv() == text
        with RawClient(server.port, early=client_frame(b"early")) as client:
            assert client.read_frame() == (1, b"early")
        with RawClient(server.port, receive_buffer=4096) as lazy:
            lazy.send(client_frame(b"spam 2000 1000") + client_frame(b"spam 1 1000"))  # the first may cut it already
            while server.stats()["cut_slow"] == 0:
                pass


def test_a_function_that_lost_a_name_is_reported(caplog: pytest.LogCaptureFixture):
    def uses(thing):
        return thing.present

    assert pins.holds("a test", uses, "present")
    assert not caplog.messages
    assert not pins.holds("a test", uses, "present", "absent")
    assert "absent" in caplog.text


def test_debug_formatting_that_is_gone_is_reported_and_nothing_else():
    script = (
        "import logging, autobahn.websocket.protocol as p; logging.basicConfig(); del p.hlval\n"
        "from realtime.tuning import tune; tune(); assert p.pformat([1]) == [1]"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "autobahn.websocket.protocol has no hlval" in run.stderr
