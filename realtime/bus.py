"""Between the hubs of several processes: the interface, and its form within one process.

Invariant: a bus may lose, repeat and reorder what it carries. The hub finds holes by seq and by its poll, so a bus
only makes things fast, never true.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from msgspec import Struct

View = str
Seat = int
EMPTY: Mapping[View, bytes] = {}  # nobody writes to it


class ViewFrames(Struct, frozen=True, array_like=True, gc=False):
    """One event, framed once, and once more for each view that needs bytes of its own.

    A view is a kind, with marks of its own where it has some: `guardian:7,9`. It gets the bytes of one of its marks
    (`guardian:9`), else those of its kind (`guardian`), else the default.

    `rewrites`: it changes what the replay of earlier events shows (edited, removed, hidden, shown). Nothing from before
    it is replayed from memory then, so a removed text is never sent again.
    """

    default: bytes
    by_view: Mapping[View, bytes] = EMPTY
    rewrites: bool = False

    def for_view(self, view: View) -> bytes:
        if not self.by_view:
            return self.default
        kind, _, marks = view.partition(":")
        for mark in marks.split(",") if marks else ():
            if (frame := self.by_view.get(f"{kind}:{mark}")) is not None:
                return frame
        return self.by_view.get(kind, self.default)


class Run(NamedTuple):
    """Committed events of one topic without a hole between them."""

    topic: str
    first_seq: int
    events: list[ViewFrames]


class Runs(Struct, frozen=True, tag=True, array_like=True):
    runs: tuple[Run, ...]


class Ephemeral(Struct, frozen=True, tag=True, array_like=True):
    topic: str
    frames: ViewFrames


class ToMembers(Struct, frozen=True, tag=True, array_like=True):
    member_ids: frozenset[int]
    frame: bytes


class AccessChanged(Struct, frozen=True, tag=True, array_like=True):
    member_ids: frozenset[int]


class SessionsEnded(Struct, frozen=True, tag=True, array_like=True):
    session_ids: frozenset[str]


class Attendance(Struct, frozen=True, tag=True, array_like=True):
    """Who is in topics through sockets of one process. `is_whole`: in no other topic is anybody."""

    process: str
    seats: Mapping[str, tuple[Seat, ...]]
    is_whole: bool


class Typed(Struct, frozen=True, tag=True, array_like=True):
    topic: str
    seat: Seat
    is_typing: bool


class Missed(Struct, frozen=True, tag=True, array_like=True):
    """Never sent: the bus has lost something. Who is told of changes, and of nothing else, has to look."""


Signal = Runs | Ephemeral | ToMembers | AccessChanged | SessionsEnded | Attendance | Typed | Missed
Receiver = Callable[[Signal], None]


class Bus(Protocol):
    """All of it is called on the loop thread, and so is each receiver. Nothing here raises or waits for the others."""

    def send(self, signal: Signal, sender: Receiver) -> None:
        """To every receiver but the sender's own."""

    def subscribe(self, receiver: Receiver) -> Callable[[], None]:
        """Returns what ends the subscription."""

    async def settle(self) -> None:
        """Returns when what was sent is on its way, or can't be now."""

    async def close(self) -> None:
        """Nothing is sent or received after it."""


@dataclass(slots=True)
class LocalBus:
    """Several hubs on one loop."""

    _receivers: list[Receiver] = field(default_factory=list)

    def send(self, signal: Signal, sender: Receiver) -> None:
        for receiver in list(self._receivers):
            if receiver != sender:
                receiver(signal)

    def subscribe(self, receiver: Receiver) -> Callable[[], None]:
        self._receivers.append(receiver)
        return lambda: self._receivers.remove(receiver)

    async def settle(self) -> None:
        pass

    async def close(self) -> None:
        pass
