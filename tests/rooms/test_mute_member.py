"""member.mute: staff pause a student of a room for a while; the student reads on."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import AccessChanged, FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from rooms.actions.clearances import Clearance
from rooms.actions.enrollments import end_enrollment
from rooms.actions.mutes import mute_member
from rooms.models import Course, Mute, Room
from rooms.writer import Refusal
from rooms.writer.store import write
from tests.cast import SYSTEM, acting
from tests.rooms.tables import refused
from tests.rooms_cast import draft_of, make_direct, make_group, muted, seat_of, standing_of, written


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


def test_of_two_mutes_the_longer_one_counts(room: Room, instructor: Member, student: Member) -> None:
    longer = muted(room, instructor, student, minutes=30)
    muted(room, instructor, student, minutes=5)
    assert standing_of(student, room).muted_until == longer.until


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


def test_a_mute_holds_in_its_room_alone(course: Course, room: Room, instructor: Member, student: Member) -> None:
    chat = make_direct(course, instructor, student)
    muted(room, instructor, student)
    assert written(chat, student, "why?").number == 1
    assert Mute.objects.count() == 1
