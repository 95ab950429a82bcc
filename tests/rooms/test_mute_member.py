"""member.mute and member.unmute: staff pause a student of a course for a while; the student reads on."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import AccessChanged, FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from rooms.actions.clearances import Clearance
from rooms.actions.enrollments import end_enrollment
from rooms.actions.mutes import mute_member, unmute_member
from rooms.events import wire_time
from rooms.models import Course, Mute, Room
from rooms.queries.mutes import MutedSeat
from rooms.queries.places import places_for
from rooms.queries.states import course_states, room_states
from rooms.writer import Refusal
from rooms.writer.store import write
from tests.cast import SYSTEM, acting, make_member
from tests.rooms.tables import refused, unchanged
from tests.rooms_cast import (
    INSTRUCTOR,
    clearance_of,
    draft_of,
    join,
    make_course,
    make_direct,
    make_group,
    make_room,
    muted,
    seat_of,
    standing_of,
    unmuted,
    written,
)


def known_to(member: Member, room: Room) -> list[MutedSeat]:
    """Who is paused in the room's course, as the member's page is told."""
    (course,) = (each for each in course_states(places_for(member.pk)) if each.course == room.course_id)
    return course.mutes


def own_pause(member: Member, room: Room) -> MutedSeat | None:
    (state,) = (each for each in room_states(places_for(member.pk)) if each.room == room.pk)
    return state.muted


@pytest.mark.parametrize("who", ["instructor", "co_instructor", "assistant"])
def test_staff_mute_a_student_with_a_reason_on_record(
    room: Room, student: Member, who: str, request: pytest.FixtureRequest
) -> None:
    staff = request.getfixturevalue(who)
    mute = muted(room, staff, student, minutes=15, reason=" shouting ")
    assert (mute.member_id, mute.by_id, mute.reason, mute.until - mute.at) == (
        student.pk,
        staff.pk,
        "shouting",
        dt.timedelta(minutes=15),
    )
    entry = AuditEntry.objects.get(action="member.mute")
    assert (entry.actor, entry.subject) == (staff.pk, student.pk)
    assert entry.data == {"minutes": 15, "reason": "shouting"}
    assert standing_of(student, room).muted_until == mute.until
    assert standing_of(staff, room).muted_until is None


def test_a_mute_ends_by_itself(room: Room, instructor: Member, student: Member) -> None:
    until = muted(room, instructor, student).until
    with time_machine.travel(until - dt.timedelta(seconds=1), tick=False):
        assert standing_of(student, room).muted_until == until
    with time_machine.travel(until, tick=False):
        assert standing_of(student, room).muted_until is None


def test_of_two_mutes_the_later_end_counts_and_one_is_in_force(
    room: Room, instructor: Member, assistant: Member, student: Member
) -> None:
    longer = muted(room, instructor, student, minutes=30)
    again = muted(room, assistant, student, minutes=5, reason="shouting again")
    assert again.until == longer.until
    assert standing_of(student, room).muted_until == longer.until
    assert [(mute.reason, mute.by) for mute in known_to(instructor, room)] == [
        ("shouting again", seat_of(assistant, room))
    ]
    longer.refresh_from_db()
    assert (longer.ended_at, longer.ended_by_id) == (again.at, assistant.pk)


def test_what_was_on_its_way_is_not_accepted_after_the_mute(room: Room, instructor: Member, student: Member) -> None:
    draft = draft_of(room, student, "one more")
    muted(room, instructor, student)
    assert write([draft]) == [Refusal.ACCESS_CHANGED]


@pytest.mark.parametrize("who", ["student", "young_student", "parent"])
def test_nobody_else_mutes_and_no_seat_is_told_apart_from_an_empty_one(
    room: Room, classmate: Member, unconsented_student: Member, who: str, request: pytest.FixtureRequest
) -> None:
    member = request.getfixturevalue(who)
    standing, clearance = standing_of(member, room), Clearance(Access.objects.get(member=member).epoch)
    for seat in (seat_of(classmate, room), seat_of(unconsented_student, room), 999):
        with refused(NotAllowed):
            mute_member(acting(member), standing, clearance=clearance, seat=seat, minutes=10, reason="why")


def test_a_supervisor_mutes_nobody(course: Course, instructor: Member, student: Member, supervisor: Member) -> None:
    chat = make_direct(course, instructor, student)
    with refused(NotAllowed):
        muted(chat, supervisor, student)


def test_staff_are_not_muted(room: Room, instructor: Member, co_instructor: Member, assistant: Member) -> None:
    for colleague in (co_instructor, assistant, instructor):
        with refused(NotAllowed):
            muted(room, instructor, colleague)


def test_a_parent_is_not_muted(course: Course, instructor: Member, parent: Member, young_student: Member) -> None:
    about = make_direct(course, instructor, parent, about=young_student)
    with refused(NotAllowed):
        muted(about, instructor, parent)


def test_who_has_left_or_never_sat_there_is_not_found(
    course: Course, room: Room, instructor: Member, student: Member, classmate: Member
) -> None:
    group = make_group(course, instructor, student)
    with refused(NotFound):
        muted(group, instructor, classmate)
    end_enrollment(SYSTEM, course, classmate)
    with refused(NotFound):
        muted(room, instructor, classmate)


@pytest.mark.parametrize(
    ("minutes", "reason", "field"), [(10, " ", "reason"), (0, "x", "minutes"), (61, "x", "minutes")]
)
def test_reason_and_length_are_checked(
    room: Room, instructor: Member, student: Member, minutes: int, reason: str, field: str
) -> None:
    with refused(FieldInvalid) as caught:
        muted(room, instructor, student, minutes=minutes, reason=reason)
    assert caught.value.field == field


def test_the_permission_comes_before_the_checks(room: Room, student: Member, classmate: Member) -> None:
    with refused(NotAllowed):
        muted(room, classmate, student, minutes=0, reason="")


def test_a_long_reason_is_cut(room: Room, instructor: Member, student: Member) -> None:
    assert len(muted(room, instructor, student, reason="x" * 1000).reason) == 300


def test_a_stale_clearance_mutes_nobody(room: Room, instructor: Member, student: Member) -> None:
    standing, seat = standing_of(instructor, room), seat_of(student, room)
    stale = Clearance(Access.objects.get(member=instructor).epoch, timezone.now())
    with refused(AccessChanged):
        mute_member(acting(instructor), standing, clearance=stale, seat=seat, minutes=10, reason="why")


def test_a_mute_holds_in_all_rooms_of_the_course_but_chats_of_two(
    course: Course, room: Room, instructor: Member, student: Member
) -> None:
    chat, other, group = (
        make_direct(course, instructor, student),
        make_room(course),
        make_group(course, instructor, student),
    )
    biology = make_course(course.school, "Biology")
    join(biology, student)
    until = muted(room, instructor, student).until
    found = {place: standing_of(student, place).muted_until for place in (room, other, group, chat, make_room(biology))}
    assert found == {room: until, other: until, group: until, chat: None, Room.objects.get(course=biology): None}
    assert written(chat, student, "why?").number == 1
    with refused(NotAllowed) as caught:
        muted(chat, instructor, student)
    assert caught.value.text == "A pause holds in the rooms of the course; one-to-one chats stay open."
    assert Mute.objects.count() == 1


def test_a_mute_holds_after_leaving_and_coming_back(room: Room, instructor: Member, student: Member) -> None:
    until = muted(room, instructor, student).until
    end_enrollment(SYSTEM, room.course, student)
    join(room.course, student)
    assert standing_of(student, room).muted_until == until


@pytest.mark.row("S22")
def test_who_is_told_of_a_mute(
    room: Room,
    instructor: Member,
    assistant: Member,
    young_student: Member,
    parent: Member,
    classmate: Member,
    other_parent: Member,
) -> None:
    mute = muted(room, instructor, young_student, reason="Be kind.")
    told = MutedSeat(seat_of(young_student, room), wire_time(mute.until), seat_of(instructor, room), "Be kind.")
    assert own_pause(young_student, room) == told
    assert known_to(parent, room) == known_to(instructor, room) == known_to(assistant, room) == [told]
    for reader in (classmate, other_parent):
        assert (known_to(reader, room), own_pause(reader, room)) == ([], None)
    assert own_pause(parent, room) is None
    with time_machine.travel(mute.until, tick=False):
        assert known_to(instructor, room) == known_to(parent, room) == []


def test_staff_of_another_course_are_not_told(room: Room, instructor: Member, student: Member) -> None:
    colleague, other = make_member("Hanna Berg"), make_course(room.course.school, "Biology")
    join(other, colleague, INSTRUCTOR)
    join(other, student)
    place = make_room(other)
    muted(room, instructor, student)
    assert known_to(colleague, place) == []
    muted(place, colleague, student)
    assert len(known_to(colleague, place)) == len(known_to(instructor, room)) == 1


# Let write again


@pytest.mark.parametrize("who", ["instructor", "assistant"])
def test_staff_let_a_student_write_again(
    room: Room, instructor: Member, student: Member, who: str, request: pytest.FixtureRequest
) -> None:
    staff, mute = request.getfixturevalue(who), muted(room, instructor, student)
    unmuted(room, staff, student)
    assert standing_of(student, room).muted_until is None
    assert known_to(instructor, room) == []
    assert written(room, student, "sorry").number == 1
    mute.refresh_from_db()
    assert mute.ended_by_id == staff.pk
    entry = AuditEntry.objects.get(action="member.unmute")
    assert (entry.actor, entry.subject, entry.object_id) == (staff.pk, student.pk, str(room.pk))


def test_letting_write_who_may_changes_nothing(room: Room, instructor: Member, student: Member) -> None:
    with unchanged():
        unmuted(room, instructor, student)
    with time_machine.travel(muted(room, instructor, student).until, tick=False), unchanged():
        unmuted(room, instructor, student)


def test_nobody_else_lets_write_again(
    course: Course, room: Room, instructor: Member, student: Member, classmate: Member, supervisor: Member
) -> None:
    chat = make_direct(course, instructor, student)
    muted(room, instructor, student)
    with unchanged():
        for member, place in ((student, room), (classmate, room), (supervisor, chat)):
            with refused(NotAllowed):
                unmuted(place, member, student)
        with refused(AccessChanged):
            standing, seat = standing_of(instructor, room), seat_of(student, room)
            unmute_member(acting(instructor), standing, clearance=Clearance(0), seat=seat)
        with refused(NotFound):
            standing, clearance = standing_of(instructor, room), clearance_of(instructor)
            unmute_member(acting(instructor), standing, clearance=clearance, seat=999)
