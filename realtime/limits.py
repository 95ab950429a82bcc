"""How fast is too fast: token buckets on the monotonic clock, in memory, per process.

Invariant: a bucket never gives more than its size at once nor its rate over time; memory is bounded, because a full
bucket is as good as none and is forgotten.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MOST_KEYS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    count: int
    seconds: float


MESSAGES_PER_MEMBER = (Rate(20, 10), Rate(100, 60))
MESSAGES_PER_ROOM = (Rate(600, 60),)
TYPING = (Rate(1, 1),)


class TokenBucket:
    __slots__ = ("at", "rate", "tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self.rate, self.tokens, self.at = rate, float(rate.count), now

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0.0: now."""
        self.tokens = min(self.rate.count, self.tokens + (now - self.at) * self.rate.count / self.rate.seconds)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) * self.rate.seconds / self.rate.count

    def take(self) -> None:
        self.tokens -= 1

    def is_full(self, now: float) -> bool:
        self.wait(now)
        return self.tokens >= self.rate.count


class Buckets:
    """One bucket per key and rate. Without rates everything is allowed (the benchmark's setting)."""

    def __init__(
        self, rates: tuple[Rate, ...], *, clock: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS
    ) -> None:
        self.rates, self._clock, self._most_keys = rates, clock, most_keys
        self._buckets: dict[Hashable, tuple[TokenBucket, ...]] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: Hashable) -> float:
        """0.0 when it is granted, otherwise the seconds after which to try again; what is refused costs nothing."""
        wait = self.peek(key)
        if wait == 0.0:
            for bucket in self._buckets.get(key, ()):
                bucket.take()
        return wait

    def peek(self, key: Hashable) -> float:
        """What `take` would say."""
        now = self._clock()
        buckets = self._buckets.get(key)
        if buckets is None:
            buckets = self._buckets[key] = tuple(TokenBucket(rate, now) for rate in self.rates)
            if len(self._buckets) > self._most_keys:
                self._forget(now)
        return max((bucket.wait(now) for bucket in buckets), default=0.0)

    def _forget(self, now: float) -> None:
        """The full ones; when there are none, those that came first."""
        newest = next(reversed(self._buckets))
        for key in [key for key, buckets in self._buckets.items() if all(bucket.is_full(now) for bucket in buckets)]:
            if key != newest:
                del self._buckets[key]
        while len(self._buckets) > self._most_keys:
            del self._buckets[next(iter(self._buckets))]
