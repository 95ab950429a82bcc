"""The lists of networks that schools keep: read as a whole by every server process, and row by row by their office.

Invariant: what stands on a list is a network that people can come from, and no more than one school's.
"""

import ipaddress
from collections.abc import Collection, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from accounts.queries.networks import BROADEST, ONE_PLACE
from consent.models import Grant, School, SchoolNetwork
from consent.queries.schools import administered_school, has_grant

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 60  # characters of what is typed
# Where requests over the internet come from. Everything else is this machine, a cable, a group, or nobody.
OF_THE_WORLD = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "2000::/3")))
NOWHERE = tuple(
    map(ipaddress.ip_network, ("0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"))
)
PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))

NO_NETWORK = _("Write an address such as 203.0.113.7, or a network such as 203.0.113.0/24.")
TOO_BROAD = _(
    "This is more than one school’s network. At most 4,096 addresses fit (/20; with IPv6 /40). "
    "Whoever looks after your network knows the exact ones."
)
FROM_NOWHERE = _("Nobody reaches this site from such an address. You find the right one on this page, at school.")


def network_from(typed: str) -> Network:
    """What was typed, as the list keeps it: whole, and with IPv6 at least the /64 in which devices change their own
    address. Raises FieldInvalid (`network`)."""
    network = _parsed("".join(typed[:LONGEST].split()))
    if network.prefixlen < BROADEST[network.version]:
        raise FieldInvalid(TOO_BROAD, field="network")
    if not _is_within(network, (*OF_THE_WORLD, *PRIVATE)) or _touches(network, NOWHERE):
        raise FieldInvalid(FROM_NOWHERE, field="network")
    return network.supernet(new_prefix=min(network.prefixlen, ONE_PLACE[network.version]))


def shown(network: Network) -> str:
    """As people write it."""
    return str(SchoolNetwork(network=str(network)))


def is_private(network: Network) -> bool:
    return _is_within(network, PRIVATE)


def is_part_of(network: Network, other: Network) -> bool:
    return _is_within(network, (other,))


def school_with_list(actor: Actor, school_id: int) -> School:
    """For who administers the school, and the operator. Raises NotFound."""
    if not has_grant(actor.member_id, Grant.Kind.OPERATOR):
        return administered_school(actor, school_id)
    if (school := School.objects.filter(pk=school_id).first()) is None:
        raise NotFound
    return school


def networks_of_school(actor: Actor, school_id: int) -> QuerySet[SchoolNetwork]:
    """The school's list, the newest first, with who added what. Raises NotFound."""
    school = school_with_list(actor, school_id)
    return SchoolNetwork.objects.filter(school=school).select_related("added_by").order_by("-added_at", "-pk")


def listed_networks() -> frozenset[str]:
    """Of all schools. One statement."""
    return frozenset(SchoolNetwork.objects.values_list("network", flat=True))


def is_on_a_list(networks: Collection[str]) -> bool:
    """Whether a school's list holds one of these."""
    return SchoolNetwork.objects.filter(network__in=networks).exists()


def _parsed(text: str) -> Network:
    try:
        network: Network = ipaddress.ip_network(text, strict=False)
    except ValueError as fault:
        raise FieldInvalid(NO_NETWORK, field="network") from fault
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}", strict=False)


def _is_within(network: Network, others: Sequence[Network]) -> bool:
    return any(network.version == other.version and network.subnet_of(other) for other in others)  # type: ignore[arg-type]


def _touches(network: Network, others: Sequence[Network]) -> bool:
    return any(network.version == other.version and network.overlaps(other) for other in others)
