"""The echo server as a child of a test, and raw clients that behave as no library would."""

import base64
import json
import os
import socket
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LARGE_BYTES = 1 << 20  # what `/large` answers


@dataclass
class EchoServer:
    process: subprocess.Popen[str]
    port: int
    log_path: Path

    def url(self, path: str = "/take") -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=10) as answer:
            return json.load(answer)

    def log(self) -> str:
        return self.log_path.read_text()


@contextmanager
def running(tmp_path: Path, *, port: int = 0, without: tuple[str, ...] = (), **config: Any) -> Iterator[EchoServer]:
    log_path = tmp_path / f"server-{len(list(tmp_path.iterdir()))}.log"
    command = [sys.executable, "-m", "tests.realtime.echo_server", json.dumps(config), "--port", str(port)]
    if without:
        command += ["--without", *without]
    with log_path.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, log_path.read_text()
        yield EchoServer(process, json.loads(line)["port"], log_path)
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.kill()
        process.wait()


class RawClient:
    """A WebSocket by hand: it sends what it is told, masked, and reads only when it is told."""

    def __init__(
        self, port: int, path: str = "/take", *, early: bytes = b"", receive_buffer: int | None = None
    ) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            + early
        )
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.socket.recv(1)
            assert data, head
            head += data
        assert head.startswith(b"HTTP/1.1 101"), head

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        first, size = self.read_exactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", self.read_exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.read_exactly(8))
        return first & 0x0F, self.read_exactly(size)

    def read_until_cut(self) -> int:
        """How many bytes came before the line went dead."""
        size = 0
        try:
            while data := self.socket.recv(1 << 20):
                size += len(data)
        except ConnectionError:
            pass
        return size


def client_frame(payload: bytes, *, opcode: int = 1, final: bool = True, mask: bytes = b"abcd") -> bytes:
    size = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += b"\xfe" + struct.pack("!H", size)
    else:
        head += b"\xff" + struct.pack("!Q", size)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
