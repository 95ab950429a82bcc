"""message.edit: one's own, within the school's window; earlier texts stay as versions for those whom U19 names."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import (
    AccessChanged,
    EditWindowOver,
    MessageEmpty,
    MessageTooLong,
    Muted,
    NotAllowed,
    NotFound,
    RoomClosed,
)
from accounts.models import Member
from consent.actions.consents import withdraw_consent
from consent.models import School
from rooms.actions.clearances import Clearance
from rooms.actions.messages import edit_message
from rooms.models import Course, Mention, Message, Room, RoomEvent
from rooms.queries.messages import versions_of
from tests.cast import SYSTEM, acting, make_guardian
from tests.rooms.tables import refused, unchanged
from tests.rooms_cast import (
    clearance_of,
    edited,
    in_state,
    join,
    make_course,
    make_direct,
    make_room,
    message_at,
    muted,
    removed,
    seat_of,
    standing_of,
    written,
)

MINUTE, HOUR = 60, 3600


def later(seconds: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + dt.timedelta(seconds=seconds), tick=False)


def test_an_edit_keeps_the_earlier_text_and_takes_a_seq(room: Room, student: Member) -> None:
    sent = written(room, student, "it is *8*")
    with later(MINUTE):
        edited(room, student, sent.seq, "it is *9*")
    with later(2 * MINUTE):
        edited(room, student, sent.seq, "it is nine")
    message = message_at(room, sent.seq)
    assert (message.text, message.html, message.version, message.number) == ("it is nine", None, 3, sent.number)
    versions = list(message.versions.order_by("version").values_list("version", "text", "html", "by_id"))
    assert versions == [
        (1, "it is *8*", "<p>it is <em>8</em></p>", student.pk),
        (2, "it is *9*", "<p>it is <em>9</em></p>", student.pk),
    ]
    first, second = message.versions.order_by("version")
    assert first.at == message.at
    assert [first.at, second.at, message.edited_at] == sorted({first.at, second.at, message.edited_at or first.at})
    entries = RoomEvent.objects.filter(room=room, kind="message.edited").order_by("seq")
    assert [(entry.seq, entry.message, entry.seat) for entry in entries] == [
        (sent.seq + 1, sent.seq, message.seat),
        (sent.seq + 2, sent.seq, message.seat),
    ]


def test_the_same_text_again_changes_nothing(room: Room, student: Member) -> None:
    sent = written(room, student, "same")
    with unchanged():
        assert edited(room, student, sent.seq, "same \n").version == 1


@pytest.mark.parametrize("who", ["instructor", "classmate", "assistant"])
def test_nobody_edits_the_words_of_another(
    room: Room, student: Member, who: str, request: pytest.FixtureRequest
) -> None:
    other = request.getfixturevalue(who)
    sent = written(room, student)
    with refused(NotAllowed):
        edited(room, other, sent.seq, "put into the mouth")


@pytest.mark.row("S22")
def test_a_parent_cannot_edit_and_learns_of_no_message(room: Room, young_student: Member, parent: Member) -> None:
    sent = written(room, young_student)
    for seq in (sent.seq, sent.seq + 100):
        with refused(NotFound):
            edited(room, parent, seq, "")


def test_a_supervisor_cannot_edit(course: Course, instructor: Member, student: Member, supervisor: Member) -> None:
    chat = make_direct(course, instructor, student)
    sent = written(chat, student)
    with refused(NotAllowed):
        edited(chat, supervisor, sent.seq, "changed")


def test_the_text_is_checked_as_when_it_is_sent(room: Room, student: Member) -> None:
    sent = written(room, student)
    with refused(MessageEmpty):
        edited(room, student, sent.seq, " \n ")
    with refused(MessageTooLong):
        edited(room, student, sent.seq, "x" * 8001)


def test_the_permission_comes_before_the_text(room: Room, student: Member, classmate: Member) -> None:
    sent = written(room, student)
    with refused(NotAllowed):
        edited(room, classmate, sent.seq, "")


def test_a_removed_message_stays_as_it_was(room: Room, student: Member) -> None:
    sent = written(room, student)
    removed(room, student, sent.seq)
    with refused(NotAllowed):
        edited(room, student, sent.seq, "back again")


def test_neither_who_is_muted_nor_anybody_in_a_closed_room_edits(
    room: Room, student: Member, instructor: Member
) -> None:
    sent, own = written(room, student), written(room, instructor)
    muted(room, instructor, student)
    with refused(Muted):
        edited(room, student, sent.seq, "louder")
    in_state(room, "closed")
    with refused(RoomClosed):
        edited(room, instructor, own.seq, "later")


@pytest.mark.row("S20")
def test_a_withheld_message_is_as_absent_as_an_absent_one(
    room: Room, young_student: Member, student: Member, instructor: Member
) -> None:
    sent = written(room, young_student)
    with refused(NotAllowed):
        edited(room, student, sent.seq, "x")
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    with refused(NotFound):
        edited(room, student, sent.seq, "x")
    with refused(NotAllowed):
        edited(room, instructor, sent.seq, "x")


@pytest.mark.row("S18")
@pytest.mark.parametrize("moved", [{"epoch": 0}, {"until": dt.timedelta(0)}])
def test_a_clearance_that_no_longer_holds_is_refused(room: Room, student: Member, moved: dict[str, object]) -> None:
    sent = written(room, student, "first")
    held = clearance_of(student)
    until = timezone.now() if "until" in moved else None
    stale = Clearance(0 if "epoch" in moved else held.epoch, until)
    with refused(AccessChanged):
        edit_message(acting(student), standing_of(student, room), clearance=stale, seq=sent.seq, text="second")


# Windows


@pytest.mark.parametrize(("who", "seconds"), [("student", 15 * MINUTE), ("instructor", 24 * HOUR)])
def test_each_edits_for_as_long_as_the_school_lets_them(
    room: Room, who: str, seconds: int, request: pytest.FixtureRequest
) -> None:
    author = request.getfixturevalue(who)
    sent = written(room, author)
    with later(seconds - 1):
        edited(room, author, sent.seq, "in time")
    with later(seconds + 1), refused(EditWindowOver):
        edited(room, author, sent.seq, "too late")
    assert message_at(room, sent.seq).text == "in time"


def test_a_school_sets_the_windows(school: School, room: Room, student: Member, instructor: Member) -> None:
    School.objects.filter(pk=school.pk).update(student_edit_seconds=10, staff_edit_seconds=20)
    child, teacher = written(room, student), written(room, instructor)
    with later(15):
        with refused(EditWindowOver):
            edited(room, student, child.seq, "late")
        edited(room, instructor, teacher.seq, "in time")
    with later(25), refused(EditWindowOver):
        edited(room, instructor, teacher.seq, "late")


def test_grown_ups_of_an_independent_course_have_a_day(stranger: Member) -> None:
    course = make_course(None, "Evening Spanish")
    join(course, stranger)
    room = make_room(course)
    sent = written(room, stranger)
    with later(24 * HOUR - 1):
        edited(room, stranger, sent.seq, "in time")
    with later(24 * HOUR + 1), refused(EditWindowOver):
        edited(room, stranger, sent.seq, "late")


# Mentions


def test_an_edited_message_mentions_whom_it_names_now(
    room: Room, student: Member, classmate: Member, instructor: Member
) -> None:
    def named() -> set[int]:
        return set(Mention.objects.filter(room=room, seq=sent.seq).values_list("member_id", flat=True))

    sent = written(room, student, f"@[{seat_of(classmate, room)}] look")
    assert named() == {classmate.pk}
    edited(room, student, sent.seq, f"@[{seat_of(instructor, room)}] and me @[{seat_of(student, room)}]")
    assert named() == {instructor.pk}
    edited(room, student, sent.seq, "nobody")
    assert named() == set()


# Earlier texts: who opens them


def versions(member: Member, room: Room, seq: int) -> list[str]:
    return [version.text for version in versions_of(standing_of(member, room), seq)]


def twice(room: Room, author: Member) -> int:
    seq = written(room, author, "first words").seq
    edited(room, author, seq, "second words")
    return seq


@pytest.mark.row("S22")
def test_earlier_texts_open_to_author_staff_and_the_own_family(
    room: Room, young_student: Member, instructor: Member, assistant: Member, parent: Member
) -> None:
    seq = twice(room, young_student)
    for reader in (young_student, instructor, assistant, parent):
        assert versions(reader, room, seq) == ["first words"]


@pytest.mark.row("S22")
def test_earlier_texts_stay_closed_to_classmates_and_other_families(
    room: Room, young_student: Member, student: Member, other_parent: Member
) -> None:
    seq = twice(room, young_student)
    for reader in (student, other_parent):
        with refused(NotAllowed):
            versions(reader, room, seq)


def test_what_a_teacher_wrote_before_opens_to_parents_and_in_a_chat_to_the_student(
    course: Course, room: Room, instructor: Member, student: Member, parent: Member, young_student: Member
) -> None:
    in_class = twice(room, instructor)
    assert versions(parent, room, in_class) == ["first words"]
    with refused(NotAllowed):
        versions(student, room, in_class)
    chat = make_direct(course, instructor, student)
    assert versions(student, chat, twice(chat, instructor)) == ["first words"]
    about = make_direct(course, instructor, parent, about=young_student)
    assert versions(parent, about, twice(about, instructor)) == ["first words"]
    assert versions(instructor, about, twice(about, parent)) == ["first words"]


@pytest.mark.row("S17")
def test_a_removed_message_s_earlier_texts_go_with_it(
    room: Room, young_student: Member, instructor: Member, parent: Member
) -> None:
    seq = twice(room, young_student)
    removed(room, young_student, seq)
    for reader in (young_student, parent):
        assert versions(reader, room, seq) == ["first words"]
    with refused(NotAllowed):
        versions(instructor, room, seq)


@pytest.mark.row("S20")
def test_a_hidden_child_s_earlier_texts_are_not_found_by_others(
    room: Room, young_student: Member, instructor: Member, student: Member, parent: Member, other_parent: Member
) -> None:
    seq = twice(room, young_student)
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    for reader in (instructor, parent):
        assert versions(reader, room, seq) == ["first words"]
    for reader in (student, other_parent):
        with refused(NotFound):
            versions(reader, room, seq)


def test_a_second_parent_reads_the_child_s_earlier_texts_too(room: Room, young_student: Member, parent: Member) -> None:
    second = make_guardian(young_student, slot=2)
    assert versions(second, room, twice(room, young_student)) == ["first words"]
    assert Message.objects.count() == 1
