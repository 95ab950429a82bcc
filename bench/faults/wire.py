"""A socket by hand: it can do what no library lets one do, such as sending half a frame or never reading."""

import asyncio
import base64
import os
import socket
import struct
from contextlib import suppress

SUBPROTOCOL = "chatserver.v1"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
CUT = 1006
CONNECT_SECONDS = 20.0


class Turned(Exception):
    """The handshake was not accepted; its first line is the message."""


class Wire:
    """`code` is the close code, once it is over."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.code: int | None = None

    @classmethod
    async def open(cls, port: int, cookie: str, origin: str, *, receive_buffer: int | None = None) -> "Wire":
        """Raises OSError, TimeoutError, Turned."""
        plug = socket.socket()
        plug.setblocking(False)
        if receive_buffer is not None:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", port))
                reader, writer = await asyncio.open_connection(sock=plug, limit=1 << 20)
                writer.write(handshake(port, cookie, origin))
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            plug.close()
            raise ConnectionResetError from None
        except BaseException:
            plug.close()
            raise
        if not head.startswith(b"HTTP/1.1 101"):
            writer.close()
            raise Turned(head.partition(b"\r\n")[0].decode())
        return cls(reader, writer)

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    def send(self, text: bytes) -> None:
        self._writer.write(frame(text))

    async def drain(self) -> None:
        await self._writer.drain()

    async def receive(self) -> bytes | None:
        """The next text; None once the socket is over. Pings are answered on the way."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                opcode, payload = await self._frame()
                if opcode == TEXT:
                    return payload
                if opcode == PING:
                    self._writer.write(frame(payload, PONG))
                elif opcode == CLOSE:
                    self.code = int.from_bytes(payload[:2], "big") or 1005
                    self._writer.write(frame(payload[:2], CLOSE))
                    break
        self.code = self.code or CUT
        return None

    async def _frame(self) -> tuple[int, bytes]:
        first, size = await self._reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self._reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self._reader.readexactly(8))
        return first & 15, await self._reader.readexactly(size)

    def cut(self) -> None:
        """As a lost network does: no close frame."""
        self._writer.transport.abort()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole frame of a client, masked with zeros."""
    size = len(payload)
    if size < 126:
        return bytes([128 | opcode, 128 | size]) + b"\0\0\0\0" + payload
    return bytes([128 | opcode, 254]) + struct.pack("!H", size) + b"\0\0\0\0" + payload


def handshake(port: int, cookie: str, origin: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
        f"Origin: {origin}\r\nCookie: {cookie}\r\n\r\n"
    ).encode()
