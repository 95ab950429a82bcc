"""`python -m bench.faults.hostile KIND PORT ORIGIN`: people who mean harm, one for each cookie on standard input.

A line for each connection that they make. They end when they are killed.
"""

import asyncio
import itertools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from bench.faults.talker import encode, uuid7
from bench.faults.wire import Turned, Wire, frame

TINY = 4096  # a receive buffer
HELLO = frame(encode({"t": "hello", "ref": 0, "last": {}, "client": "bench"}))
LAZY, ALL = "lazy", "all"


def garbage() -> bytes:
    return frame(b"x" * 40_000)


def too_long() -> bytes:
    return frame(b"x" * 60_000)


def typing() -> bytes:
    return frame(encode({"t": "typing", "room": 1})) * 50


def questions() -> bytes:
    return frame(encode({"t": "room.history", "ref": 1, "room": 1, "limit": 50})) * 20


def messages() -> bytes:
    return frame(encode({"t": "message.send", "ref": 1, "room": 1, "cid": uuid7(), "text": "x" * 8000})) * 4


def pings() -> bytes:
    return frame(b"p" * 120, 9) * 100


def fragments() -> bytes:
    return b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 500


FLOODS: Mapping[str, Callable[[], bytes]] = {
    made.__name__: made for made in (garbage, too_long, typing, questions, messages, pings, fragments)
}


async def _attack(kind: str, port: int, cookie: str, origin: str) -> None:
    wire = await Wire.open(port, cookie, origin, receive_buffer=TINY)
    try:
        wire.raw(HELLO)
        with suppress(OSError):
            await (_wait(wire) if kind == LAZY else _flood(wire, FLOODS[kind]()))
    finally:
        wire.cut()


async def _wait(wire: Wire) -> None:
    """Until a write to a connection that was reset fails; nothing is ever read."""
    while True:
        await asyncio.sleep(0.5)
        wire.raw(frame(b"", 10))
        await wire.drain()


async def _flood(wire: Wire, piece: bytes) -> None:
    while True:
        wire.raw(piece)
        await wire.drain()
        await asyncio.sleep(0)


async def _again_and_again(kind: str, port: int, cookie: str, origin: str) -> None:
    while True:
        with suppress(OSError, TimeoutError, Turned):
            print(flush=True)
            await _attack(kind, port, cookie, origin)
        await asyncio.sleep(0.05)


async def _attack_all(kind: str, port: int, origin: str, cookies: Sequence[str]) -> None:
    kinds = itertools.cycle(FLOODS if kind == ALL else [kind])
    await asyncio.gather(*(_again_and_again(next(kinds), port, cookie, origin) for cookie in cookies))


def main(arguments: Sequence[str]) -> None:
    kind, port, origin = arguments
    os.nice(10)
    cookies = [line.strip() for line in iter(sys.stdin.readline, "\n")]
    asyncio.run(_attack_all(kind, int(port), origin, cookies))


if __name__ == "__main__":
    main(sys.argv[1:])
