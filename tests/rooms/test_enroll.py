"""Coming into a course, leaving it, coming back: one row, one seat for ever; whose pages hear of it."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts import audit
from accounts.errors import NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from consent.actions.consents import withdraw_consent
from rooms.actions.enrollments import end_enrollment
from rooms.models import Course, Enrollment, Room, RoomEvent
from rooms.writer import Receipt, Refusal
from rooms.writer.store import write
from tests.cast import SYSTEM, acting, make_member
from tests.rooms.tables import dump, refused, unchanged
from tests.rooms_cast import (
    INSTRUCTOR,
    can_enter,
    draft_of,
    join,
    make_course,
    make_direct,
    make_group,
    make_room,
    seat_of,
    standing_of,
    written,
)


def epochs(*members: Member) -> list[int]:
    known = dict(Access.objects.values_list("member_id", "epoch"))
    return [known[member.pk] for member in members]


def entries(room: Room, kind: str) -> list[dict[str, int]]:
    return list(RoomEvent.objects.filter(room=room, kind=kind).order_by("seq").values_list("data", flat=True))


def test_seats_are_given_in_order_and_never_again(course: Course) -> None:
    first, second = make_member(), make_member()
    assert [join(course, member).seat for member in (first, second)] == [2, 3]  # the instructor sits at 1
    end_enrollment(SYSTEM, course, second)
    assert join(course, make_member()).seat == 4


def test_coming_back_is_the_same_row_and_the_same_seat(course: Course, room: Room, student: Member) -> None:
    before = Enrollment.objects.get(course=course, member=student)
    written(room, student)
    end_enrollment(SYSTEM, course, student)
    left = Enrollment.objects.get(pk=before.pk)
    assert (left.state, left.left_at is not None) == ("left", True)
    again = join(course, student)
    assert (again.pk, again.seat, again.state, again.left_at) == (before.pk, before.seat, "active", None)
    seat = {"seat": before.seat}
    assert (entries(room, "member.joined")[-1], entries(room, "member.left")) == (seat, [seat])
    assert written(room, student, "back").number == 2


def test_in_already_changes_nothing_but_the_role(course: Course, room: Room, student: Member) -> None:
    before = dump()
    join(course, student)
    assert {name for name, rows in dump().items() if rows != before[name]} <= {"accounts_access"}
    version = Course.objects.get(pk=course.pk).roster_version
    assert join(course, student, "assistant").role == "assistant"
    assert Course.objects.get(pk=course.pk).roster_version == version + 1
    assert len(entries(room, "member.joined")) == 1
    assert standing_of(student, room).view == "staff"


def test_everything_about_it_is_on_record(course: Course, instructor: Member, student: Member) -> None:
    end_enrollment(acting(instructor), course, student, removed=True)
    assert Enrollment.objects.get(course=course, member=student).state == "removed"
    found = AuditEntry.objects.filter(object_type="rooms.course", subject=student.pk).order_by("position")
    assert list(found.values_list("action", "actor", "data")) == [
        ("course.enroll", None, {"reason": "test", "role": "student"}),
        ("course.leave", instructor.pk, {"removed": True}),
    ]
    assert audit.verify() == []


def test_every_room_where_somebody_sits_hears_of_it(course: Course, instructor: Member, student: Member) -> None:
    general, group = make_room(course), make_group(course, instructor, student)
    other_group = make_group(course, instructor, title="Others")
    chat = make_direct(course, instructor, student)
    end_enrollment(SYSTEM, course, student)
    seat = seat_of(student, general)
    assert entries(general, "member.left") == [{"seat": seat}]
    assert entries(group, "member.left") == [{"seat": seat}]
    assert entries(chat, "member.left") == [{"seat": seat_of(student, chat)}]
    assert entries(other_group, "member.left") == []


# Ending


def test_who_is_taken_out_loses_the_rooms_and_what_was_on_its_way(
    course: Course, room: Room, student: Member, instructor: Member
) -> None:
    chat = make_direct(course, instructor, student)
    drafts = [draft_of(room, student), draft_of(chat, student)]
    end_enrollment(acting(instructor), course, student, removed=True)
    assert not can_enter(student, room)
    assert not can_enter(student, chat)
    assert write(drafts) == [Refusal.ACCESS_CHANGED] * 2


def test_a_student_who_leaves_lets_the_staff_write_on(
    course: Course, room: Room, instructor: Member, assistant: Member, student: Member
) -> None:
    before, drafts = epochs(instructor, assistant), [draft_of(room, instructor)]
    end_enrollment(SYSTEM, course, student)
    join(course, student)
    assert epochs(instructor, assistant) == before
    assert isinstance(write(drafts)[0], Receipt)


@pytest.mark.row("S22")
def test_the_family_s_open_pages_are_decided_again_with_the_child_s(
    course: Course, room: Room, young_student: Member, parent: Member, other_parent: Member
) -> None:
    before = epochs(young_student, parent, other_parent)
    end_enrollment(SYSTEM, course, young_student)
    assert not can_enter(parent, room)
    assert epochs(young_student, parent, other_parent) == [before[0] + 1, before[1] + 1, before[2]]
    join(course, young_student)
    assert can_enter(parent, room)
    assert epochs(young_student, parent, other_parent) == [before[0] + 2, before[1] + 2, before[2]]


def test_one_leaves_by_oneself(course: Course, student: Member) -> None:
    assert end_enrollment(acting(student), course, student).state == "left"


@pytest.mark.parametrize("who", ["classmate", "parent", "young_student"])
def test_who_is_not_staff_takes_nobody_out(
    course: Course, student: Member, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    with refused(NotFound if who == "parent" else NotAllowed):
        end_enrollment(acting(actor), course, student)


def test_a_stranger_finds_nobody_to_take_out(course: Course, student: Member, stranger: Member) -> None:
    with refused(NotFound):
        end_enrollment(acting(stranger), course, student)
    with refused(NotFound):
        end_enrollment(acting(stranger), course, stranger)


def test_who_is_not_in_cannot_be_taken_out(
    course: Course, instructor: Member, student: Member, stranger: Member
) -> None:
    end_enrollment(acting(instructor), course, student)
    for member in (student, stranger):
        with refused(NotFound):
            end_enrollment(acting(instructor), course, member)


# A substitute


def test_a_substitute_s_access_ends_by_itself(course: Course, room: Room) -> None:
    substitute = make_member("Farid Haddad")
    until = timezone.now().replace(microsecond=0) + dt.timedelta(hours=7)
    join(course, substitute, INSTRUCTOR, until=until)
    assert standing_of(substitute, room).until == until
    draft, late = draft_of(room, substitute, until=until), draft_of(room, substitute, until=until)
    with time_machine.travel(until - dt.timedelta(seconds=1), tick=False):
        assert isinstance(write([draft])[0], Receipt)
    with time_machine.travel(until, tick=False), unchanged():
        assert not can_enter(substitute, room)
        assert write([late]) == [Refusal.ACCESS_CHANGED]


def test_a_substitute_who_comes_again_has_the_same_seat(course: Course, room: Room) -> None:
    substitute = make_member("Farid Haddad")
    now = timezone.now()
    first = join(course, substitute, INSTRUCTOR, until=now + dt.timedelta(hours=1))
    with time_machine.travel(now + dt.timedelta(days=2), tick=False):
        again = join(course, substitute, INSTRUCTOR, until=now + dt.timedelta(days=3))
        assert (again.pk, again.seat) == (first.pk, first.seat)
        assert can_enter(substitute, room)
        assert len(entries(room, "member.joined")) == 2


@pytest.mark.row("S20")
def test_a_hidden_child_is_hidden_in_a_new_course_too(course: Course, young_student: Member) -> None:
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    other = make_course(course.school, "Biology")
    assert join(other, young_student).hidden_at is not None
