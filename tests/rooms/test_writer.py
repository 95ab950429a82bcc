"""One batch of the message writer: what is stored, what is refused, and that one row's fault is its own."""

import datetime as dt
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from accounts.actions.access import bump_access
from accounts.errors import CidReused
from accounts.models import Access, Member
from rooms.events import wire_time
from rooms.models import Course, Mention, Message, ReadMark, Room, RoomEvent, RoomHead
from rooms.writer import InlineWriter, Receipt, Refusal
from rooms.writer.batch import Outcome, digest_of
from rooms.writer.drivers import runs_of
from rooms.writer.store import write
from tests.rooms.tables import unchanged
from tests.rooms_cast import draft_of, in_state, make_room, message_at, new_cid, removed, written


def head_of(room: Room) -> RoomHead:
    return RoomHead.objects.get(room=room)


@pytest.mark.row("S9")
def test_a_message_is_stored_with_its_entry_its_number_and_its_digest(room: Room, student: Member) -> None:
    before = head_of(room)
    receipt = written(room, student, "it is *nine*")
    message = message_at(room, receipt.seq)
    assert (message.text, message.html) == ("it is *nine*", "<p>it is <em>nine</em></p>")
    assert (message.seq, message.number) == (before.last_seq + 1, before.message_count + 1)
    assert (message.author_id, message.version, message.removed_at) == (student.pk, 1, None)
    entry = RoomEvent.objects.get(room=room, seq=receipt.seq)
    assert (entry.kind, entry.actor_id, entry.seat, entry.at) == (
        "message.sent",
        student.pk,
        message.seat,
        message.at,
    )
    head = head_of(room)
    assert (head.last_seq, head.message_count, head.last_at) == (message.seq, message.number, message.at)
    assert bytes(message.digest) == digest_of(
        bytes(message.salt or b""), room.pk, message.seq, student.pk, message.at, 1, message.text
    )


def test_the_log_holds_no_text(room: Room, student: Member) -> None:
    written(room, student, "zebra")
    assert "zebra" in Message.objects.get(room=room).text
    assert "zebra" not in str(list(RoomEvent.objects.values()))


def test_a_batch_takes_the_numbers_of_each_room_in_its_order(course: Course, student: Member) -> None:
    rooms = [make_room(course, "One"), make_room(course, "Two")]
    first = {room.pk: head_of(room).last_seq for room in rooms}
    batch = [draft_of(rooms[place % 2], student, f"{place}") for place in range(6)]
    receipts = [outcome for outcome in write(batch) if isinstance(outcome, Receipt)]
    assert [(r.room, r.seq - first[r.room], r.number) for r in receipts] == [
        (rooms[place % 2].pk, place // 2 + 1, place // 2 + 1) for place in range(6)
    ]
    assert [m.text for m in Message.objects.filter(room=rooms[1]).order_by("seq")] == ["1", "3", "5"]


# Sent again


def test_a_repeated_cid_gets_the_first_receipt_and_takes_no_number(room: Room, student: Member) -> None:
    first = written(room, student, "once", cid=(cid := new_cid()))
    with unchanged():
        again = written(room, student, "once", cid=cid)
    assert again == Receipt(first.room, first.seq, first.number, cid, first.at, repeated=True)


def test_a_repeat_is_answered_even_when_the_access_has_moved(room: Room, student: Member) -> None:
    first = written(room, student, "once", cid=(cid := new_cid()))
    repeat = draft_of(room, student, "once", cid=cid, epoch=0)
    assert write([repeat]) == [Receipt(room.pk, first.seq, first.number, cid, first.at, repeated=True)]


def test_a_repeat_inside_one_batch_is_stored_once(room: Room, student: Member) -> None:
    cid = new_cid()
    first, again = write([draft_of(room, student, cid=cid), draft_of(room, student, cid=cid)])
    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.seq, first.repeated, again.repeated) == (again.seq, False, True)
    assert Message.objects.filter(cid=cid).count() == 1
    assert head_of(room).message_count == 1


def test_the_same_cid_in_another_room_is_refused(course: Course, room: Room, student: Member) -> None:
    elsewhere = make_room(course, "Homework help")
    written(room, student, cid=(cid := new_cid()))
    with unchanged():
        assert write([draft_of(elsewhere, student, cid=cid)]) == [Refusal.CID_REUSED]
        with pytest.raises(CidReused):
            written(elsewhere, student, cid=cid)


def test_the_same_cid_of_another_author_is_another_message(room: Room, student: Member, instructor: Member) -> None:
    cid = new_cid()
    receipts = [written(room, author, cid=cid) for author in (student, instructor)]
    assert [receipt.repeated for receipt in receipts] == [False, False]
    assert receipts[1].seq == receipts[0].seq + 1


# Refused, each by itself


@pytest.mark.row("S18")
def test_a_moved_epoch_refuses_the_row_and_lets_the_others_through(
    room: Room, student: Member, instructor: Member
) -> None:
    stale, fine = draft_of(room, student), draft_of(room, instructor)
    bump_access([student.pk], reason="test")
    outcomes = write([stale, fine])
    assert outcomes[0] == Refusal.ACCESS_CHANGED
    assert isinstance(outcomes[1], Receipt)
    assert (outcomes[1].number, head_of(room).message_count) == (1, 1)
    assert list(Message.objects.values_list("author_id", flat=True)) == [instructor.pk]


@pytest.mark.row("S18")
def test_nothing_is_accepted_from_the_instant_on_at_which_the_access_ends(room: Room, student: Member) -> None:
    until = timezone.now().replace(microsecond=0) + dt.timedelta(hours=1)
    with time_machine.travel(until - dt.timedelta(milliseconds=1), tick=False):
        assert isinstance(write([draft_of(room, student, until=until)])[0], Receipt)
    with time_machine.travel(until, tick=False):
        assert write([draft_of(room, student, until=until)]) == [Refusal.ACCESS_CHANGED]


def test_somebody_without_an_access_row_writes_nothing(room: Room, student: Member) -> None:
    draft = draft_of(room, student)
    Access.objects.filter(member=student).delete()
    with unchanged():
        assert write([draft]) == [Refusal.ACCESS_CHANGED]


@pytest.mark.parametrize("state", ["closed", "archived"])
def test_a_closed_room_takes_nothing_and_the_open_one_does(course: Course, student: Member, state: str) -> None:
    shut, open_room = make_room(course, "Shut"), make_room(course, "Open")
    drafts = [draft_of(shut, student), draft_of(open_room, student)]
    in_state(shut, state)
    before = head_of(shut)
    outcomes = write(drafts)
    assert outcomes[0] == Refusal.ROOM_CLOSED
    assert isinstance(outcomes[1], Receipt)
    assert (head_of(shut).last_seq, head_of(shut).message_count) == (before.last_seq, 0)


def test_a_row_that_the_database_refuses_takes_no_other_along(room: Room, student: Member, instructor: Member) -> None:
    broken = draft_of(room, student, "broken", seat=None)  # NOT NULL
    outcomes = write([draft_of(room, instructor, "before"), broken, draft_of(room, instructor, "after")])
    assert outcomes[1] == Refusal.TRY_LATER
    assert [m.text for m in Message.objects.filter(room=room).order_by("seq")] == ["before", "after"]
    assert [m.number for m in Message.objects.filter(room=room).order_by("seq")] == [1, 2]
    assert head_of(room).message_count == 2


def test_a_lone_row_that_the_database_refuses_leaves_nothing(room: Room, student: Member) -> None:
    with unchanged():
        assert write([draft_of(room, student, seat=None)]) == [Refusal.TRY_LATER]


def test_a_refusal_reaches_whoever_waits_as_its_error(course: Course, room: Room, student: Member) -> None:
    cid = new_cid()
    written(room, student, cid=cid)
    future = InlineWriter().submit(draft_of(make_room(course, "Two"), student, cid=cid))
    assert isinstance(future.exception(timeout=0), CidReused)


# Time


def test_a_clock_that_jumps_back_writes_nothing_before_what_is_there(room: Room, student: Member) -> None:
    now = timezone.now()
    first = written(room, student)
    with time_machine.travel(now - dt.timedelta(days=2), tick=False):
        second = written(room, student)
    assert second.at == first.at
    assert second.seq > first.seq


def test_times_are_kept_to_the_millisecond_as_the_wire_says_them(room: Room, student: Member) -> None:
    receipt = written(room, student)
    message = message_at(room, receipt.seq)
    assert message.at == receipt.at
    assert message.at.microsecond % 1000 == 0
    assert wire_time(message.at).endswith("Z")


# What goes along


def test_an_own_message_moves_the_own_mark_and_nobody_elses(room: Room, student: Member, instructor: Member) -> None:
    written(room, instructor)
    receipt = written(room, student)
    mark = ReadMark.objects.get(member=student, room=room)
    assert (mark.seq, mark.number, mark.mentions_seen_seq) == (receipt.seq, 2, receipt.seq)
    assert ReadMark.objects.get(member=instructor, room=room).number == 1


def test_a_mark_never_goes_back(room: Room, student: Member) -> None:
    first = draft_of(room, student, at=timezone.now() - dt.timedelta(days=1))
    last = written(room, student)
    ReadMark.objects.filter(member=student).update(seq=last.seq + 50, number=60, mentions_seen_seq=70)
    write([first])
    mark = ReadMark.objects.get(member=student, room=room)
    assert (mark.seq, mark.number, mark.mentions_seen_seq) == (last.seq + 50, 60, 70)


def test_each_person_named_is_mentioned_once_and_the_author_never(
    room: Room, student: Member, instructor: Member, classmate: Member
) -> None:
    seats = {row.member_id: row.seat for row in room.course.enrollments.all()}
    text = f"@[{seats[classmate.pk]}] and @[{seats[classmate.pk]}], says @[{seats[student.pk]}], ask @[999]"
    receipt = written(room, student, text)
    assert list(Mention.objects.values_list("member_id", "room_id", "seq")) == [(classmate.pk, room.pk, receipt.seq)]


def test_a_cid_travels_as_it_was_made(room: Room, student: Member) -> None:
    cid = UUID("01938a3e-7c1a-7def-8abc-0123456789ab")
    assert written(room, student, cid=cid).cid == cid
    assert UUID(str(Message.objects.get(room=room).cid)) == cid


def test_a_run_ends_where_somebody_elses_event_stands_between(room: Room, student: Member) -> None:
    """Rows written one by one are separate transactions: the hub must not count over what came between."""
    drafts = [draft_of(room, student, text) for text in ("one", "two", "three")]
    outcomes = write(drafts[:2])
    removed(room, student, outcome_seq(outcomes[0]))
    outcomes += write(drafts[2:])
    runs = runs_of(drafts, outcomes)
    first = outcome_seq(outcomes[0])
    assert [(run.first_seq, len(run.events)) for run in runs] == [(first, 2), (first + 3, 1)]


def outcome_seq(outcome: Outcome) -> int:
    assert isinstance(outcome, Receipt)
    return outcome.seq
