"""What this process knows of the schools' lists of networks, for those who may not wait for a database: whoever
connects and whoever asks for a page.

Invariant: nothing is read for a connect or a page. The whole list is read every two seconds, so a change holds in every
process within a few; while the database is away, what was read last holds.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from ipaddress import ip_network

from django.db import Error

from chatserver.addresses import parsed
from chatserver.dispatch import Bridge
from consent.queries.networks import listed_networks

log = logging.getLogger(__name__)

READ_SECONDS = 2.0

_Prefixes = Mapping[tuple[int, int], set[int]]  # version and length → the first bits of each network


class ListedNetworks:
    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._known = frozenset[str]()
        self._prefixes: _Prefixes = {}

    def holds(self, address: str) -> bool:
        """Whether the address is of a network that a school has on its list."""
        found = parsed(address) if self._prefixes else None
        if found is None:
            return False
        return any(
            int(found) >> (found.max_prefixlen - length) in prefixes
            for (version, length), prefixes in self._prefixes.items()
            if version == found.version
        )

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.read()
            except Error as problem:  # this loop must survive a database that is away
                log.warning("networks: the lists could not be read: %s", problem)
            except Exception:  # and whatever else: without it no change would be followed any more
                log.exception("networks: the lists could not be read")
            await asyncio.sleep(READ_SECONDS)

    async def read(self) -> None:
        self.know(await self._bridge.run_sync(listed_networks))

    def know(self, networks: frozenset[str]) -> None:
        if networks != self._known:
            self._known, self._prefixes = networks, _by_length(networks)


def _by_length(networks: Iterable[str]) -> _Prefixes:
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for network in map(ip_network, networks):
        found[network.version, network.prefixlen].add(
            int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        )
    return found
