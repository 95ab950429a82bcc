"""Group rooms: a membership of their own and, in a school, always an instructor inside."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, Member
from rooms.actions.courses import add_room
from rooms.actions.enrollments import end_enrollment
from rooms.actions.rooms import seat_in_group
from rooms.models import Course, Room, RoomEvent, RoomMember
from rooms.queries.unread import unread_in
from tests.cast import SYSTEM, acting, make_member
from tests.rooms.tables import refused
from tests.rooms_cast import (
    INSTRUCTOR,
    can_enter,
    join,
    make_course,
    make_direct,
    make_group,
    make_room,
    seat_of,
    standing_of,
    written,
)


@pytest.fixture
def group(course: Course, instructor: Member) -> Room:
    return make_group(course, instructor)


@pytest.mark.row("S9")
def test_who_is_in_the_group_reads_it_and_the_rest_of_the_class_does_not(
    course: Course, instructor: Member, student: Member, classmate: Member, co_instructor: Member, assistant: Member
) -> None:
    group = make_group(course, instructor, student)
    assert [can_enter(m, group) for m in (instructor, student, classmate, co_instructor, assistant)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert standing_of(student, group).seat == seat_of(student, make_room(course))


@pytest.mark.row("S9")
def test_in_a_school_a_group_needs_an_instructor_inside(course: Course, student: Member, assistant: Member) -> None:
    empty = make_room(course, "Study group", kind=Room.Kind.GROUP)
    for members in ([student], [student, assistant], []):
        with refused(FieldInvalid) as caught:
            seat_in_group(SYSTEM, empty, members)
        assert caught.value.field == "members"


@pytest.mark.row("S9")
def test_where_the_last_instructor_leaves_another_sits_down(
    course: Course, instructor: Member, co_instructor: Member, student: Member
) -> None:
    group = make_group(course, co_instructor, student)
    assert not can_enter(instructor, group)
    end_enrollment(SYSTEM, course, co_instructor)
    assert can_enter(instructor, group)


@pytest.mark.row("S9")
def test_a_substitute_alone_is_no_instructor_inside(course: Course, student: Member) -> None:
    substitute = make_member()
    join(course, substitute, INSTRUCTOR, until=timezone.now() + timedelta(hours=7))
    group = make_room(course, "Group", kind="group")
    with refused(FieldInvalid):
        seat_in_group(SYSTEM, group, [substitute, student])


@pytest.mark.django_db
def test_grown_ups_of_an_independent_course_may_be_among_themselves() -> None:
    course = make_course(None, "Evening Spanish")
    learner = make_member()
    join(course, learner)
    group = make_group(course, learner)
    assert can_enter(learner, group)


def test_who_is_not_in_the_course_is_not_found_and_nobody_else_gets_in(
    course: Course, group: Room, student: Member, stranger: Member, parent: Member
) -> None:
    for outsider in (stranger, parent):
        with refused(NotFound):
            seat_in_group(SYSTEM, group, [student, outsider])


def test_staff_alone_let_people_in(
    group: Room, student: Member, classmate: Member, stranger: Member, parent: Member
) -> None:
    with refused(NotAllowed):
        seat_in_group(acting(student), group, [student, classmate])
    for outsider in (stranger, parent):
        with refused(NotFound):
            seat_in_group(acting(outsider), group, [outsider])


@pytest.mark.row("S10")
def test_a_chat_of_two_takes_no_third_and_a_course_room_none_at_all(
    course: Course, room: Room, instructor: Member, co_instructor: Member, student: Member
) -> None:
    for other in (make_direct(course, instructor, student), room):
        with refused(NotAllowed):
            seat_in_group(acting(co_instructor), other, [co_instructor])


def test_who_comes_in_is_told_once_and_begins_with_nothing_unread(
    group: Room, instructor: Member, student: Member
) -> None:
    written(group, instructor, "before")
    seat_in_group(acting(instructor), group, [student])
    seat_in_group(acting(instructor), group, [student])
    seat = {"seat": seat_of(student, group)}
    assert list(RoomEvent.objects.filter(room=group, kind="member.joined").values_list("data", flat=True))[1:] == [seat]
    assert unread_in(student.pk, group.pk).count(1) == 0
    assert RoomMember.objects.filter(room=group, member=student).count() == 1


def test_who_was_taken_out_of_a_group_can_come_back_to_the_same_seat(
    group: Room, instructor: Member, student: Member
) -> None:
    seat_in_group(acting(instructor), group, [student])
    row = RoomMember.objects.get(room=group, member=student)
    RoomMember.objects.filter(pk=row.pk).update(left_at=row.joined_at)
    assert not can_enter(student, group)
    seat_in_group(acting(instructor), group, [student])
    assert can_enter(student, group)
    again = RoomMember.objects.get(pk=row.pk)
    assert (again.seat, again.joined_at, again.left_at) == (row.seat, row.joined_at, None)


@pytest.mark.row("S22")
def test_the_family_gets_the_group_at_once(
    group: Room, instructor: Member, young_student: Member, parent: Member
) -> None:
    before = Access.objects.get(member=parent).epoch
    seat_in_group(acting(instructor), group, [young_student])
    assert can_enter(parent, group)
    assert Access.objects.get(member=parent).epoch == before + 1


def test_an_empty_group_is_read_by_nobody(course: Course, instructor: Member, student: Member) -> None:
    empty = add_room(acting(instructor), course, title="Later", kind=Room.Kind.GROUP)
    assert not can_enter(instructor, empty)
    assert not can_enter(student, empty)
