"""message.remove and message.restore: gone for the others at once, undone for ten seconds, and who still reads it."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts import audit
from accounts.errors import AccessChanged, EditWindowOver, FieldInvalid, NotAllowed, NotFound
from accounts.models import AuditEntry, Member
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import link_guardian
from rooms.actions.clearances import Clearance
from rooms.actions.enrollments import end_enrollment
from rooms.actions.messages import open_removed_message, remove_message, restore_message
from rooms.events import seen_by
from rooms.models import Course, Room, RoomEvent
from rooms.queries.log import entries_of
from rooms.queries.messages import latest
from tests.cast import SYSTEM, acting
from tests.rooms.tables import refused, unchanged
from tests.rooms_cast import (
    in_state,
    make_direct,
    make_group,
    make_room,
    message_at,
    muted,
    opened,
    removed,
    restored,
    standing_of,
    written,
)

SECRET = "I did not mean this"


def text_for(member: Member, room: Room, seq: int) -> str | None:
    (message,) = (each for each in latest(standing_of(member, room)).messages if each.seq == seq)
    return message.text


def later(seconds: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + dt.timedelta(seconds=seconds), tick=False)


@pytest.mark.row("S17")
def test_who_still_reads_a_removed_message(
    room: Room,
    young_student: Member,
    parent: Member,
    other_parent: Member,
    student: Member,
    instructor: Member,
    assistant: Member,
) -> None:
    sent = written(room, young_student, SECRET)
    everybody = (young_student, parent, other_parent, student, instructor, assistant)
    assert {text_for(reader, room, sent.seq) for reader in everybody} == {SECRET}
    removed(room, young_student, sent.seq)
    readers = {reader.pk: text_for(reader, room, sent.seq) for reader in everybody}
    assert readers == {
        young_student.pk: SECRET,
        parent.pk: SECRET,
        other_parent.pk: None,
        student.pk: None,
        instructor.pk: None,
        assistant.pk: None,
    }


@pytest.mark.row("S17")
def test_a_teacher_whose_child_is_in_the_class_is_the_child_s_parent_too(
    room: Room, instructor: Member, young_student: Member, student: Member
) -> None:
    link_guardian(SYSTEM, instructor, young_student)
    own, other = written(room, young_student, SECRET), written(room, student, SECRET)
    removed(room, young_student, own.seq)
    removed(room, student, other.seq)
    standing = standing_of(instructor, room)
    assert (standing.view, standing.is_staff) == ("staff", True)
    assert text_for(instructor, room, own.seq) == SECRET
    assert text_for(instructor, room, other.seq) is None


@pytest.mark.row("S17")
@pytest.mark.parametrize("view", ["staff", "peer", "guardian:2", "guardian:9", "guardian_own:2"])
def test_no_event_carries_a_removed_text_to_anybody(room: Room, young_student: Member, view: str) -> None:
    sent = written(room, young_student, SECRET)
    assert SECRET in repr([seen_by(entry, view) for entry in entries_of(room.pk, after=0, upto=99, limit=99)])
    removed(room, young_student, sent.seq)
    replayed = [seen_by(entry, view) for entry in entries_of(room.pk, after=0, upto=99, limit=99)]
    assert SECRET not in repr(replayed)


@pytest.mark.row("S22")
def test_a_parent_reads_what_a_teacher_removed_in_the_child_s_own_chat(
    course: Course, room: Room, instructor: Member, young_student: Member, parent: Member, supervisor: Member
) -> None:
    chat = make_direct(course, instructor, young_student)
    by_teacher, by_child = written(chat, instructor, SECRET), written(chat, young_student, SECRET)
    in_class = written(room, instructor, SECRET)
    for place, sent in ((chat, by_teacher), (chat, by_child), (room, in_class)):
        removed(place, instructor, sent.seq, "unkind")
    assert [text_for(parent, chat, sent.seq) for sent in (by_teacher, by_child)] == [SECRET, SECRET]
    assert [text_for(young_student, chat, sent.seq) for sent in (by_teacher, by_child)] == [None, SECRET]
    assert [text_for(instructor, chat, sent.seq) for sent in (by_teacher, by_child)] == [SECRET, None]
    assert text_for(parent, room, in_class.seq) is None


@pytest.mark.row("S22")
def test_the_two_adults_of_a_chat_about_a_child_do_not_read_what_the_other_removed(
    course: Course, instructor: Member, parent: Member, young_student: Member
) -> None:
    about = make_direct(course, instructor, parent, about=young_student)
    sent = written(about, instructor, SECRET)
    assert text_for(parent, about, sent.seq) == SECRET
    removed(about, instructor, sent.seq)
    assert text_for(parent, about, sent.seq) is None


# Why


def why_for(member: Member, room: Room, seq: int) -> str | None:
    (message,) = (each for each in latest(standing_of(member, room)).messages if each.seq == seq)
    return message.removed.reason if message.removed is not None else None


@pytest.mark.row("S17")
def test_the_author_and_the_own_family_read_why_and_nobody_else(
    room: Room,
    young_student: Member,
    parent: Member,
    other_parent: Member,
    student: Member,
    instructor: Member,
    assistant: Member,
) -> None:
    sent = written(room, young_student, SECRET)
    removed(room, instructor, sent.seq, " Be kind. ")
    assert why_for(young_student, room, sent.seq) == why_for(parent, room, sent.seq) == "Be kind."
    for reader in (other_parent, student, instructor, assistant):
        assert why_for(reader, room, sent.seq) is None
    for view in ("staff", "peer", "guardian:2", f"guardian:{sent.seq}"):
        assert "Be kind." not in repr([seen_by(entry, view) for entry in entries_of(room.pk, after=0, upto=9, limit=9)])
    restored(room, instructor, sent.seq)
    assert message_at(room, sent.seq).removed_reason is None


def test_who_removes_the_own_message_gives_no_reason(room: Room, student: Member) -> None:
    sent = written(room, student)
    removed(room, student, sent.seq, "a mistake")
    assert message_at(room, sent.seq).removed_reason is None


# Opened again


@pytest.mark.row("S17")
def test_an_instructor_opens_a_removed_message_and_the_look_is_on_record(
    course: Course, room: Room, student: Member, instructor: Member, co_instructor: Member
) -> None:
    group = make_group(course, instructor, student)
    for place, reader in ((room, instructor), (room, co_instructor), (group, instructor)):
        sent = written(place, student, SECRET)
        removed(place, student, sent.seq)
        assert opened(place, reader, sent.seq).text == SECRET
        entry = AuditEntry.objects.filter(action="message.open_removed").latest("position")
        assert (entry.actor, entry.subject) == (reader.pk, student.pk)
        assert entry.data == {"room": place.pk, "seq": sent.seq}
    assert audit.verify() == []


@pytest.mark.row("S17")
@pytest.mark.row("S41")
def test_nobody_else_opens_it(
    course: Course,
    room: Room,
    young_student: Member,
    classmate: Member,
    student: Member,
    parent: Member,
    other_parent: Member,
    instructor: Member,
    assistant: Member,
    supervisor: Member,
) -> None:
    """In a chat of two not even the teacher: what a child takes back there is gone for the other one."""
    chat = make_direct(course, instructor, student)
    sent, in_chat = written(room, young_student, SECRET), written(chat, student, SECRET)
    removed(room, young_student, sent.seq)
    removed(chat, student, in_chat.seq)
    tries = [(room, reader, sent.seq) for reader in (classmate, student, other_parent, assistant)]
    with unchanged():
        for place, reader, seq in (*tries, (chat, instructor, in_chat.seq), (chat, supervisor, in_chat.seq)):
            with refused(NotAllowed):
                opened(place, reader, seq)
        with refused(NotFound):
            opened(room, instructor, sent.seq + 100)
        with refused(AccessChanged):
            open_removed_message(
                acting(instructor), standing_of(instructor, room), clearance=Clearance(0), seq=sent.seq
            )


def test_who_removed_it_and_when_is_said(room: Room, student: Member, instructor: Member) -> None:
    own, moderated = written(room, student), written(room, student)
    removed(room, student, own.seq)
    removed(room, instructor, moderated.seq, "unkind")
    bodies = {message.seq: message.removed for message in latest(standing_of(student, room)).messages}
    assert [(body.by_kind, body.by) for body in bodies.values() if body is not None] == [
        ("author", standing_of(student, room).seat),
        ("staff", standing_of(instructor, room).seat),
    ]
    entries = RoomEvent.objects.filter(room=room, kind="message.removed").order_by("seq")
    assert [(entry.message, entry.actor_id) for entry in entries] == [
        (own.seq, student.pk),
        (moderated.seq, instructor.pk),
    ]


# Who may


@pytest.mark.row("S17")
def test_an_own_message_is_removed_at_any_time(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, student)
    muted(room, instructor, student)
    in_state(room, "closed")
    with later(400 * 24 * 3600):
        assert "remove" in standing_of(student, room).may
        assert removed(room, student, sent.seq).removed_kind == "author"


def test_classmates_and_families_remove_nothing(
    room: Room, student: Member, classmate: Member, other_parent: Member
) -> None:
    sent = written(room, student)
    with refused(NotAllowed):
        removed(room, classmate, sent.seq, "unkind")
    with refused(NotFound):
        removed(room, other_parent, sent.seq, "unkind")


def test_a_supervisor_removes_nothing(course: Course, instructor: Member, student: Member, supervisor: Member) -> None:
    chat = make_direct(course, instructor, student)
    sent = written(chat, student)
    for act in (lambda: removed(chat, supervisor, sent.seq, "why"), lambda: restored(chat, supervisor, sent.seq)):
        with refused(NotAllowed):
            act()


@pytest.mark.parametrize("who", ["instructor", "co_instructor", "assistant"])
def test_staff_remove_a_student_s_message_with_a_reason_on_record(
    room: Room, student: Member, who: str, request: pytest.FixtureRequest
) -> None:
    staff = request.getfixturevalue(who)
    sent = written(room, student, SECRET)
    with refused(FieldInvalid) as caught:
        removed(room, staff, sent.seq, "  ")
    assert caught.value.field == "reason"
    removed(room, staff, sent.seq, " unkind to a classmate ")
    entry = AuditEntry.objects.get(action="message.remove")
    assert (entry.actor, entry.subject, entry.scope) == (staff.pk, student.pk, str(room.course.school_id))
    assert entry.data == {"reason": "unkind to a classmate", "room": room.pk, "seq": sent.seq}
    assert SECRET not in str(entry.data)
    assert audit.verify() == []


def test_the_permission_comes_before_the_reason(room: Room, student: Member, classmate: Member) -> None:
    sent = written(room, student)
    with refused(NotAllowed):
        removed(room, classmate, sent.seq)


def test_a_student_who_has_left_can_still_be_moderated(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, student)
    end_enrollment(SYSTEM, room.course, student)
    assert removed(room, instructor, sent.seq, "unkind").removed_kind == "staff"


def test_staff_do_not_remove_what_colleagues_and_parents_wrote(
    course: Course, room: Room, instructor: Member, co_instructor: Member, parent: Member, young_student: Member
) -> None:
    sent = written(room, co_instructor)
    with refused(NotAllowed):
        removed(room, instructor, sent.seq, "no")
    about = make_direct(course, instructor, parent, about=young_student)
    by_parent = written(about, parent)
    with refused(NotAllowed):
        removed(about, instructor, by_parent.seq, "no")


def test_an_own_removal_is_no_moderation(room: Room, student: Member, instructor: Member) -> None:
    for author in (student, instructor):
        removed(room, author, written(room, author).seq)
    assert not AuditEntry.objects.filter(action="message.remove").exists()


def test_what_is_absent_or_elsewhere_is_not_found(room: Room, student: Member) -> None:
    elsewhere = written(make_room(room.course, "Elsewhere"), student)
    for seq in (elsewhere.seq + 100, 1):
        with refused(NotFound):
            removed(room, student, seq)


@pytest.mark.row("S20")
def test_a_withheld_message_is_removed_by_staff_and_not_found_by_others(
    room: Room, young_student: Member, student: Member, instructor: Member
) -> None:
    sent = written(room, young_student)
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    with refused(NotFound):
        removed(room, student, sent.seq)
    with refused(NotFound):
        restored(room, student, sent.seq)
    assert removed(room, instructor, sent.seq, "unkind").removed_at is not None


def test_removing_again_changes_nothing(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, student)
    removed(room, student, sent.seq)
    with unchanged():
        removed(room, student, sent.seq)
        removed(room, instructor, sent.seq, "too late")


@pytest.mark.row("S18")
def test_a_stale_clearance_removes_and_restores_nothing(room: Room, student: Member) -> None:
    sent, gone = written(room, student), written(room, student)
    removed(room, student, gone.seq)
    standing = standing_of(student, room)
    with refused(AccessChanged):
        remove_message(acting(student), standing, clearance=Clearance(0), seq=sent.seq)
    with refused(AccessChanged):
        restore_message(acting(student), standing, clearance=Clearance(0), seq=gone.seq)


# Undo


@pytest.mark.row("S17")
def test_a_removal_is_undone_within_ten_seconds(room: Room, student: Member, classmate: Member) -> None:
    sent = written(room, student, SECRET)
    removed(room, student, sent.seq)
    with later(10):
        restored(room, student, sent.seq)
    message = message_at(room, sent.seq)
    assert (message.removed_at, message.removed_kind, message.removed_seat) == (None, None, None)
    assert text_for(classmate, room, sent.seq) == SECRET
    assert RoomEvent.objects.filter(room=room).order_by("seq").last().kind == "message.restored"  # type: ignore[union-attr]


@pytest.mark.row("S17")
def test_later_it_stays_removed(room: Room, student: Member) -> None:
    sent = written(room, student)
    removed(room, student, sent.seq)
    with later(60), refused(EditWindowOver) as caught:
        restored(room, student, sent.seq)
    assert caught.value.text == "It is too late to undo this."


def test_only_who_removed_it_brings_it_back(room: Room, student: Member, instructor: Member, assistant: Member) -> None:
    by_staff, by_author = written(room, student), written(room, student)
    removed(room, instructor, by_staff.seq, "unkind")
    removed(room, student, by_author.seq)
    for other, seq in ((student, by_staff.seq), (assistant, by_staff.seq), (instructor, by_author.seq)):
        with refused(NotAllowed):
            restored(room, other, seq)
    restored(room, instructor, by_staff.seq)
    entries = AuditEntry.objects.filter(action__startswith="message.").order_by("position")
    assert list(entries.values_list("action", "subject")) == [
        ("message.remove", student.pk),
        ("message.restore", student.pk),
    ]


def test_restoring_what_stands_changes_nothing(room: Room, student: Member) -> None:
    sent = written(room, student)
    with unchanged():
        assert restored(room, student, sent.seq).removed_at is None
