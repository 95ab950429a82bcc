"""Whether a place on the internet is on the list of a school, which whole classes come from.

Invariant: a list widens what a place as a whole may do. What one account, device, card or code may try stays, so that a
guesser gains nothing by sitting in a school.
"""

import ipaddress
from collections.abc import Callable, Collection

BROADEST = {4: 20, 6: 40}  # 4,096 addresses, or a large site of an IPv6 provider: more is no school's
ONE_PLACE = {4: 32, 6: 64}  # as attempts.network_of counts

# Lists of the packages above: each adds the one it keeps when it is ready. Whether it holds one of these networks.
LISTS: dict[str, Callable[[Collection[str]], bool]] = {}


def is_listed(place: str) -> bool:
    """`place`: as `attempts.network_of` names it. One statement for each list."""
    around = networks_around(place)
    return bool(around) and any(holds(around) for holds in LISTS.values())


def networks_around(place: str) -> list[str]:
    """Every network that a list may hold and that the place is part of, the narrowest first; none for no address."""
    try:
        network = ipaddress.ip_network(place)
    except ValueError:
        return []
    lengths = range(network.prefixlen, BROADEST[network.version] - 1, -1)
    return [str(network.supernet(new_prefix=length)) for length in lengths]
