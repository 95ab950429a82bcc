"""Who has to be looked at in which second.

To visit every socket every other second took half of what 2,000 idle ones cost: each visit finds cold memory. Here each
is visited only when something may be due for it.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Rounds(Generic[T]):
    """Instants are seconds of one monotonic clock; nobody is looked at before theirs, or more than a second after."""

    def __init__(self, now: float) -> None:
        self._past = int(now)  # the last second that was walked
        self._seconds: dict[int, dict[T, None]] = {}
        self._second_of: dict[T, int] = {}

    def put(self, one: T, at: float) -> None:
        """Look at it then, instead of whenever it was."""
        self.remove(one)
        second = max(int(at), self._past) + 1
        self._seconds.setdefault(second, {})[one] = None
        self._second_of[one] = second

    def remove(self, one: T) -> None:
        """Also who isn't there."""
        second = self._second_of.pop(one, None)
        if second in self._seconds:  # not while that second is walked
            del self._seconds[second][one]

    def due(self, now: float) -> Iterator[T]:
        """Each once; it is out then, until it is put again: for a later call, however late this one is."""
        seconds = range(self._past + 1, int(now) + 1)
        self._past = max(self._past, int(now))
        walked = [(second, one) for second in seconds for one in self._seconds.pop(second, ())]
        for second, one in walked:
            if self._second_of.get(one) == second:  # not removed, or put elsewhere, by the looks before
                del self._second_of[one]
                yield one
