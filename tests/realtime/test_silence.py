"""A dead peer is noticed, a living one is left alone, and no clock that jumps changes that."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from tests.realtime.server_process import RawClient, client_frame, running

QUICK: dict[str, Any] = {"ping_seconds": 0.5, "pong_seconds": 0.5}


def test_a_half_open_line_is_pinged_and_then_cut(tmp_path: Path):
    with running(tmp_path, **QUICK) as server, RawClient(server.port) as dead:
        assert dead.read_frame()[0] == 9
        assert dead.read_until_cut() == 0
        assert server.stats()["cut_silent"] == 1


def test_a_line_that_only_ever_answers_pings_lives_on(tmp_path: Path):
    with running(tmp_path, ping_seconds=0.2, pong_seconds=2.5) as server, RawClient(server.port) as quiet:
        for _ in range(3):
            opcode, payload = quiet.read_frame()
            assert opcode == 9
            quiet.send(client_frame(payload, opcode=10))
        assert server.stats()["cut_silent"] == 0


async def test_a_clock_that_jumps_two_days_either_way_closes_nobody_and_stops_no_timer(tmp_path: Path):
    with running(tmp_path, **QUICK) as server:
        async with connect(server.url()) as client:
            for seconds in (172_800, -345_600):
                await client.send(f"jump {seconds}")
                assert await client.recv() == "jumped"
                with await asyncio.to_thread(RawClient, server.port) as dead:  # timers go on: it is noticed
                    await asyncio.to_thread(dead.read_until_cut)
                await client.send("still here")
                assert await client.recv() == "still here"
        assert server.stats()["cut_silent"] == 2


async def test_who_was_stopped_itself_does_not_take_the_others_for_dead(tmp_path: Path):
    with running(tmp_path, ping_seconds=2, pong_seconds=2) as server:
        async with connect(server.url(), ping_interval=None) as client:
            os.kill(server.process.pid, signal.SIGSTOP)
            await asyncio.to_thread(time.sleep, 6)
            os.kill(server.process.pid, signal.SIGCONT)
            await client.send("back?")
            assert await client.recv() == "back?"
            assert server.stats()["cut_silent"] == 0


async def test_a_socket_that_is_not_read_from_is_not_taken_for_dead(tmp_path: Path):
    with running(tmp_path, **QUICK) as server:
        async with connect(server.url()) as client:
            await client.send("deaf 3")
            await client.send("heard")
            assert await client.recv() == "heard"
