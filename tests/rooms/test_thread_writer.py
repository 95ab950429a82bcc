"""The writer's thread: batches, the ack after the commit, and a database that is locked or full."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created

from accounts.errors import AccessChanged, Busy, CidReused, StorageFull, TryLater
from accounts.models import Member
from realtime.hub import Run
from rooms.models import Message, Room, RoomEvent, RoomHead
from rooms.writer import Draft, Receipt, ThreadWriter, drivers
from rooms.writer.batch import Outcome
from rooms.writer.drivers import resolve
from tests.rooms.locks import SECONDS, locked_by_another_process
from tests.rooms_cast import draft_of, make_room, new_cid
from tests.vendors import only_sqlite


class Writing:
    """A ThreadWriter that keeps what it delivered, and can be held while it delivers."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.runs: list[Run] = []
        self.may_deliver = threading.Event()
        self.may_deliver.set()
        self.delivering: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.stored_at_ack: list[int] = []
        self.writer = ThreadWriter(self._deliver)

    def _deliver(self, batch: Sequence[Draft], outcomes: Sequence[Outcome], runs: list[Run]) -> None:
        self.batches.append([draft.text for draft in batch])
        self.runs += runs
        self.delivering.put(len(batch))
        self.may_deliver.wait(SECONDS)
        self.stored_at_ack.append(count_from_outside())
        resolve(batch, outcomes)

    def submit(self, *drafts: Draft) -> list[Any]:
        return [self.writer.submit(draft) for draft in drafts]


@pytest.fixture
def writing(transactional_db: None) -> Iterator[Writing]:
    made = Writing()
    yield made
    made.may_deliver.set()
    made.writer.close()


def count_from_outside() -> int:
    """How many messages another connection finds: what is committed."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM rooms_message")
            return int(cursor.fetchone()[0])
    finally:
        other.close()


@contextmanager
def no_page_left() -> Iterator[None]:
    """Connections made meanwhile can't make the file grow."""

    def bound(sender: object, connection: Any, **_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1")  # taken as: as many as there are

    connection_created.connect(bound)
    try:
        yield
    finally:
        connection_created.disconnect(bound)


def result(future: Any) -> Receipt:
    receipt = future.result(timeout=SECONDS)
    assert isinstance(receipt, Receipt)
    return receipt


@only_sqlite
def test_the_set_up_is_the_one_that_survives_a_power_cut(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_arrives_during_a_commit_is_the_next_batch(writing: Writing, room: Room, student: Member) -> None:
    writing.may_deliver.clear()
    drafts = [draft_of(room, student, f"{number}") for number in range(6)]
    first = writing.submit(drafts[0])
    assert writing.delivering.get(timeout=SECONDS) == 1
    rest = writing.submit(*drafts[1:])
    writing.may_deliver.set()
    receipts = [result(future) for future in first + rest]
    assert writing.batches == [["0"], ["1", "2", "3", "4", "5"]]
    assert [receipt.number for receipt in receipts] == [1, 2, 3, 4, 5, 6]
    assert [(run.topic, len(run.events)) for run in writing.runs] == [(f"room:{room.pk}", 1), (f"room:{room.pk}", 5)]
    assert (writing.writer.metrics.batches, writing.writer.metrics.messages) == (2, 6)


def test_nothing_is_answered_before_it_is_committed(writing: Writing, room: Room, student: Member) -> None:
    for number in range(5):
        result(*writing.submit(draft_of(room, student, f"{number}")))
    assert writing.stored_at_ack == [1, 2, 3, 4, 5]


def test_each_of_many_repeats_in_one_batch_is_answered(writing: Writing, room: Room, student: Member) -> None:
    writing.may_deliver.clear()
    first = writing.submit(draft_of(room, student, "first"))
    writing.delivering.get(timeout=SECONDS)
    cid = new_cid()
    repeats = writing.submit(*(draft_of(room, student, "again", cid=cid) for _ in range(4)))
    writing.may_deliver.set()
    assert [result(future).repeated for future in first + repeats] == [False, False, True, True, True]
    assert len({result(future).seq for future in repeats}) == 1
    assert Message.objects.filter(cid=cid).count() == 1


def test_a_repeat_for_another_room_is_refused_in_the_same_batch(writing: Writing, room: Room, student: Member) -> None:
    elsewhere = make_room(room.course, "Elsewhere")
    writing.may_deliver.clear()
    first = writing.submit(draft_of(room, student, "first"))
    writing.delivering.get(timeout=SECONDS)
    cid = new_cid()
    here, there = writing.submit(draft_of(room, student, cid=cid), draft_of(elsewhere, student, cid=cid))
    writing.may_deliver.set()
    assert result(*first).number == 1
    assert result(here).room == room.pk
    assert isinstance(there.exception(timeout=SECONDS), CidReused)


def test_one_refused_row_leaves_the_rest_of_its_batch_alone(
    writing: Writing, room: Room, student: Member, instructor: Member
) -> None:
    writing.may_deliver.clear()
    first = writing.submit(draft_of(room, student, "first"))
    writing.delivering.get(timeout=SECONDS)
    drafts = [draft_of(room, instructor, "a"), draft_of(room, student, "b", epoch=0), draft_of(room, instructor, "c")]
    futures = writing.submit(*drafts)
    writing.may_deliver.set()
    assert isinstance(futures[1].exception(timeout=SECONDS), AccessChanged)
    assert [result(future).number for future in [*first, futures[0], futures[2]]] == [1, 2, 3]


def test_closing_finishes_what_was_submitted(writing: Writing, room: Room, student: Member) -> None:
    futures = writing.submit(*(draft_of(room, student, f"{number}") for number in range(20)))
    writing.writer.close()
    assert [result(future).number for future in futures] == list(range(1, 21))


def test_after_closing_one_is_told_to_try_later(writing: Writing, room: Room, student: Member) -> None:
    draft = draft_of(room, student)
    writing.writer.close()
    assert isinstance(writing.submit(draft)[0].exception(timeout=0), TryLater)


def test_who_gives_up_waiting_keeps_nobody_from_the_answer(writing: Writing, room: Room, student: Member) -> None:
    writing.may_deliver.clear()
    first = writing.submit(draft_of(room, student, "first"))
    writing.delivering.get(timeout=SECONDS)
    impatient, patient = writing.submit(draft_of(room, student, "impatient"), draft_of(room, student, "patient"))
    assert impatient.cancel()
    writing.may_deliver.set()
    assert [result(future).number for future in (*first, patient)] == [1, 3]


# The database is locked or full


@only_sqlite
def test_a_send_waits_for_a_lock_of_another_process_and_is_acked(writing: Writing, room: Room, student: Member) -> None:
    draft = draft_of(room, student, "patient")
    with locked_by_another_process() as let_go:
        (future,) = writing.submit(draft)
        with pytest.raises(TimeoutError):
            future.result(timeout=1)
        assert count_from_outside() == 0
        let_go()
        assert result(future).number == 1
    assert Message.objects.get(room=room).text == "patient"


@only_sqlite
def test_a_lock_that_outlasts_the_database_s_patience_is_waited_for_again(
    writing: Writing, room: Room, student: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.2)
    monkeypatch.setattr(drivers, "RETRY_PAUSES_SECONDS", (0.01,) * 1000)
    draft = draft_of(room, student, "patient")
    with locked_by_another_process() as let_go:
        (future,) = writing.submit(draft)
        with pytest.raises(TimeoutError):
            future.result(timeout=1)
        let_go()
        assert result(future).number == 1


@only_sqlite
def test_a_lock_without_end_is_busy_and_the_next_send_goes_through(
    writing: Writing, room: Room, student: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.1)
    monkeypatch.setattr(drivers, "RETRY_PAUSES_SECONDS", (0.01, 0.01))
    refused, accepted = draft_of(room, student, "refused"), draft_of(room, student, "accepted")
    with locked_by_another_process():
        assert isinstance(writing.submit(refused)[0].exception(timeout=SECONDS), Busy)
    assert result(*writing.submit(accepted)).number == 1
    assert list(Message.objects.values_list("text", flat=True)) == ["accepted"]


@only_sqlite
def test_a_full_disk_refuses_keeps_what_was_acked_and_recovers(writing: Writing, room: Room, student: Member) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    drafts = [draft_of(room, student, "x" * 8000) for _ in range(20)]
    after = draft_of(room, student, "there is room again")
    acked: list[Receipt] = []
    with no_page_left():
        problem = None
        for draft in drafts:
            (future,) = writing.submit(draft)
            problem = future.exception(timeout=SECONDS)
            if problem is not None:
                break
            acked.append(result(future))
    assert isinstance(problem, StorageFull)
    seqs = list(Message.objects.filter(room=room).order_by("seq").values_list("seq", flat=True))
    assert seqs == [receipt.seq for receipt in acked]
    assert RoomEvent.objects.filter(room=room, kind="message.sent").count() == len(acked)
    assert RoomHead.objects.get(room=room).message_count == len(acked)
    assert result(*writing.submit(after)).number == len(acked) + 1
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
