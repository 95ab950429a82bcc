"""A connection that has ended leaves nothing in memory, however it ended: the collector hardly ever looks."""

import contextlib
import http.client
import json
import time
from collections.abc import Callable

import pytest

from tests.realtime.server_process import EchoServer, RawClient, client_frame

CONNECTIONS = 20
EMPTY = client_frame(b"", opcode=0, final=False)


def kept(server: EchoServer) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/kept")
    count: int = json.loads(connection.getresponse().read())
    connection.close()
    return count


def leave(client: RawClient) -> None:
    client.send(client_frame(b"hello"))
    client.read_frame()


def be_closed(client: RawClient) -> None:
    client.send(client_frame(b"close 4450"))
    while client.read_frame()[0] != 8:
        pass


def break_off(client: RawClient) -> None:
    client.send(client_frame(b"half of a message")[:9])


def flood_with_fragments(client: RawClient) -> None:
    client.send(client_frame(b"", final=False))
    with contextlib.suppress(OSError):
        for _ in range(20):
            client.send(EMPTY * 500)


def never_read(client: RawClient) -> None:
    client.send(client_frame(b"spam 2000 1000"))


@pytest.mark.parametrize("path", ["/take", "/plain"])
@pytest.mark.parametrize("end", [leave, be_closed, break_off, flood_with_fragments, never_read])
def test_a_socket_is_freed_when_it_ends(server: EchoServer, path: str, end: Callable[[RawClient], None]) -> None:
    with RawClient(server.port, path) as one:
        leave(one)
        assert kept(server) >= 1
        for _ in range(CONNECTIONS):
            with RawClient(server.port, path) as client:
                end(client)
        deadline = time.monotonic() + 30
        while kept(server) > 1:
            assert time.monotonic() < deadline, kept(server)


def test_a_flood_of_pings_is_cut(server: EchoServer) -> None:
    with RawClient(server.port) as client:
        client.send(client_frame(b"p", opcode=9) * 51)
        assert client.read_until_cut() <= 50 * len(b"\x8a\x01p")
