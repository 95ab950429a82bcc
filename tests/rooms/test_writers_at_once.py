"""What other transactions do while a batch waits, and what several writers do at once."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, connections

from accounts.errors import AccessChanged, Busy, RoomClosed, StorageFull
from accounts.models import Member
from consent.actions.consents import withdraw_consent
from rooms.actions.log import append_event
from rooms.models import Course, EventKind, Message, Room, RoomEvent, RoomHead
from rooms.writer import Receipt, ThreadWriter, drivers
from rooms.writer.batch import digest_of
from tests.cast import SYSTEM, make_member
from tests.postgres import beside
from tests.rooms.cutting import wire_to
from tests.rooms.locks import SECONDS
from tests.rooms.writers import closing, deadlocks, draft_again, results, thread_writers, uncommitted, until_waiting
from tests.rooms_cast import draft_of, in_state, join, make_room, message_at, new_cid, written
from tests.vendors import only_postgres

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def writer() -> Iterator[ThreadWriter]:
    with thread_writers() as (made,):
        yield made


# While a batch waits


@pytest.mark.row("S18")
def test_a_consent_withdrawn_while_the_batch_waits_lets_nothing_of_the_child_in(
    writer: ThreadWriter, room: Room, young_student: Member, instructor: Member
) -> None:
    written(room, young_student, "before")
    late, fine = draft_of(room, young_student, "late"), draft_of(room, instructor, "fine")
    with uncommitted(lambda: withdraw_consent(SYSTEM, young_student, grantor="A. Parent")) as commit:
        waiting = [writer.submit(draft) for draft in (late, fine)]
        until_waiting()
        assert not any(future.done() for future in waiting)
        commit()
    assert isinstance(waiting[0].exception(SECONDS), AccessChanged)
    hidden = RoomEvent.objects.get(room=room, kind=EventKind.MEMBER_HIDDEN)
    assert waiting[1].result(SECONDS).seq == hidden.seq + 1
    assert list(Message.objects.order_by("seq").values_list("text", flat=True)) == ["before", "fine"]


@pytest.mark.row("S18")
def test_what_a_batch_has_locked_is_stored_before_the_withdrawal(
    writer: ThreadWriter, room: Room, young_student: Member
) -> None:
    """The other way round: the batch has the child's row and waits for the room, so the withdrawal waits for it."""
    draft = draft_of(room, young_student, "in time")
    with (
        uncommitted(lambda: RoomHead.objects.select_for_update().get(room=room)) as let_go,
        ThreadPoolExecutor(1) as pool,
    ):
        sent = writer.submit(draft)
        until_waiting()
        withdrawn = pool.submit(closing(withdraw_consent), SYSTEM, young_student, grantor="A. Parent")
        until_waiting(2)
        let_go()
        withdrawn.result(SECONDS)
    if (refusal := sent.exception(SECONDS)) is not None:  # on SQLite either may be first
        assert isinstance(refusal, AccessChanged)
        assert connection.vendor == "sqlite"
        return
    assert sent.result().seq < RoomEvent.objects.get(room=room, kind=EventKind.MEMBER_HIDDEN).seq


def test_a_room_closed_while_the_batch_waits_takes_nothing(writer: ThreadWriter, room: Room, student: Member) -> None:
    draft = draft_of(room, student)

    def close() -> None:
        in_state(room, Room.State.CLOSED)
        append_event(room.pk, EventKind.ROOM_CHANGED, actor_id=None)

    with uncommitted(close) as commit:
        future = writer.submit(draft)
        until_waiting()
        commit()
    assert isinstance(future.exception(SECONDS), RoomClosed)
    assert not Message.objects.exists()


def test_an_entry_appended_while_the_batch_waits_comes_first(writer: ThreadWriter, room: Room, student: Member) -> None:
    first = RoomHead.objects.get(room=room).last_seq + 1
    draft = draft_of(room, student)
    with uncommitted(lambda: append_event(room.pk, EventKind.ROOM_CHANGED, actor_id=None)) as commit:
        future = writer.submit(draft)
        until_waiting()
        commit()
    assert future.result(SECONDS).seq == first + 1
    assert list(RoomEvent.objects.filter(room=room, seq__gte=first).order_by("seq").values_list("kind", flat=True)) == [
        "room.changed",
        "message.sent",
    ]


# Several writers


def test_the_same_cid_through_two_writers_at_once_is_one_message_and_one_receipt(room: Room, student: Member) -> None:
    cid = new_cid()
    with thread_writers(2) as writers:
        with uncommitted(lambda: hold_head(room)) as let_go:
            futures = [writer.submit(draft_of(room, student, "twice", cid=cid)) for writer in writers]
            until_waiting(2)
            let_go()
        one, other = (future.result(SECONDS) for future in futures)
    assert {one.repeated, other.repeated} == {True, False}
    assert (one.room, one.seq, one.number, one.cid, one.at) == (other.room, other.seq, other.number, cid, other.at)
    assert Message.objects.filter(cid=cid).count() == 1
    assert RoomHead.objects.get(room=room).message_count == 1


def hold_head(room: Room) -> RoomHead:
    return RoomHead.objects.select_for_update().get(room=room)


OTHER_PROCESS = """
import json, sys
from uuid import UUID
from rooms.writer import Draft, ThreadWriter
from rooms.writer.drivers import resolve

told = json.loads(sys.stdin.readline())
writer = ThreadWriter(lambda batch, outcomes, runs: resolve(batch, outcomes))
receipts = []
for cid in told.pop("cids"):
    future = writer.submit(Draft(**told, until=None, cid=UUID(cid), html=None, renderer=1))
    receipts.append(future.result(30))
writer.close()
print(json.dumps([[each.seq, each.number, each.at.isoformat(), each.repeated] for each in receipts]))
"""


@only_postgres
def test_the_same_cids_from_two_processes_at_once_are_stored_once_each(room: Room, student: Member) -> None:
    """Each tells both receipts, and which of them stored it."""
    cids = [new_cid() for _ in range(200)]
    mine = [draft_of(room, student, "twice", cid=cid) for cid in cids]
    told = {
        "room_id": room.pk,
        "author_id": student.pk,
        "epoch": mine[0].epoch,
        "seat": mine[0].seat,
        "text": "twice",
        "cids": [str(cid) for cid in cids],
    }
    here = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-m", "chatserver", "manage", "shell", "--no-imports", "-c", OTHER_PROCESS],
        env=os.environ | {"DATABASE_URL": beside(os.environ["DATABASE_URL"], here)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with thread_writers() as (writer,):
        assert process.stdin is not None
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        receipts = []
        while not RoomHead.objects.get(room=room).message_count:
            assert process.poll() is None  # it has begun: from here on both are at it
        for draft in mine:
            receipts.append(writer.submit(draft).result(SECONDS))
        theirs = json.loads(process.communicate(timeout=SECONDS)[0])
    assert [each[:3] for each in theirs] == [[each.seq, each.number, each.at.isoformat()] for each in receipts]
    assert all(mine.repeated != repeated for mine, (*_, repeated) in zip(receipts, theirs, strict=True))
    assert Message.objects.filter(room=room).count() == len(cids)
    assert [each.number for each in receipts] == sorted(each.number for each in receipts)


def test_batches_that_name_rooms_and_authors_in_opposite_orders_never_stop_each_other(course: Course) -> None:
    rooms = [make_room(course, f"Room {number}") for number in range(6)]
    people = [make_member(f"Person {number}") for number in range(6)]
    for person in people:
        join(course, person)
    pairs = list(zip(rooms, people, strict=True))
    first = {room.pk: draft_of(room, author) for room, author in pairs}
    before = deadlocks()
    with thread_writers(3) as writers, ThreadPoolExecutor(3) as pool:
        orders = [pairs, pairs[::-1], random.Random(4).sample(pairs, len(pairs))]
        drafts = [[draft_again(first[room.pk]) for _ in range(40) for room, _ in order] for order in orders]
        outcomes = [each for done in pool.map(results, writers, drafts) for each in done]
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert deadlocks() == before
    for room in rooms:
        seqs = list(Message.objects.filter(room=room).order_by("seq").values_list("number", flat=True))
        assert seqs == list(range(1, 121))


# What the database says


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE rooms_message; --",
        'a "quoted" \\ back\\slash \\u0041',
        "tab\tand\nline\u2028end",
        "¿qué? 日本 🎉",
    ],
)
def test_a_text_is_stored_to_the_letter_with_its_digest(room: Room, student: Member, text: str) -> None:
    with thread_writers() as (writer,):
        receipt = writer.submit(draft_of(room, student, text)).result(SECONDS)
    message = message_at(room, receipt.seq)
    assert (message.text, message.at) == (text, receipt.at)
    salt, digest = bytes(message.salt or b""), bytes(message.digest)
    assert digest == digest_of(salt, room.pk, receipt.seq, student.pk, receipt.at, 1, text)
    assert len(salt) == 16


@pytest.fixture
def full_disk() -> Iterator[Any]:
    """PostgreSQL says of every message what it says when the disk is full, until it is made room."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute("CREATE TRIGGER disk_is_full BEFORE INSERT ON rooms_message EXECUTE FUNCTION disk_is_full()")

    def make_room() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS disk_is_full CASCADE")

    yield make_room
    make_room()


@only_postgres
def test_a_full_disk_refuses_stores_nothing_and_recovers(
    writer: ThreadWriter, room: Room, student: Member, full_disk: Any
) -> None:
    drafts = [draft_of(room, student, f"{number}") for number in range(3)]
    before = RoomHead.objects.values().get(room=room)
    refusals = results(writer, drafts)
    assert [type(refusal) for refusal in refusals] == [StorageFull] * 3
    assert RoomHead.objects.values().get(room=room) == before
    full_disk()
    assert [receipt.number for receipt in results(writer, [replace(draft, done=Future()) for draft in drafts])] == [
        1,
        2,
        3,
    ]


@only_postgres
def test_a_lock_without_end_is_busy_and_the_next_send_goes_through(
    room: Room, student: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(options, "options", f"{options['options']} -c lock_timeout=50ms")
    monkeypatch.setattr(drivers, "RETRY_PAUSES_SECONDS", (0.01, 0.01))
    with thread_writers() as (writer,):
        with uncommitted(lambda: hold_head(room)):
            (refusal,) = results(writer, [draft_of(room, student, "refused")])
        assert isinstance(refusal, Busy)
        (receipt,) = results(writer, [draft_of(room, student, "accepted")])
    assert receipt.number == 1
    assert list(Message.objects.values_list("text", flat=True)) == ["accepted"]


# What breaks in between


@only_postgres
@pytest.mark.row("S9")
def test_a_batch_whose_commit_was_not_answered_is_written_once(
    room: Room, student: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [draft_of(room, student, f"{number}") for number in range(5)]
    monkeypatch.setattr(drivers, "RETRY_PAUSES_SECONDS", (0.01,) * 3)
    with wire_to(connection.settings_dict["HOST"]) as wire:
        monkeypatch.setitem(connections.settings["default"], "HOST", str(wire.folder))
        with thread_writers() as (writer,):
            wire.cut_next_commits(2)
            receipts = results(writer, drafts)
            assert wire.cut_count == 2
            assert [receipt.number for receipt in receipts] == [1, 2, 3, 4, 5]
            assert any(receipt.repeated for receipt in receipts), "the commit was there, its answer was not"
    stored = Message.objects.filter(room=room).order_by("seq").values_list("seq", "text", "cid")
    assert list(stored) == [
        (receipt.seq, draft.text, draft.cid) for receipt, draft in zip(receipts, drafts, strict=True)
    ]
    assert RoomHead.objects.get(room=room).message_count == 5


@only_postgres
def test_a_batch_whose_connection_is_ended_while_it_waits_is_written_by_the_next(
    writer: ThreadWriter, room: Room, student: Member
) -> None:
    draft = draft_of(room, student)
    with uncommitted(lambda: hold_head(room)) as let_go:
        future = writer.submit(draft)
        until_waiting()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        until_waiting()  # again, on another connection
        let_go()
    receipt = future.result(SECONDS)
    assert (receipt.number, receipt.repeated) == (1, False)
