"""What the engine counts. Plain integers, written on the loop thread, read by whoever shows them."""

from dataclasses import asdict, dataclass


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

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


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
