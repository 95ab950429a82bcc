"""What the workers of one `./chat serve` show each other: a slot for each in memory that they share. No Django.

Whoever is asked for figures answers for all, because a connection lands at any of them. The parent makes the board and
empties the slot of a worker that has ended.
Invariant: what is read is what was written, whole: a slot holds its length and checksum, and while it is being written
they don't fit.
"""

import mmap
import os
import tempfile
import zlib
from collections.abc import Iterator
from struct import Struct

SLOT_BYTES = 64 * 1024
TRIES = 5  # of reading one that is being written
HEAD = Struct("<II")


def make_board(slots: int) -> int:
    """A descriptor that children inherit; the file has no name any more."""
    with tempfile.TemporaryFile() as file:
        file.truncate(slots * SLOT_BYTES)
        return os.dup(file.fileno())


def clear_slot(board: int, slot: int) -> None:
    os.pwrite(board, bytes(HEAD.size), slot * SLOT_BYTES)


class Board:
    """Of one worker: it writes its own slot and reads all."""

    def __init__(self, board: int, slot: int) -> None:
        self.slot = slot
        self._memory = mmap.mmap(board, 0)

    def write(self, said: bytes) -> None:
        """Too long a text is left out rather than cut."""
        at = self.slot * SLOT_BYTES
        if len(said) > SLOT_BYTES - HEAD.size:
            said = b""
        self._memory[at + HEAD.size : at + HEAD.size + len(said)] = said
        self._memory[at : at + HEAD.size] = HEAD.pack(len(said), zlib.crc32(said))

    def read(self) -> dict[int, bytes]:
        """Slot → what its worker last wrote."""
        return dict(self._written())

    def _written(self) -> Iterator[tuple[int, bytes]]:
        for slot in range(len(self._memory) // SLOT_BYTES):
            for _ in range(TRIES):
                said = self._read(slot)
                if said is not None:
                    break
            if said:
                yield slot, said

    def _read(self, slot: int) -> bytes | None:
        at = slot * SLOT_BYTES
        length, checksum = HEAD.unpack(self._memory[at : at + HEAD.size])
        said = self._memory[at + HEAD.size : at + HEAD.size + min(length, SLOT_BYTES)]
        return said if zlib.crc32(said) == checksum else None
