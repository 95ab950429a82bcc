"""Whatever is done in whatever order, by whatever clock: seqs and numbers without gap, time that never goes back, and
digests that fit what is stored."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import AppError
from accounts.models import Member
from rooms.models import Course, Message, Room, RoomEvent, RoomHead
from rooms.writer.batch import digest_of
from rooms.writer.store import write
from tests.rooms_cast import draft_of, edited, in_state, make_room, new_cid, removed, restored, written

STEPS = ("send", "batch", "repeat", "refused", "edit", "remove", "moderate", "restore", "close")

step = st.tuples(
    st.sampled_from(STEPS),
    st.integers(0, 1),  # which room
    st.integers(0, 1),  # who
    st.integers(0, 7),  # which message
    st.integers(-3600, 3600),  # seconds on the clock
)


@dataclass
class Talk:
    """Two rooms and two people; every step is carried out or refused."""

    rooms: list[Room]
    people: list[Member]
    instructor: Member
    cids: dict[int, list[Any]] = field(default_factory=dict)

    def take(self, kind: str, room: int, who: int, which: int) -> None:
        with suppress(AppError):
            getattr(self, kind)(self.rooms[room], self.people[who], which)

    def send(self, room: Room, author: Member, which: int) -> None:
        cid = new_cid()
        written(room, author, f"message {which}", cid=cid)
        self.cids.setdefault(author.pk, []).append(cid)

    def batch(self, room: Room, author: Member, which: int) -> None:
        write([draft_of(self.rooms[place % 2], author, f"{place}") for place in range(which)])

    def repeat(self, room: Room, author: Member, which: int) -> None:
        cids = self.cids.get(author.pk, [])
        if cids:
            written(room, author, "again", cid=cids[which % len(cids)])

    def refused(self, room: Room, author: Member, which: int) -> None:
        write([draft_of(room, author, epoch=0), draft_of(room, author), draft_of(room, author, seat=None)])

    def edit(self, room: Room, author: Member, which: int) -> None:
        edited(room, author, self.seq(room, which), f"changed {which}")

    def remove(self, room: Room, author: Member, which: int) -> None:
        removed(room, author, self.seq(room, which))

    def moderate(self, room: Room, author: Member, which: int) -> None:
        removed(room, self.instructor, self.seq(room, which), "unkind")

    def restore(self, room: Room, author: Member, which: int) -> None:
        restored(room, author, self.seq(room, which))

    def close(self, room: Room, author: Member, which: int) -> None:
        in_state(room, "closed" if which % 2 else "open")

    def seq(self, room: Room, which: int) -> int:
        seqs = list(Message.objects.filter(room=room).order_by("seq").values_list("seq", flat=True))
        return seqs[which % len(seqs)] if seqs else 1


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=1, max_size=14))
def test_the_log_stays_whole(
    course: Course, instructor: Member, student: Member, classmate: Member, steps: list[Any]
) -> None:
    talk = Talk([make_room(course, "One"), make_room(course, "Two")], [student, classmate], instructor)
    clock = timezone.now()
    for kind, room, who, which, seconds in steps:
        clock += dt.timedelta(seconds=seconds)
        with time_machine.travel(clock, tick=False):
            talk.take(kind, room, who, which)
    for made in talk.rooms:
        is_whole(made)


def is_whole(room: Room) -> None:
    head = RoomHead.objects.get(room=room)
    entries = list(RoomEvent.objects.filter(room=room).order_by("seq"))
    messages = list(Message.objects.filter(room=room).order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, head.last_seq + 1))
    assert [message.number for message in messages] == list(range(1, head.message_count + 1))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert {entry.seq for entry in entries if entry.kind == "message.sent"} == {message.seq for message in messages}
    assert {entry.message for entry in entries if entry.message is not None} <= {message.seq for message in messages}
    for message in messages:
        stored = (
            room.pk,
            message.seq,
            message.author_id,
            message.edited_at or message.at,
            message.version,
            message.text,
        )
        assert bytes(message.digest) == digest_of(bytes(message.salt or b""), *stored)
        assert sorted(message.versions.values_list("version", flat=True)) == list(range(1, message.version))
