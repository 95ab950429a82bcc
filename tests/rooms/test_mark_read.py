"""room.read, room.unread and what is unread: counted by messages, forward by itself."""

import pytest

from accounts.errors import NotFound
from accounts.models import Member
from rooms.actions.enrollments import end_enrollment
from rooms.actions.reads import mark_read, mark_unread
from rooms.models import Course, Message, ReadMark, Room, RoomEvent, RoomHead
from rooms.queries.unread import NOTHING_READ, unread_in, unread_of
from tests.cast import SYSTEM, acting
from tests.rooms.tables import refused, unchanged
from tests.rooms_cast import edited, join, make_classmate, make_room, removed, seat_of, standing_of, written


def read(member: Member, room: Room, seq: int) -> tuple[int, int, int]:
    """Read up to seq; (seq of the mark, unread, mentions) as the answer says."""
    mark, unread = mark_read(acting(member), standing_of(member, room), seq=seq)
    return mark.seq, unread, mark.mentions


def back(member: Member, room: Room, seq: int) -> tuple[int, int, int]:
    """Everything after seq is new again; as `read` answers."""
    mark, unread = mark_unread(acting(member), standing_of(member, room), seq=seq)
    return mark.seq, unread, mark.mentions


def unread(member: Member, room: Room) -> int:
    return unread_in(member.pk, room.pk).count(RoomHead.objects.get(room=room).message_count)


def test_reading_counts_messages_and_not_entries_of_the_log(room: Room, student: Member, instructor: Member) -> None:
    first, second, third = (written(room, instructor, f"{number}") for number in range(3))
    edited(room, instructor, first.seq, "changed")
    removed(room, instructor, second.seq)
    assert unread(student, room) == 3
    assert read(student, room, first.seq) == (first.seq, 2, 0)
    assert read(student, room, third.seq) == (third.seq, 0, 0)
    edited(room, instructor, third.seq, "changed")
    assert unread(student, room) == 0


def test_a_mark_goes_forward_only(room: Room, student: Member, instructor: Member) -> None:
    first, second = written(room, instructor), written(room, instructor)
    read(student, room, second.seq)
    with unchanged():
        assert read(student, room, first.seq) == (second.seq, 0, 0)


def test_an_entry_between_messages_reads_up_to_the_message_before(
    room: Room, student: Member, instructor: Member
) -> None:
    first = written(room, instructor)
    edited(room, instructor, first.seq, "changed")
    between = RoomHead.objects.get(room=room).last_seq
    written(room, instructor)
    assert read(student, room, between) == (between, 1, 0)


def test_a_seq_that_the_room_does_not_have_is_not_found(room: Room, student: Member, instructor: Member) -> None:
    last = written(room, instructor).seq
    for seq in (last + 1, -1):
        with refused(NotFound):
            read(student, room, seq)
        with refused(NotFound):
            back(student, room, seq)


# Back


def test_a_mark_goes_back_where_its_member_says_so(room: Room, student: Member, instructor: Member) -> None:
    first, second, third = (written(room, instructor, f"{number}") for number in range(3))
    read(student, room, third.seq)
    assert back(student, room, first.seq) == (first.seq, 2, 0)
    assert unread(student, room) == 2
    assert read(student, room, second.seq) == (second.seq, 1, 0)
    assert back(student, room, 0) == (0, 3, 0)


def test_back_means_never_forward(room: Room, student: Member, instructor: Member) -> None:
    first, second = written(room, instructor), written(room, instructor)
    with unchanged():
        assert back(student, room, second.seq) == (0, 2, 0), "there is no mark yet"
    read(student, room, first.seq)
    with unchanged():
        assert back(student, room, second.seq) == (first.seq, 1, 0)
        assert back(student, room, first.seq) == (first.seq, 1, 0)


def test_mentions_are_new_again_too(room: Room, student: Member, instructor: Member) -> None:
    first = written(room, instructor, f"@[{seat_of(student, room)}] one")
    second = written(room, instructor, f"@[{seat_of(student, room)}] two")
    assert read(student, room, second.seq) == (second.seq, 0, 0)
    assert back(student, room, first.seq) == (first.seq, 1, 1)
    assert back(student, room, first.seq - 1) == (first.seq - 1, 2, 2)


def test_undoing_a_read_brings_back_what_was_unread(room: Room, student: Member, instructor: Member) -> None:
    first = written(room, instructor)
    edited(room, instructor, first.seq, "changed")
    between = RoomHead.objects.get(room=room).last_seq
    last = written(room, instructor, f"@[{seat_of(student, room)}] now")
    before = read(student, room, between)
    assert read(student, room, last.seq) == (last.seq, 0, 0)
    assert back(student, room, between) == before == (between, 1, 1)


def test_nothing_read_means_everything_unread(course: Course, student: Member, instructor: Member) -> None:
    later_room = make_room(course, "Made later")
    assert unread(student, later_room) == 0
    written(later_room, instructor)
    assert unread(student, later_room) == 1
    assert unread_in(student.pk, later_room.pk) == NOTHING_READ


def test_an_own_message_reads_what_is_before_it(room: Room, student: Member, instructor: Member) -> None:
    written(room, instructor)
    written(room, student)
    assert unread(student, room) == 0
    assert unread(instructor, room) == 1


@pytest.mark.row("S22")
def test_a_parent_reading_marks_nothing_for_the_child(
    room: Room, young_student: Member, parent: Member, instructor: Member
) -> None:
    sent = written(room, instructor)
    assert read(parent, room, sent.seq) == (sent.seq, 0, 0)
    assert (unread(parent, room), unread(young_student, room)) == (0, 1)
    assert back(parent, room, 0) == (0, 1, 0)
    read(parent, room, sent.seq)
    assert unread(young_student, room) == 1
    marked = ReadMark.objects.filter(seq=sent.seq).values_list("member_id", flat=True)
    assert set(marked) == {parent.pk, instructor.pk}


# Coming and coming back


def test_who_comes_later_begins_with_nothing_unread(course: Course, room: Room, instructor: Member) -> None:
    written(room, instructor, "before")
    newcomer = make_classmate(course)
    assert unread(newcomer, room) == 0
    written(room, instructor, "after")
    assert unread(newcomer, room) == 1


def test_who_comes_back_does_too(course: Course, room: Room, student: Member, instructor: Member) -> None:
    end_enrollment(SYSTEM, course, student)
    written(room, instructor, f"@[{seat_of(instructor, room)}] while away")
    join(course, student)
    assert unread(student, room) == 0


def test_a_change_of_role_reads_nothing(course: Course, room: Room, student: Member, instructor: Member) -> None:
    written(room, instructor)
    join(course, student, "assistant")
    assert unread(student, room) == 1


# Mentions


def mentions(member: Member, room: Room) -> int:
    return unread_in(member.pk, room.pk).mentions


def test_mentions_are_counted_until_they_are_seen(room: Room, student: Member, instructor: Member) -> None:
    seat = seat_of(student, room)
    first = written(room, instructor, f"@[{seat}] one")
    second = written(room, instructor, f"@[{seat}] two")
    assert mentions(student, room) == 2
    assert read(student, room, first.seq) == (first.seq, 1, 1)
    assert read(student, room, second.seq) == (second.seq, 0, 0)
    assert mentions(instructor, room) == 0


def test_a_removed_message_mentions_nobody(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, instructor, f"@[{seat_of(student, room)}] come here")
    assert mentions(student, room) == 1
    removed(room, instructor, sent.seq)
    assert mentions(student, room) == 0


def test_marks_of_many_members_take_two_statements(
    room: Room, student: Member, classmate: Member, instructor: Member, django_assert_num_queries: object
) -> None:
    sent = written(room, instructor, f"@[{seat_of(student, room)}] and @[{seat_of(classmate, room)}]")
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = unread_of([student.pk, classmate.pk, instructor.pk])
    assert [found[member.pk][room.pk].mentions for member in (student, classmate, instructor)] == [1, 1, 0]
    assert found[instructor.pk][room.pk].seq == sent.seq


# A range was purged


def test_a_mark_after_a_purge_counts_what_is_left(room: Room, student: Member, instructor: Member) -> None:
    receipts = [written(room, instructor) for _ in range(4)]
    cut = receipts[1].seq
    Message.objects.filter(room=room, seq__lte=cut).delete()
    RoomEvent.objects.filter(room=room, seq__lte=cut).delete()
    RoomHead.objects.filter(room=room).update(first_seq=cut + 1)
    assert read(student, room, cut) == (cut, 2, 0)
    Message.objects.filter(room=room).delete()
    assert read(student, room, receipts[3].seq) == (receipts[3].seq, 0, 0)
