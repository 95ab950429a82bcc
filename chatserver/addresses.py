"""Whose request it is: the address of the peer, or what a proxy that we trust says of it. Pure.

Invariant: a header is believed when the peer is a trusted proxy, and only as far back as trusted proxies wrote it.
Whoever comes by a proxy that we don't trust is nobody of the operator's network, wherever that proxy stands.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from chatserver.environment import Network

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

FORWARDED_FOR = b"x-forwarded-for"
OF_A_PROXY = frozenset({FORWARDED_FOR, b"forwarded", b"via", b"x-real-ip", b"x-forwarded-host", b"x-forwarded-proto"})


class RealAddress:
    """Puts the real address of whoever asks or connects into the scope, where a trusted proxy stands in front."""

    def __init__(self, application: Application, trusted: Sequence[Network]) -> None:
        self._application, self._trusted = application, trusted

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket") and self._trusted:
            peer = scope.get("client") or ["", 0]
            scope["client"] = [real_address(peer[0], scope["headers"], self._trusted), peer[1]]
        await self._application(scope, receive, send)


def real_address(peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]) -> str:
    """The last address that no trusted proxy has: whatever stands before it, anybody may have written."""
    said = b",".join(value for name, value in headers if name == FORWARDED_FOR).decode("latin-1")
    way = [each.strip() for each in said.split(",") if each.strip()]
    address = peer
    while way and is_within(address, trusted):
        address = way.pop()
    return address


def is_operators(
    peer: str, headers: Sequence[tuple[bytes, bytes]], *, allow: Sequence[Network], trusted: Sequence[Network]
) -> bool:
    """Whether somebody of the operator's network asks."""
    came_by_proxy = any(name in OF_A_PROXY for name, _ in headers)
    if came_by_proxy and not is_within(peer, trusted):
        return False
    return is_within(real_address(peer, headers, trusted), allow)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    found = parsed(address)
    return found is not None and any(found in network for network in networks)


def parsed(address: str) -> Address | None:
    """None for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # not by TCP, or a header that holds no address
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found
