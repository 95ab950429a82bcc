"""The board: what workers show each other through memory that they share."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from chatserver.board import HEAD, SLOT_BYTES, Board, clear_slot, make_board

SLOTS = 3


@pytest.fixture
def shared() -> Iterator[int]:
    board = make_board(SLOTS)
    yield board
    os.close(board)


def test_everybody_reads_what_each_wrote_last(shared: int) -> None:
    one, other = Board(shared, 0), Board(shared, 2)
    one.write(b"longer, and older")
    one.write(b"first")
    other.write(b"third")
    assert one.read() == other.read() == {0: b"first", 2: b"third"}


def test_another_process_reads_it(shared: int) -> None:
    Board(shared, 1).write(b"from here")
    program = f"from chatserver.board import Board; print(Board({shared}, 0).read())"
    done = subprocess.run(
        [sys.executable, "-c", program], pass_fds=[shared], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str({1: b"from here"})


def test_a_slot_that_is_cleared_or_half_written_shows_nothing(shared: int) -> None:
    board = Board(shared, 1)
    board.write(b"whole")
    os.pwrite(shared, b"W", SLOT_BYTES + HEAD.size)  # as a write that has just begun
    assert board.read() == {}
    board.write(b"whole")
    assert board.read() == {1: b"whole"}
    clear_slot(shared, 1)
    assert board.read() == {}


def test_a_length_out_of_bounds_shows_nothing(shared: int) -> None:
    os.pwrite(shared, HEAD.pack(2**31, 7), 0)
    assert Board(shared, 1).read() == {}


def test_what_is_too_long_is_left_out_and_harms_no_neighbour(shared: int) -> None:
    board, neighbour = Board(shared, 0), Board(shared, 1)
    neighbour.write(b"mine")
    board.write(b"x" * SLOT_BYTES)
    assert board.read() == {1: b"mine"}
