"""The line of each room in the list: the newest message that this view sees, under the rules of the room itself."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Member
from consent.actions.consents import withdraw_consent
from consent.models import School
from rooms.models import Course, Message, Room, RoomHead
from rooms.queries.last_words import LastMessage, last_words_of
from rooms.queries.messages import latest
from rooms.queries.places import places_for
from tests.cast import SYSTEM
from tests.rooms.school_of_all import PEOPLE, Everybody
from tests.rooms_cast import (
    edited,
    make_direct,
    make_group,
    make_room,
    removed,
    restored,
    seat_of,
    standing_of,
    written,
)


def line(member: Member, room: Room) -> LastMessage | None:
    standing = standing_of(member, room)
    return last_words_of([standing]).seen_by(standing)


def words(member: Member, room: Room) -> tuple[str, str] | None:
    """(name, text)"""
    last = line(member, room)
    return None if last is None else (last.name, last.text)


def test_the_newest_message_is_shown_on_one_line(room: Room, student: Member, instructor: Member) -> None:
    assert line(student, room) is None
    written(room, student, "first")
    sent = written(room, instructor, "see **this**:\n\n- one\n- two")
    last = line(student, room)
    assert last is not None
    assert (last.seq, last.by, last.name) == (sent.seq, seat_of(instructor, room), "Ms. Rivera")
    assert last.text == "see this: one two"


def test_a_long_one_is_cut(room: Room, instructor: Member, student: Member) -> None:
    written(room, instructor, "word " * 400)
    last = line(student, room)
    assert last is not None
    assert len(last.text) <= 91
    assert last.text.endswith("…")


def test_a_removed_one_is_passed_over_by_its_author_too(
    room: Room, student: Member, parent: Member, young_student: Member, instructor: Member
) -> None:
    written(room, instructor, "stays")
    gone = written(room, young_student, "goes")
    pseudonym = f"Student {seat_of(young_student, room)}"  # classmates may not know this name (S3)
    assert words(student, room) == (pseudonym, "goes")
    assert words(instructor, room) == ("Devon K.", "goes")
    removed(room, young_student, gone.seq)
    for member in (student, young_student, parent, instructor):
        assert words(member, room) == ("Ms. Rivera", "stays")
    restored(room, young_student, gone.seq)
    assert words(student, room) == (pseudonym, "goes")


def test_an_edit_is_shown(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, instructor, "befour")
    edited(room, instructor, sent.seq, "before")
    assert words(student, room) == ("Ms. Rivera", "before")


@pytest.mark.row("S22")
def test_a_parent_reads_other_children_by_their_seat(
    room: Room, parent: Member, young_student: Member, student: Member
) -> None:
    written(room, student, f"hello @[{seat_of(young_student, room)}] and @[{seat_of(student, room)}] and @[99]")
    seat = seat_of(student, room)
    assert words(young_student, room) == ("Marcus O.", "hello @Devon K. and @Marcus O. and @…")
    assert words(parent, room) == (f"Student {seat}", f"hello @Devon K. and @Student {seat} and @…")
    standing = standing_of(parent, room)
    found = last_words_of([standing])
    with translation.override("es"):
        last = found.seen_by(standing)
    assert last is not None
    assert last.name == f"Estudiante {seat}", "in the reader's language"


@pytest.mark.row("S20")
def test_what_a_hidden_child_wrote_is_shown_to_staff_and_the_family_alone(
    room: Room, young_student: Member, parent: Member, student: Member, other_parent: Member, instructor: Member
) -> None:
    written(room, student, "from the class")
    written(room, young_student, "from the child")
    assert words(student, room) == (f"Student {seat_of(young_student, room)}", "from the child")
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    assert words(student, room) == ("Marcus O.", "from the class")
    assert words(other_parent, room) == (f"Student {seat_of(student, room)}", "from the class")
    for member in (instructor, parent):
        assert words(member, room) == ("Devon K.", "from the child")


@pytest.mark.row("S20")
def test_a_hidden_child_is_named_in_no_line_either(
    room: Room, young_student: Member, student: Member, instructor: Member
) -> None:
    written(room, instructor, f"well done, @[{seat_of(young_student, room)}]")
    assert words(student, room) == ("Ms. Rivera", f"well done, @Student {seat_of(young_student, room)}")
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    assert words(student, room) == ("Ms. Rivera", "well done, @…")
    assert words(instructor, room) == ("Ms. Rivera", "well done, @Devon K.")


@pytest.mark.row("S22")
def test_where_a_school_keeps_other_children_s_words_back_so_does_the_line(
    school: School, room: Room, parent: Member, young_student: Member, student: Member, instructor: Member
) -> None:
    written(room, instructor, "from staff")
    written(room, student, "from another")
    seat = seat_of(student, room)
    assert words(parent, room) == (f"Student {seat}", "from another")
    School.objects.filter(pk=school.pk).update(masking=School.Masking.OWN_CHILD_ONLY)
    assert words(parent, room) == ("Ms. Rivera", "from staff")
    written(room, young_student, "from the own")
    written(room, student, "from another again")
    assert words(parent, room) == ("Devon K.", "from the own")
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    assert words(parent, room) == ("Devon K.", "from the own")


def test_what_was_purged_is_not_shown(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, instructor)
    RoomHead.objects.filter(room=room).update(first_seq=sent.seq + 1)
    assert line(student, room) is None


def test_groups_and_chats_of_two_have_theirs(
    course: Course, room: Room, instructor: Member, student: Member, young_student: Member, parent: Member
) -> None:
    group, direct = make_group(course, instructor, student), make_direct(course, instructor, young_student)
    written(room, instructor, "in the room")
    written(group, student, "in the group")
    written(direct, young_student, "between two")
    assert words(instructor, group) == ("Marcus O.", "in the group")
    assert words(instructor, direct) == words(parent, direct) == ("Devon K.", "between two")
    assert words(instructor, room) == ("Ms. Rivera", "in the room")


@pytest.mark.row("S22")
def test_the_line_is_the_newest_message_of_the_page_for_everybody_everywhere(everybody: Everybody) -> None:
    """Held against the pages of the rooms, in every view."""
    for room in everybody.rooms.values():
        people = [
            who for who in ("instructor", "student", "young", "masked", "hidden") if _can_write(everybody, who, room)
        ]
        for who in people:
            written(room, everybody.people[who], f"a word of {who}")
    for masking in School.Masking:
        School.objects.update(masking=masking)
        for who in PEOPLE:
            standings = list(places_for(everybody.people[who].pk).standings.values())
            found = last_words_of(standings)
            for standing in standings:
                shown = [message.seq for message in latest(standing).messages if message.removed is None]
                last = found.seen_by(standing)
                assert (last.seq if last else None) == (shown[-1] if shown else None), (who, standing.room)


def _can_write(everybody: Everybody, who: str, room: Room) -> bool:
    standing = places_for(everybody.people[who].pk).standings.get(room.pk)
    return standing is not None and "send" in standing.may


def test_thirty_rooms_take_as_many_statements_as_one(course: Course, student: Member, instructor: Member) -> None:
    def statements(rooms: int) -> int:
        for _ in range(rooms):
            room = make_room(course)
            written(room, instructor, f"hello @[{seat_of(student, room)}]")
        standings = list(places_for(student.pk).standings.values())
        with CaptureQueriesContext(connection) as queries:
            last_words_of(standings)
        return len(queries)

    assert statements(2) == statements(28) <= 8


def test_the_line_of_an_unknown_author_is_kept_back(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, instructor, "whose is it")
    assert words(student, room) == ("Ms. Rivera", "whose is it")
    Message.objects.filter(room=room, seq=sent.seq).update(seat=98)
    assert line(student, room) is None
