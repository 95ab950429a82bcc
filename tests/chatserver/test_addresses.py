"""Whose request it is: what of a proxy's word is believed."""

from ipaddress import ip_network
from typing import Any

import pytest

from chatserver.addresses import RealAddress, is_operators, is_within, real_address

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
PROXIES = (ip_network("10.0.0.0/24"), ip_network("127.0.0.1"))


def said(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"chat.example.org"), *((b"x-forwarded-for", value.encode()) for value in values)]


@pytest.mark.parametrize(
    ("peer", "headers", "address"),
    [
        ("198.51.100.9", said("127.0.0.1"), "198.51.100.9"),  # nobody's proxy
        ("10.0.0.7", said(), "10.0.0.7"),
        ("10.0.0.7", said("198.51.100.9"), "198.51.100.9"),
        ("10.0.0.7", said("127.0.0.1, 198.51.100.9"), "198.51.100.9"),  # the first was written by the reader
        ("127.0.0.1", said("198.51.100.9, 10.0.0.7"), "198.51.100.9"),  # two proxies
        ("127.0.0.1", said("198.51.100.9", "10.0.0.7"), "198.51.100.9"),
        ("127.0.0.1", said("198.51.100.9, 203.0.113.5, 10.0.0.7"), "203.0.113.5"),
        ("127.0.0.1", said("2001:db8::9"), "2001:db8::9"),
        ("::ffff:127.0.0.1", said("198.51.100.9"), "198.51.100.9"),
        ("127.0.0.1", said("nonsense"), "nonsense"),  # within no network
        ("127.0.0.1", said(" , "), "127.0.0.1"),
    ],
)
def test_the_last_address_that_is_no_trusted_proxy_counts(
    peer: str, headers: list[tuple[bytes, bytes]], address: str
) -> None:
    assert real_address(peer, headers, PROXIES) == address


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_who_asks_and_who_connects_is_known_by_the_same_address(kind: str) -> None:
    known = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        known.append(scope["client"][0])

    for headers in (said(), said("198.51.100.9")):
        await RealAddress(application, PROXIES)(
            {"type": kind, "client": ["10.0.0.7", 1], "headers": headers}, None, None
        )
    assert known == ["10.0.0.7", "198.51.100.9"]


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert real_address("127.0.0.1", said("198.51.100.9"), ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "headers", "trusted", "is_theirs"),
    [
        ("127.0.0.1", said(), (), True),
        ("::1", said(), (), True),
        ("198.51.100.9", said(), (), False),
        ("127.0.0.1", said("127.0.0.1"), (), False),  # a proxy on this machine that nobody has named
        ("127.0.0.1", [(b"via", b"1.1 proxy")], (), False),
        ("127.0.0.1", [(b"x-real-ip", b"127.0.0.1")], (), False),
        ("127.0.0.1", said("198.51.100.9"), PROXIES, False),
        ("127.0.0.1", said("127.0.0.1"), PROXIES, True),  # the operator, through their own proxy
        ("127.0.0.2", said("127.0.0.1"), PROXIES, False),
        ("198.51.100.9", said("127.0.0.1"), PROXIES, False),
        ("", said(), (), False),
    ],
)
def test_the_operators_network_is_who_is_in_it_and_came_by_no_strange_proxy(
    peer: str, headers: list[tuple[bytes, bytes]], trusted: tuple[object, ...], is_theirs: bool
) -> None:
    assert is_operators(peer, headers, allow=LOOPBACK, trusted=trusted) is is_theirs  # type: ignore[arg-type]


def test_what_is_no_address_is_in_no_network() -> None:
    assert is_within("127.0.0.1", LOOPBACK)
    assert not is_within("unix:", LOOPBACK)
    assert not is_within("", (ip_network("0.0.0.0/0"), ip_network("::/0")))
