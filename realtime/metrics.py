"""What the engine counts. Plain integers, written on the loop thread, read by whoever shows them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Histogram:
    """How often a value fell into each bucket (up to and including its bound; the last one is beyond all)."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Metrics:
    events: int = 0  # taken over into topics
    deliveries: int = 0  # events times the sockets they were written to
    fan_outs: int = 0
    held: int = 0  # runs that arrived before their predecessor
    filled: int = 0  # holes read from the history
    replays: int = 0  # pages read from the history for one who joined
    gaps: int = 0  # clients sent to paging
    broken_writes: int = 0  # sockets whose write raised
    history_failures: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(slots=True)
class SocketMetrics:
    opened: int = 0
    closed: int = 0
    cut_slow: int = 0
    cut_silent: int = 0
    messages_in: int = 0
    too_large_requests: int = 0
    late_requests: int = 0  # head, body, or the reading of the answer took too long
    closes: Counter[int] = field(default_factory=Counter)  # by code, whoever closed

    def as_dict(self) -> dict[str, int]:
        """The plain counts."""
        return {name: value for name, value in asdict(self).items() if name != "closes"}


@dataclass(slots=True)
class WriterMetrics:
    """Written by the writer's thread, once a batch: a message costs nothing here."""

    batches: int = 0
    messages: int = 0  # drafts answered, refused ones too
    failures: int = 0  # attempts that the database did not take
    sizes: Histogram = field(default_factory=lambda: Histogram(SIZES))
    write_seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))  # the transaction, fsync included
    ack_seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))  # the oldest of a batch, at most

    def wrote(self, size: int, write_seconds: float, ack_seconds: float) -> None:
        self.batches += 1
        self.messages += size
        self.sizes.observe(size)
        self.write_seconds.observe(write_seconds)
        self.ack_seconds.observe(ack_seconds)


@dataclass(slots=True)
class BusMetrics:
    published: int = 0  # batches
    signals: int = 0  # in them
    failed: int = 0  # batches that could not be published
    dropped: int = 0  # signals, while Redis was away or slow
    missed: int = 0  # times that something of the others may have been lost
    subscribed: int = 0  # times that we joined: once, and again after each loss

    def as_dict(self) -> dict[str, int]:
        return asdict(self)
