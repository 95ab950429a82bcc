"""However slowly somebody asks, and whether or not they read the answer: a connection ends, and costs little."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.realtime.server_process import LARGE_BYTES, EchoServer, running

MEBIBYTE = 1 << 20
QUICK: dict[str, Any] = {
    "http_idle_seconds": 5,
    "http_head_seconds": 1,
    "http_body_seconds": 1,
    "http_answer_seconds": 1,
}
HEAD = b"POST /upload HTTP/1.1\r\nHost: localhost\r\n"
PIPELINED = 400


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[EchoServer]:
    """Deadlines of a second, and an idle time that no trickle ever reaches."""
    with running(tmp_path, **QUICK) as server:
        yield server


def ask(server: EchoServer, data: bytes = b"", *, receive_buffer: int | None = None) -> socket.socket:
    client = socket.socket()
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(20)
    client.connect(("127.0.0.1", server.port))
    client.sendall(data)
    return client


def trickle_until_cut(client: socket.socket, piece: bytes) -> None:
    """A byte every tenth of a second: an idle timer never ends. Raises TimeoutError if that is what it was."""
    client.settimeout(0.1)
    for _ in range(300):
        with contextlib.suppress(TimeoutError):
            client.sendall(piece)
            assert client.recv(100) == b""
            return
    raise TimeoutError


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"", b"G"),
        (b"GET / HTTP/1.1\r\n", b"x"),
        (HEAD, b"X-More: 1\r\n"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"b"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nc\r\n"),
    ],
    ids=["line", "name", "head", "body", "chunks"],
)
def test_a_request_that_trickles_is_cut_at_its_deadline(quick: EchoServer, begun: bytes, piece: bytes) -> None:
    with ask(quick, begun) as client, contextlib.suppress(ConnectionError):
        trickle_until_cut(client, piece)
    assert quick.stats()["late_requests"] == 1


def test_a_connection_that_says_nothing_is_closed(quick: EchoServer) -> None:
    with ask(quick) as client, contextlib.suppress(ConnectionError):
        assert client.recv(100) == b""


def test_a_second_request_that_trickles_is_cut_as_well(tmp_path: Path) -> None:
    with running(tmp_path, **QUICK | {"http_idle_seconds": 1}) as server:
        with ask(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as client, contextlib.suppress(ConnectionError):
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
            trickle_until_cut(client, b"G")
        assert server.stats()["late_requests"] == 1


@pytest.mark.parametrize("more", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_who_never_reads_the_answer_is_cut(quick: EchoServer, more: bytes) -> None:
    request = b"GET /large HTTP/1.1\r\nHost: localhost\r\n" + more + b"\r\n"
    with ask(quick, request * 3, receive_buffer=4096):
        deadline = time.monotonic() + 20
        while quick.stats()["late_requests"] == 0:
            assert time.monotonic() < deadline


def test_answers_that_nobody_reads_are_not_gathered(server: EchoServer) -> None:
    """400 requests fit into one segment; their answers would be 400 MiB."""
    before = server.stats()["resident_bytes"]
    with ask(server, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" * PIPELINED, receive_buffer=4096):
        grown = max(server.stats()["resident_bytes"] - before for _ in range(50))
    assert grown < 6 * MEBIBYTE


def test_requests_in_one_segment_are_all_answered_once_they_are_read(server: EchoServer) -> None:
    request = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
    with ask(server, request * 19 + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) as client:
        time.sleep(0.3)  # the kernels' buffers are full by now: the rest is answered as it is read
        answer = b""
        while more := client.recv(1 << 20):
            answer += more
    assert answer.count(b"HTTP/1.1 200") == 20
    assert len(answer) - answer.count(b"x") < 20 * 200
    assert answer.count(b"x") == 20 * LARGE_BYTES
