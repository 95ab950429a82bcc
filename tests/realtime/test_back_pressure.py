"""A client that doesn't read, floods or asks for too much costs a bounded piece of memory and nobody else's time."""

import asyncio
import contextlib
import http.client
import re
import socket
import time
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.realtime.server_process import EchoServer, RawClient, client_frame, running

MEBIBYTE = 1 << 20


async def test_a_client_that_never_reads_is_cut_and_the_others_get_everything(server: EchoServer):
    before = server.stats()
    with RawClient(server.port, receive_buffer=4096) as lazy:
        async with connect(server.url(), max_queue=None) as other:
            for number in range(300):
                await other.send(f"all {number} " + "x" * 16_000)
                assert (await other.recv()).split()[0] == str(number)
        after = server.stats()
        assert after["cut_slow"] == before["cut_slow"] + 1
        assert after["resident_bytes"] - before["resident_bytes"] < 4 * MEBIBYTE
        assert await asyncio.to_thread(lazy.read_until_cut) < 3 * MEBIBYTE


def test_a_client_that_stays_paused_too_long_is_cut(tmp_path: Path):
    with running(tmp_path, slow_seconds=0.2) as server, RawClient(server.port, receive_buffer=4096) as lazy:
        lazy.send(client_frame(b"spam 400 1000"))  # more than soft, less than hard
        deadline = time.monotonic() + 20
        while server.stats()["cut_slow"] == 0:
            assert time.monotonic() < deadline
        assert lazy.read_until_cut() < MEBIBYTE


def test_a_client_that_reads_after_a_pause_gets_every_byte(tmp_path: Path):
    with running(tmp_path, slow_seconds=30) as server, RawClient(server.port, receive_buffer=4096) as client:
        client.send(client_frame(b"spam 900 1000") + client_frame(b"done"))
        time.sleep(0.3)  # the kernels' buffers are full by now: what follows is read from behind a pause
        frames = [client.read_frame() for _ in range(901)]
        assert frames == [(1, b"x" * 1000)] * 900 + [(1, b"done")]
        client.send(client_frame(b"and on"))
        assert client.read_frame() == (1, b"and on")


def test_a_flood_for_a_slow_application_is_not_queued(server: EchoServer):
    before = server.stats()["resident_bytes"]
    with RawClient(server.port, "/plain") as client:
        client.send(client_frame(b"slowly"))
        client.socket.settimeout(0.3)
        sent = 0
        with contextlib.suppress(OSError):
            for _ in range(4000):
                client.send(client_frame(b"y" * 40_000))
                sent += 40_000
    assert sent < 120 * MEBIBYTE
    assert server.stats()["resident_bytes"] - before < 16 * MEBIBYTE


def test_a_flood_of_pings_by_a_client_that_reads_no_pongs_is_bounded(server: EchoServer):
    before = server.stats()["resident_bytes"]
    with RawClient(server.port, receive_buffer=4096) as client:
        client.socket.settimeout(2)
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.send(client_frame(b"p" * 120, opcode=9) * 1000)
        assert server.stats()["resident_bytes"] - before < 8 * MEBIBYTE


def test_a_flood_of_pongs_that_nobody_asked_for_is_cut(server: EchoServer):
    """They wake nobody, so no limit of frames counts them."""
    with RawClient(server.port) as client:
        with contextlib.suppress(ConnectionError):
            client.send(client_frame(b"", opcode=10) * 1000)
        assert client.read_until_cut() == 0


def test_pongs_that_come_one_by_one_are_counted_as_well(server: EchoServer):
    with RawClient(server.port) as client:
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                client.send(client_frame(b"", opcode=10))
                time.sleep(0.005)  # a segment each
        assert client.read_until_cut() == 0


def test_who_sends_on_after_being_told_to_go_is_read_no_further_and_hears_why(server: EchoServer):
    sent, more = 0, client_frame(b"y" * 40_000) * 10
    with RawClient(server.port) as client:
        client.send(client_frame(b"z" * (48 * 1024 + 1)))
        with contextlib.suppress(ConnectionError):
            while sent < 256 * MEBIBYTE:
                client.send(more)
                sent += len(more)
        opcode, payload = client.read_frame()
    assert (opcode, payload[:2]) == (8, (1009).to_bytes(2, "big"))
    assert sent < 64 * MEBIBYTE


def test_bytes_before_the_socket_is_let_in_are_bounded(server: EchoServer):
    before = server.stats()["resident_bytes"]
    with RawClient(server.port, "/late", early=client_frame(b"first") + client_frame(b"y" * 40_000) * 2) as client:
        assert client.read_frame() == (1, b"first")
        assert client.read_frame() == (1, b"y" * 40_000)
        assert client.read_frame() == (1, b"y" * 40_000)
    assert server.stats()["resident_bytes"] - before < 8 * MEBIBYTE


def post(server: EchoServer, head: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    client.sendall(b"POST /upload HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n")
    return client


def test_a_post_of_300_mib_is_refused_by_its_length_before_it_is_read(server: EchoServer):
    before = server.stats()
    with post(server, b"Content-Length: 314572800\r\n") as client:
        assert client.recv(64).startswith(b"HTTP/1.1 413 ")
    after = server.stats()
    assert after["too_large_requests"] == before["too_large_requests"] + 1
    assert after["resident_bytes"] - before["resident_bytes"] < 4 * MEBIBYTE


def test_a_client_that_sends_all_the_same_still_reads_the_refusal(server: EchoServer):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/upload", body=b"z" * (2 * MEBIBYTE))
    assert connection.getresponse().status == 413
    connection.close()


def test_a_client_that_asks_first_is_told_no(server: EchoServer):
    with post(server, b"Content-Length: 314572800\r\nExpect: 100-continue\r\n") as client:
        answer = b""
        while more := client.recv(1000):
            answer += more
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"100 Continue" not in answer


def test_a_body_without_a_length_is_refused_when_it_grows_too_long(server: EchoServer):
    with post(server, b"Transfer-Encoding: chunked\r\n") as client:
        with contextlib.suppress(OSError):
            for _ in range(20):
                client.sendall(b"20000\r\n" + b"c" * 0x20000 + b"\r\n")
        assert client.recv(64).startswith(b"HTTP/1.1 413 ")


def test_a_body_in_crumbs_is_refused_and_one_in_small_pieces_is_taken(server: EchoServer):
    with post(server, b"Transfer-Encoding: chunked\r\n") as client:
        with contextlib.suppress(OSError):
            client.sendall(b"1\r\nc\r\n" * 2000)
        assert client.recv(64).startswith(b"HTTP/1.1 413 ")
    with post(server, b"Transfer-Encoding: chunked\r\nConnection: close\r\n") as client:
        client.sendall((b"40\r\n" + b"c" * 64 + b"\r\n") * 5000 + b"0\r\n\r\n")
        assert client.recv(64).startswith(b"HTTP/1.1 200 ")


def test_a_form_is_not_read_by_the_engine(server: EchoServer):
    """Twisted's own would keep half a million fields, and everybody waiting meanwhile."""
    form = b"a&" * (MEBIBYTE // 2)
    kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n" % len(form)
    before = most_resident_bytes(server)
    with post(server, kind + b"Connection: close\r\n") as client:
        client.sendall(form)
        assert client.recv(64).startswith(b"HTTP/1.1 200 ")
    assert most_resident_bytes(server) - before < 4 * MEBIBYTE


def most_resident_bytes(server: EchoServer) -> int:
    """So far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 17_000, b"431"),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 17_000, b"431"),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"a" * MEBIBYTE, b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 18 + b"\r\n\r\n", b"413"),
    ],
)
def test_a_head_that_is_too_long_gets_an_answer(server: EchoServer, head: bytes, status: bytes):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        with contextlib.suppress(OSError):
            client.sendall(head)
        assert client.recv(64)[9:12] == status
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("size", [0, 1, MEBIBYTE])
def test_a_body_up_to_the_limit_is_taken(server: EchoServer, size: int):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/upload", body=b"b" * size)
    assert connection.getresponse().read() == b'{"size": %d}' % size
    connection.close()


def test_a_connection_serves_several_requests(server: EchoServer):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for body in (b"one", b"three"):
        connection.request("POST", "/", body=body)
        assert connection.getresponse().read() == b'{"size": %d}' % len(body)
    connection.close()
