"""Reading never waits for a writer: what is read is not read inside a write transaction."""

from collections.abc import Callable

import pytest

from accounts.models import Member
from rooms.actions.reads import mark_read
from rooms.models import Room
from rooms.permissions import reach
from rooms.queries.last_words import last_words_of
from rooms.queries.log import entries_of, heads_of
from rooms.queries.messages import latest, versions_of
from rooms.queries.pages import room_page, rooms_page
from rooms.queries.readers import readers_of
from rooms.queries.rosters import roster_of
from tests.cast import acting
from tests.rooms.locks import locked_by_another_process
from tests.rooms_cast import edited, standing_of, written
from tests.vendors import only_sqlite

READS: dict[str, Callable[[Room, Member, int], object]] = {
    "page": lambda room, member, seq: room_page(member, room.pk),
    "rooms": lambda room, member, seq: rooms_page(member),
    "standing": lambda room, member, seq: reach(member.pk, room.pk),
    "history": lambda room, member, seq: latest(standing_of(member, room)),
    "roster": lambda room, member, seq: roster_of(standing_of(member, room)),
    "versions": lambda room, member, seq: versions_of(standing_of(member, room), seq),
    "last words": lambda room, member, seq: last_words_of([standing_of(member, room)]),
    "log": lambda room, member, seq: entries_of(room.pk, after=0, upto=99, limit=99),
    "heads": lambda room, member, seq: heads_of([room.pk]),
    "readers": lambda room, member, seq: readers_of([room.pk]),
    "read again": lambda room, member, seq: mark_read(acting(member), standing_of(member, room), seq=seq),
}


@only_sqlite
@pytest.mark.parametrize("what", READS)
def test_it_is_read_while_another_process_writes(
    transactional_db: None, room: Room, student: Member, what: str
) -> None:
    seq = written(room, student, "first").seq
    edited(room, student, seq, "second")
    with locked_by_another_process():
        assert READS[what](room, student, seq)
