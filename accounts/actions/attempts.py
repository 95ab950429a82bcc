"""Wrong tries are counted as rows, so that a restart forgives none and all processes count together.

Invariant: a try is counted before it is looked at and forgiven when it was right: many at once can't slip through
between looking and counting. Only wrong tries stay, so a class behind one address signs in freely. A school's own list
of networks raises what a network may do, and nothing else. Nothing is stored but a keyed hash of what is counted.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.errors import TooManyTries
from accounts.models import Attempt
from accounts.queries.networks import is_listed


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` wrong tries of this kind `within` a sliding time. `most_listed` where a whole network is counted,
    named by `network_of`: as many from one that a school has on its list."""

    kind: str
    most: int
    within: timedelta
    most_listed: int | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """The rows of one try under way."""

    ids: tuple[int, ...]
    keys: Mapping[Limit, str]

    def forgive(self, *limits: Limit) -> None:
        """It was right: take it back, and with it all that was counted for these limits and the same key."""
        with transaction.atomic():
            Attempt.objects.filter(pk__in=self.ids).delete()
            for limit in limits:
                Attempt.objects.filter(kind=limit.kind, key=self.keys[limit]).delete()

    def left(self, *limits: Limit) -> int:
        """How many more wrong ones fit under the tightest of these limits, this one counted."""
        since = timezone.now()
        counts = [
            limit.most
            - Attempt.objects.filter(kind=limit.kind, key=self.keys[limit], at__gt=since - limit.within).count()
            for limit in limits
        ]
        return max(0, min(counts))


def count_try(counted: Mapping[Limit, str]) -> Tries:
    """Count one try under every limit; what is counted ("account 12 from 10.0.0.0") is hashed. Raises TooManyTries."""
    now = timezone.now()
    keys = {limit: _key(limit, what) for limit, what in counted.items()}
    with transaction.atomic():
        mine = Attempt.objects.bulk_create(Attempt(kind=limit.kind, key=key, at=now) for limit, key in keys.items())
    tries = Tries(tuple(attempt.pk for attempt in mine), keys)
    # Counted after the commit: tries at the same instant see each other, on any database.
    waits = [_wait(limit, counted[limit], key, tries.ids, now) for limit, key in keys.items()]
    if wait := max(waits, default=0):
        tries.forgive()  # a refused try isn't counted, or the wait would never end
        raise TooManyTries(retry_after_seconds=wait)
    return tries


def network_of(address: str) -> str:
    """What counts as one place: an IPv6 household is a /64; an IPv4 address is itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network(f"{parsed}/64", strict=False))


def forget_attempts(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Remove what no limit looks at any more; the clock's."""
    removed, _by_model = Attempt.objects.filter(at__lt=timezone.now() - older_than).delete()
    return removed


def _wait(limit: Limit, what: str, key: str, mine: tuple[int, ...], now: datetime) -> int:
    """Seconds until there is room for one more; 0: now. Lists are asked where a network has used up what all have."""
    others = Attempt.objects.filter(kind=limit.kind, key=key, at__gt=now - limit.within).exclude(pk__in=mine)
    wait = _wait_among(others, limit.most, limit.within, now)
    if wait and limit.most_listed is not None and is_listed(what):
        return _wait_among(others, limit.most_listed, limit.within, now)
    return wait


def _wait_among(others: QuerySet[Attempt], most: int, within: timedelta, now: datetime) -> int:
    newest = list(others.order_by("-at").values_list("at", flat=True)[:most])
    if len(newest) < most:
        return 0
    return max(1, int((newest[-1] + within - now).total_seconds()) + 1)


def _key(limit: Limit, what: str) -> str:
    return salted_hmac(f"attempts.{limit.kind}", what, algorithm="sha256").hexdigest()
