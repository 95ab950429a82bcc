"""`python -m bench.bus`: what the bus costs per message in batches of 1, 8 and 32, over a Redis of its own.

Two processes: one publishes (and hears itself, as the product does), one receives. CPU µs per message of both and of
Redis; the frames have 300 bytes, each message is of another room.
"""

import argparse
import asyncio
import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from realtime.bus import Run, Runs, Signal, ViewFrames
from realtime.bus_redis import RedisBus
from realtime.frames import text_frame

FRAME = text_frame(b"x" * 300)
WARM_UP_SHARE = 10


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m bench.bus", description=__doc__)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32], help="messages in a batch")
    parser.add_argument("--messages", type=int, default=20_000, help="for each size (default: %(default)s)")
    options = parser.parse_args(arguments)
    if (program := shutil.which("redis-server")) is None:
        print("redis-server isn't installed.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="bus-", dir="/tmp") as home:
        socket = Path(home, "socket")
        where = ["--port", "0", "--unixsocket", str(socket), "--dir", home, "--save", ""]
        redis = subprocess.Popen([program, *where], stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                time.sleep(0.01)
            for size in options.batches:
                print(json.dumps(measure(f"unix://{socket}", redis.pid, size, options.messages)), flush=True)
        finally:
            redis.terminate()
            redis.wait()
    return 0


def measure(url: str, redis: int, size: int, messages: int) -> dict[str, float]:
    ours, theirs = multiprocessing.Pipe()
    receiver = multiprocessing.get_context("spawn").Process(target=_receive, args=(url, messages, theirs), daemon=True)
    receiver.start()
    ours.recv()
    before = _cpu_of(redis)
    publisher = asyncio.run(_publish(url, size, messages))
    received, there = ours.recv()
    receiver.join()
    whole = messages + messages // WARM_UP_SHARE
    return {
        "batch": size,
        "publisher_us": round(publisher / messages * 1e6, 1),
        "receiver_us": round(received / there * 1e6, 1),
        "redis_us": round((_cpu_of(redis) - before) / whole * 1e6, 1),
        "arrived": there / messages,
    }


async def _publish(url: str, size: int, messages: int) -> float:
    bus = RedisBus(asyncio.get_running_loop(), url, prefix="bench")
    bus.subscribe(lambda signal: None)
    await asyncio.sleep(0.5)
    await _publish_many(bus, size, messages // WARM_UP_SHARE)
    before = time.process_time()
    await _publish_many(bus, size, messages)
    await asyncio.sleep(0.2)
    spent = time.process_time() - before
    await bus.close()
    return spent


async def _publish_many(bus: RedisBus, size: int, messages: int) -> None:
    """As the writer announces a batch that it has committed: one signal, a run for each room."""
    for seq in range(messages // size):
        bus.send(Runs(tuple(Run(f"room:{room}", seq, [ViewFrames(FRAME)]) for room in range(size))), _ignored)
        await bus.settle()


def _receive(url: str, messages: int, line: Connection) -> None:
    async def live() -> None:
        bus = RedisBus(asyncio.get_running_loop(), url, prefix="bench")
        counted = 0
        spent = time.process_time()
        done = asyncio.Event()

        def count(signal: Signal) -> None:
            nonlocal counted, spent
            if isinstance(signal, Runs):
                counted += len(signal.runs)
            if counted <= messages // WARM_UP_SHARE:
                spent = time.process_time()
            if counted >= (messages + messages // WARM_UP_SHARE) * 0.99:
                done.set()

        bus.subscribe(count)
        await asyncio.sleep(0.5)
        line.send("ready")
        await done.wait()
        await asyncio.sleep(0.2)
        line.send((time.process_time() - spent, counted - messages // WARM_UP_SHARE))
        await bus.close()

    asyncio.run(live())


def _ignored(signal: Signal) -> None:
    pass


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    raise SystemExit(main())
