"""What hostile people do to a server, by hand, and what it says to them; and what they leave behind in it."""

import contextlib
import os
import re
import select
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.faults.wire import frame, handshake
from tests.live import Live

MEBIBYTE = 1 << 20
DEADLINE_SECONDS = 20.0
CUT = "cut"  # without a word
CLOSE = 8


class Attacker:
    """Knows where the server is, and has stolen a cookie."""

    def __init__(self, live: Live, cookie: str) -> None:
        self.live, self.cookie = live, cookie

    def plug(self, data: bytes = b"", *, is_lazy: bool = False) -> socket.socket:
        plug = socket.socket()
        if is_lazy:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plug.settimeout(DEADLINE_SECONDS)
        plug.connect(("127.0.0.1", self.live.port))
        plug.sendall(data)
        return plug

    # Requests

    def head(self, line: str, *fields: str) -> bytes:
        return "\r\n".join([f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.live.port}", *fields, "", ""]).encode()

    def ask(self, head: bytes, body: Iterable[bytes] = ()) -> str:
        """The status; CUT where there is none. What can't be sent any more is not sent."""
        with self.plug() as plug:
            with contextlib.suppress(OSError):
                for piece in (head, *body):
                    plug.sendall(piece)
            return status_of(read_until_cut(plug))

    def post(self, *fields: str, body: Iterable[bytes] = ()) -> str:
        kind = "Content-Type: application/x-www-form-urlencoded"
        return self.ask(self.head("POST /sign-in/", kind, "Connection: close", *fields), body)

    def crowd(self, line: str, count: int) -> str:
        """The same on so many lines at once; what there was for an answer."""
        with contextlib.ExitStack() as plugs:
            ask = self.head(line, "Connection: close", f"Cookie: {self.cookie}")
            begun = [plugs.enter_context(self.plug(ask)) for _ in range(count)]
            return " ".join({status_of(read_until_cut(plug)) for plug in begun})

    def trickle(self, begun: bytes, piece: bytes) -> str:
        """A piece every tenth of a second, for as long as it is taken."""
        with self.plug(begun) as plug:
            plug.settimeout(0.1)
            end = time.monotonic() + DEADLINE_SECONDS
            while time.monotonic() < end:
                with contextlib.suppress(TimeoutError):
                    try:
                        plug.sendall(piece)
                        if not plug.recv(1000):
                            return CUT
                    except ConnectionError:
                        return CUT
        return "let be"

    def wait(self, data: bytes) -> str:
        """Sends that and nothing more, until the line is closed."""
        with self.plug(data) as plug:
            return "answered" if read_until_cut(plug) else CUT

    def ignore(self, plug: socket.socket, data: bytes = b"") -> str:
        """Sends that and reads nothing at all, until the line is reset."""
        with plug:
            plug.sendall(data)
            ends = select.poll()
            ends.register(plug, 0)  # that it is over is always told
            return CUT if ends.poll(DEADLINE_SECONDS * 1000) else "let be"

    # Sockets

    def enter(self, *, is_lazy: bool = False) -> socket.socket:
        plug = self.plug(handshake(self.live.port, self.cookie, self.live.origin), is_lazy=is_lazy)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += plug.recv(1) or b"\r\n\r\n"
        assert head.startswith(b"HTTP/1.1 101"), head
        plug.sendall(frame(b'{"t":"hello","ref":0,"last":{},"client":"hostile"}'))
        return plug

    def flood(self, piece: bytes, *, first: bytes = b"", most_bytes: int = 64 * MEBIBYTE) -> str:
        """The same again and again, for as long as it is taken; then the close code, or CUT."""
        with self.enter() as plug:
            plug.sendall(first)
            sent = 0
            with contextlib.suppress(ConnectionError):
                while sent < most_bytes:
                    plug.sendall(piece)
                    sent += len(piece)
            return "let be" if sent >= most_bytes else close_code_of(read_until_cut(plug))


def read_until_cut(plug: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while more := plug.recv(MEBIBYTE):
            answer += more
    return answer


def status_of(answer: bytes) -> str:
    return answer[9:12].decode() or CUT


def close_code_of(data: bytes) -> str:
    """Walks over the frames."""
    while len(data) >= 2:
        size, head = data[1], 2
        if size == 126:
            size, head = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(data[2:10], "big"), 10
        if data[0] & 15 == CLOSE:
            return str(int.from_bytes(data[2:4], "big"))
        data = data[head + size :]
    return CUT


# What the server has


@dataclass(frozen=True)
class Size:
    resident_bytes: int
    threads: int

    @classmethod
    def of(cls, live: Live) -> "Size":
        assert live.process is not None
        status = Path(f"/proc/{live.process.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB$.*^Threads:\s+(\d+)$", status, re.MULTILINE | re.DOTALL)
        assert found is not None
        return cls(int(found[1]) * 1024, int(found[2]))

    def or_more(self, other: "Size") -> "Size":
        return Size(max(self.resident_bytes, other.resident_bytes), max(self.threads, other.threads))


def open_things(live: Live) -> tuple[int, int]:
    """Sockets, and files that have no name any more: bodies of requests."""
    assert live.process is not None
    names = []
    for entry in os.scandir(f"/proc/{live.process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            names.append(os.readlink(entry.path))
    return sum(name.startswith("socket:") for name in names), sum(name.endswith("(deleted)") for name in names)
