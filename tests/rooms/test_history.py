"""Pages of a room's past, and the log read back: complete, in order, the state as it is now."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec.json import encode

from accounts.models import Member
from rooms.events import Withheld, event_of, seen_by, wire_time
from rooms.models import Message, MessageVersion, Room, RoomEvent, RoomHead
from rooms.queries.log import body_of, entries_of, heads_of
from rooms.queries.messages import HistoryPage, after, around, before, latest
from tests.rooms_cast import edited, make_classmate, message_at, removed, standing_of, texts_of, written


@pytest.fixture
def seqs(room: Room, student: Member) -> list[int]:
    """Nine messages; between them an entry of the log that is none."""
    found = []
    for number in range(9):
        found.append(written(room, student, f"{number}").seq)
        edited(room, student, found[-1], f"n{number}")
    return found


def shape(page: HistoryPage) -> tuple[str, bool, bool]:
    return ",".join(str(text) for text in texts_of(page.messages)), page.more_before, page.more_after


def test_pages_in_both_directions(room: Room, student: Member, seqs: list[int]) -> None:
    standing = standing_of(student, room)
    assert shape(latest(standing, limit=3)) == ("n6,n7,n8", True, False)
    assert shape(before(standing, seqs[6], limit=3)) == ("n3,n4,n5", True, True)
    assert shape(before(standing, seqs[3], limit=3)) == ("n0,n1,n2", False, True)
    assert shape(before(standing, seqs[0], limit=3)) == ("", False, True)
    assert shape(after(standing, seqs[2], limit=3)) == ("n3,n4,n5", True, True)
    assert shape(after(standing, seqs[5], limit=3)) == ("n6,n7,n8", True, False)
    assert shape(after(standing, seqs[8], limit=3)) == ("", True, False)
    assert shape(after(standing, 0, limit=3)) == ("n0,n1,n2", False, True)
    assert shape(around(standing, seqs[4], limit=4)) == ("n2,n3,n4,n5", True, True)
    assert shape(around(standing, seqs[8], limit=4)) == ("n6,n7,n8", True, False)
    assert shape(around(standing, seqs[0], limit=1)) == ("n0", False, True)


def test_walking_through_the_pages_meets_every_message_once(room: Room, student: Member, seqs: list[int]) -> None:
    standing, back, seq = standing_of(student, room), list[int](), None
    while True:
        page = before(standing, seq, limit=2)
        back = [message.seq for message in page.messages] + back
        if not page.more_before:
            break
        seq = page.messages[0].seq
    assert back == seqs
    forth, seq = list[int](), 0
    while True:
        page = after(standing, seq, limit=2)
        forth += [message.seq for message in page.messages]
        if not page.more_after:
            break
        seq = page.messages[-1].seq
    assert forth == seqs


def test_a_page_shows_the_state_up_to_its_seq(room: Room, student: Member, seqs: list[int]) -> None:
    page = latest(standing_of(student, room))
    assert page.as_of_seq == RoomHead.objects.get(room=room).last_seq == seqs[-1] + 1


@pytest.mark.row("S9")
def test_what_was_before_joining_is_readable_in_a_course_room(room: Room, instructor: Member) -> None:
    written(room, instructor, "before you came")
    assert shape(latest(standing_of(make_classmate(room.course), room)))[0] == "before you came"


def test_an_empty_room_has_an_empty_page(room: Room, instructor: Member) -> None:
    assert latest(standing_of(instructor, room)) == HistoryPage([], 0, False, False)


# A message on the wire


def test_plain_text_has_no_html_and_nothing_that_is_not_so_is_sent(room: Room, student: Member) -> None:
    sent = written(room, student, "plain & <b>simple</b>")
    body = json.loads(encode(body_of(message_at(room, sent.seq))))
    assert body == {
        "seq": sent.seq,
        "number": 1,
        "by": 2,
        "at": wire_time(sent.at),
        "cid": str(sent.cid),
        "version": 1,
        "text": "plain & <b>simple</b>",
    }


def test_an_edit_to_plain_text_takes_the_html_away(room: Room, student: Member) -> None:
    sent = written(room, student, "**loud**")
    assert json.loads(encode(body_of(message_at(room, sent.seq))))["html"] == "<p><strong>loud</strong></p>"
    edited(room, student, sent.seq, "quiet")
    body = json.loads(encode(body_of(message_at(room, sent.seq))))
    assert "html" not in body
    assert (body["text"], body["version"]) == ("quiet", 2)
    assert body["edited_at"] >= body["at"]


@pytest.mark.row("S17")
def test_a_removed_one_has_neither_text_nor_html(room: Room, student: Member) -> None:
    sent = written(room, student, "**loud**")
    removed(room, student, sent.seq)
    body = json.loads(encode(body_of(message_at(room, sent.seq))))
    assert {"text", "html"}.isdisjoint(body)
    assert body["removed"]["by_kind"] == "author"
    assert json.loads(encode(body_of(message_at(room, sent.seq), with_removed_text=True)))["text"] == "**loud**"


# The log


def test_the_log_is_read_in_order_within_its_bounds(room: Room, student: Member, seqs: list[int]) -> None:
    def read(**bounds: int) -> list[int]:
        return [entry.seq for entry in entries_of(room.pk, **{"after": 0, "upto": 999, "limit": 500, **bounds})]

    last = seqs[-1] + 1
    assert read() == list(range(1, last + 1))
    assert read(after=3, upto=6) == [4, 5, 6]
    assert read(after=3, limit=2) == [4, 5]
    assert read(after=last) == []


def test_an_old_message_is_replayed_as_it_is_now(room: Room, student: Member, seqs: list[int]) -> None:
    (entry,) = entries_of(room.pk, after=seqs[0] - 1, upto=seqs[0], limit=1)
    assert (entry.kind, entry.message.text if entry.message else None) == ("message.sent", "n0")


def test_the_log_takes_as_many_statements_for_three_entries_as_for_one(
    room: Room, student: Member, seqs: list[int]
) -> None:
    counts = []
    for upto in (seqs[0], seqs[2], seqs[8]):
        with CaptureQueriesContext(connection) as statements:
            entries_of(room.pk, after=0, upto=upto, limit=500)
        counts.append(len(statements))
    assert counts == [4, 4, 4]


def test_heads_are_known_of_rooms_that_exist(room: Room, student: Member, seqs: list[int]) -> None:
    head = heads_of([room.pk, room.pk + 99])
    assert {pk: tuple(found) for pk, found in head.items()} == {room.pk: (1, seqs[-1] + 1)}


# A range was purged


@pytest.fixture
def purged(room: Room, student: Member, seqs: list[int]) -> int:
    """All up to the fourth message is gone, but an edit of the fourth came later; the first seq that is kept."""
    first = seqs[4]
    MessageVersion.objects.filter(message__room=room, message__seq__lt=first).delete()
    RoomEvent.objects.filter(room=room, seq__lt=first).delete()
    RoomEvent.objects.filter(room=room, seq=seqs[8] + 1).update(message=seqs[3])
    Message.objects.filter(room=room, seq__lt=first).delete()
    RoomHead.objects.filter(room=room).update(first_seq=first)
    return first


@pytest.mark.parametrize("view", ["staff", "peer", "guardian:2", "guardian_own:9"])
def test_an_entry_about_a_purged_message_keeps_the_run_of_seqs_whole(room: Room, purged: int, view: str) -> None:
    entries = entries_of(room.pk, after=purged - 1, upto=999, limit=500)
    seen = [seen_by(entry, view) for entry in entries]
    assert [entry.seq for entry in entries] == list(range(purged, entries[-1].seq + 1))
    assert isinstance(seen[-1], Withheld)
    assert event_of(entries[0]).seq == purged


def test_history_begins_with_what_is_kept(room: Room, student: Member, purged: int) -> None:
    standing = standing_of(student, room)
    assert shape(latest(standing)) == ("n4,n5,n6,n7,n8", False, False)
    assert shape(after(standing, 0, limit=2)) == ("n4,n5", False, True)
    assert shape(after(standing, purged - 1, limit=2)) == ("n4,n5", False, True)


def test_what_lies_below_the_first_kept_seq_is_not_shown_though_it_is_there(
    room: Room, student: Member, seqs: list[int]
) -> None:
    standing = standing_of(student, room)  # found before the purge
    RoomHead.objects.filter(room=room).update(first_seq=seqs[7])
    assert shape(latest(standing)) == ("n7,n8", False, False)
