"""message.send: who may, what is refused, and what a reply may be to."""

import datetime as dt

import pytest
import time_machine

from accounts.errors import (
    AccessChanged,
    MessageEmpty,
    MessageTooLong,
    Muted,
    NotAllowed,
    NotFound,
    RoomClosed,
)
from accounts.models import Member
from consent.actions.consents import withdraw_consent
from rooms.actions.enrollments import end_enrollment
from rooms.actions.messages import needs_reading, send_message
from rooms.models import Course, Mention, Message, Room, RoomHead
from rooms.permissions import reach
from rooms.text import TEXT_BYTES, TEXT_CHARS
from tests.cast import SYSTEM, acting
from tests.rooms.tables import refused
from tests.rooms_cast import (
    clearance_of,
    in_state,
    join,
    make_course,
    make_direct,
    make_group,
    make_room,
    message_at,
    muted,
    new_cid,
    removed,
    standing_of,
    written,
)


@pytest.mark.row("S9")
@pytest.mark.parametrize("who", ["instructor", "co_instructor", "assistant", "student", "young_student"])
def test_everybody_in_the_course_writes_in_its_rooms(room: Room, who: str, request: pytest.FixtureRequest) -> None:
    author = request.getfixturevalue(who)
    receipt = written(room, author, "good morning")
    assert message_at(room, receipt.seq).author_id == author.pk


@pytest.mark.row("S22")
def test_a_parent_reads_along_and_cannot_write(room: Room, parent: Member) -> None:
    with refused(NotAllowed):
        written(room, parent)


@pytest.mark.row("S10")
def test_a_supervisor_reads_and_cannot_write(
    course: Course, instructor: Member, student: Member, supervisor: Member
) -> None:
    chat = make_direct(course, instructor, student)
    assert standing_of(supervisor, chat).view == "staff"
    with refused(NotAllowed):
        written(chat, supervisor)


def test_a_stranger_finds_no_room_and_neither_does_nobody(room: Room, stranger: Member) -> None:
    for member_id, room_id in ((stranger.pk, room.pk), (stranger.pk, room.pk + 999), (None, room.pk)):
        with refused(NotFound) as caught:
            reach(member_id, room_id)
        assert caught.value.text == NotFound().text


@pytest.mark.row("S18")
def test_a_child_held_at_the_gate_finds_no_room(room: Room, young_student: Member) -> None:
    assert reach(young_student.pk, room.pk).view == "peer"
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    with refused(NotFound):
        reach(young_student.pk, room.pk)


def test_where_staff_alone_post_students_read(course: Course, student: Member, instructor: Member) -> None:
    news = make_room(course, "Announcements", posting=Room.Posting.STAFF)
    written(news, instructor, "no lesson on Friday")
    with refused(NotAllowed):
        written(news, student)


@pytest.mark.parametrize("state", ["closed", "archived"])
def test_a_closed_room_refuses_before_the_writer_is_asked(room: Room, student: Member, state: str) -> None:
    standing = standing_of(student, room)
    in_state(standing.room, state)
    with refused(RoomClosed):
        send_message(acting(student), standing, clearance=clearance_of(student), cid=new_cid(), text="hello")


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200b", "\x00", "\u202e\u2066"])
def test_an_empty_text_is_refused(room: Room, student: Member, text: str) -> None:
    with refused(MessageEmpty):
        written(room, student, text)


def test_the_longest_text_is_stored_and_one_more_is_refused(room: Room, student: Member) -> None:
    written(room, student, "x" * TEXT_CHARS)
    with refused(MessageTooLong) as caught:
        written(room, student, "x" * (TEXT_CHARS + 1))
    assert "8000" in caught.value.text


def test_the_longest_text_of_the_widest_characters_fits(room: Room, student: Member) -> None:
    text = "\U0001f600" * TEXT_CHARS  # four bytes each
    assert message_at(room, written(room, student, text).seq).text == text
    assert len(text.encode()) <= TEXT_BYTES


def test_limits_are_measured_on_what_is_stored(room: Room, student: Member) -> None:
    blanks = " " * TEXT_CHARS
    receipt = written(room, student, f"short{blanks}")
    assert message_at(room, receipt.seq).text == "short"
    with refused(MessageTooLong):
        written(room, student, "\u0958" * (TEXT_CHARS // 2 + 1))  # its NFC is two characters


def test_a_lone_surrogate_is_left_out(room: Room, student: Member) -> None:
    receipt = written(room, student, "a\ud800b")
    assert message_at(room, receipt.seq).text == "ab"


def test_the_permission_comes_before_the_text(room: Room, parent: Member) -> None:
    with refused(NotAllowed):
        written(room, parent, "")


@pytest.mark.row("S18")
def test_a_stale_clearance_is_refused(room: Room, student: Member) -> None:
    standing, stale = standing_of(student, room), clearance_of(student)
    end_enrollment(SYSTEM, room.course, student)
    with refused(AccessChanged):
        send_message(acting(student), standing, clearance=stale, cid=new_cid(), text="still here?").result(timeout=5)
    assert not Message.objects.filter(author=student).exists()


# Muted


def test_a_muted_student_writes_in_other_courses_and_here_again_when_it_is_over(
    room: Room, instructor: Member, student: Member
) -> None:
    other = make_course(room.course.school, "Biology")
    join(other, student)
    elsewhere = make_room(other)
    until = muted(room, instructor, student).until
    with refused(Muted):
        written(room, student)
    written(elsewhere, student)
    with time_machine.travel(until + dt.timedelta(seconds=1), tick=False):
        written(room, student, "sorry")
    assert [m.text for m in Message.objects.filter(room=room)] == ["sorry"]


# Replies


def test_a_reply_refers_to_a_message_of_the_room(room: Room, student: Member, instructor: Member) -> None:
    question = written(room, student, "why 9?")
    answer = written(room, instructor, "because", reply_to=question.seq)
    assert message_at(room, answer.seq).reply_to == question.seq


def test_nobody_replies_to_what_is_not_there(room: Room, student: Member, instructor: Member) -> None:
    elsewhere = make_room(room.course, "Elsewhere")
    seq = max(written(elsewhere, student).seq, written(elsewhere, student).seq)
    joined = 1  # an entry of the log that is no message
    for reply_to in (seq + 100, joined):
        with refused(NotFound):
            written(room, student, reply_to=reply_to)


@pytest.mark.row("S20")
def test_a_withheld_message_is_not_found_by_a_reply(
    room: Room, young_student: Member, student: Member, instructor: Member
) -> None:
    hidden = written(room, young_student, "mine")
    written(room, student, "before", reply_to=hidden.seq)
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    with refused(NotFound):
        written(room, student, "after", reply_to=hidden.seq)
    written(room, instructor, "staff still see it", reply_to=hidden.seq)


def test_a_purged_message_is_not_found_by_a_reply(room: Room, student: Member) -> None:
    old = written(room, student, "old")
    RoomHead.objects.filter(room=room).update(first_seq=old.seq + 1)
    with refused(NotFound):
        written(room, student, "new", reply_to=old.seq)


def test_a_removed_message_can_be_replied_to(room: Room, student: Member, instructor: Member) -> None:
    gone = written(room, student, "oops")
    removed(room, student, gone.seq)
    written(room, instructor, "never mind", reply_to=gone.seq)


# Mentions


def test_a_mention_in_a_group_names_nobody_outside(
    course: Course, instructor: Member, student: Member, classmate: Member
) -> None:
    group = make_group(course, instructor, student)
    seats = {row.member_id: row.seat for row in course.enrollments.all()}
    written(group, instructor, f"@[{seats[student.pk]}] and @[{seats[classmate.pk]}]")
    assert list(Mention.objects.values_list("member_id", flat=True)) == [student.pk]


def test_who_has_left_is_not_mentioned(room: Room, instructor: Member, student: Member) -> None:
    seat = standing_of(student, room).seat
    end_enrollment(SYSTEM, room.course, student)
    written(room, instructor, f"@[{seat}] was here")
    assert not Mention.objects.exists()


@pytest.mark.parametrize(
    ("text", "needs"), [("hello", False), ("two\nlines", False), ("*hello*", True), ("see https://a.example", True)]
)
def test_what_has_to_be_rendered_needs_a_thread(text: str, needs: bool) -> None:
    assert needs_reading(text, None) is needs
    assert needs_reading(text, 1) is True
