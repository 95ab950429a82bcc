"""One-to-one chats: the table "who may start" as a matrix, one room for a pair, and who reads along."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connection

from accounts.errors import AppError, FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from consent.actions.guardians import end_link, link_guardian
from consent.models import School
from rooms.actions.rooms import open_direct_room
from rooms.models import Course, Room, RoomMember
from tests.cast import SYSTEM, acting, link_of, make_guardian, make_member, make_student, years_from_now
from tests.rooms.tables import refused, unchanged
from tests.rooms_cast import (
    ASSISTANT,
    INSTRUCTOR,
    can_enter,
    join,
    make_classmate,
    make_course,
    make_direct,
    standing_of,
)

YES, NO, ABSENT, ABOUT = "yes", NotAllowed, NotFound, FieldInvalid

# from → to: (without a child, about the parent's child). Who the other families are is staff's to know.
TABLE = {
    ("instructor", "student"): (YES, NO),
    ("instructor", "parent"): (NO, YES),
    ("instructor", "co_instructor"): (NO, NO),
    ("instructor", "assistant"): (NO, NO),
    ("instructor", "other_parent"): (NO, ABOUT),
    ("instructor", "other_instructor"): (ABSENT, ABSENT),
    ("instructor", "stranger"): (ABSENT, ABSENT),
    ("student", "instructor"): (YES, NO),
    ("student", "classmate"): (NO, NO),
    ("student", "assistant"): (NO, NO),
    ("student", "parent"): (ABSENT, ABSENT),
    ("student", "stranger"): (ABSENT, ABSENT),
    ("young_student", "instructor"): (YES, NO),
    ("young_student", "parent"): (ABSENT, ABSENT),
    ("parent", "instructor"): (NO, YES),
    ("parent", "co_instructor"): (NO, YES),
    ("parent", "assistant"): (NO, NO),
    ("parent", "young_student"): (NO, NO),
    ("parent", "other_parent"): (ABSENT, ABSENT),
    ("parent", "other_instructor"): (ABSENT, ABSENT),
    ("other_parent", "instructor"): (NO, ABOUT),
    ("assistant", "student"): (NO, NO),
    ("assistant", "instructor"): (NO, NO),
    ("assistant", "parent"): (NO, NO),
    ("other_instructor", "student"): (ABSENT, ABSENT),
    ("stranger", "instructor"): (ABSENT, ABSENT),
    ("stranger", "student"): (ABSENT, ABSENT),
    ("school_admin", "student"): (ABSENT, ABSENT),
    ("supervisor", "student"): (ABSENT, ABSENT),
}


@dataclass
class Cell:
    starter: str
    other: str
    about_child: bool
    answer: object


CELLS = [
    Cell(starter, other, about_child, answers[about_child])
    for (starter, other), answers in TABLE.items()
    for about_child in (False, True)
]


@pytest.fixture
def other_instructor(school: School) -> Member:
    """Teaches another course of the school."""
    member = make_member("Leo Sato")
    join(make_course(school, "Biology"), member, INSTRUCTOR)
    return member


@pytest.mark.row("S10")
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.starter}-{cell.other}-{'about' * cell.about_child}")
def test_who_may_start(
    course: Course,
    cell: Cell,
    young_student: Member,
    student: Member,
    parent: Member,
    other_parent: Member,
    request: pytest.FixtureRequest,
) -> None:
    starter, other = (request.getfixturevalue(name) for name in (cell.starter, cell.other))
    about = young_student if cell.about_child else None
    if isinstance(cell.answer, type) and issubclass(cell.answer, AppError):
        with refused(cell.answer):
            open_direct_room(acting(starter), course, with_member=other, about=about)
        return
    room = open_direct_room(acting(starter), course, with_member=other, about=about)
    assert sorted(room.members.values_list("member_id", flat=True)) == sorted([starter.pk, other.pk])
    assert can_enter(starter, room)
    assert can_enter(other, room)


def test_nobody_talks_to_oneself_and_nobody_without_a_name_talks(course: Course, instructor: Member) -> None:
    with refused(NotAllowed):
        open_direct_room(acting(instructor), course, with_member=instructor)
    with refused(NotFound):
        open_direct_room(SYSTEM, course, with_member=instructor)


@pytest.mark.row("S10")
def test_a_pair_has_one_room_whoever_opens_it(course: Course, instructor: Member, student: Member) -> None:
    first = open_direct_room(acting(instructor), course, with_member=student)
    with unchanged():
        again = open_direct_room(acting(student), course, with_member=instructor)
    assert again == first
    assert (first.student_id, first.kind, first.course_id) == (student.pk, Room.Kind.DIRECT, course.pk)
    entry = AuditEntry.objects.get(action="room.open_direct")
    assert (entry.actor, entry.subject, entry.scope) == (instructor.pk, student.pk, str(course.school_id))


def test_two_who_open_it_at_the_same_moment_get_one_room(
    transactional_db: None, course: Course, instructor: Member, student: Member
) -> None:
    both_are_ready = threading.Barrier(2)

    def open_it(actor: Member, other: Member) -> int:
        try:
            both_are_ready.wait(10)
            return open_direct_room(acting(actor), course, with_member=other).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        opened = [pool.submit(open_it, instructor, student), pool.submit(open_it, student, instructor)]
        assert len({each.result(30) for each in opened}) == 1
    assert RoomMember.objects.filter(room__kind=Room.Kind.DIRECT).count() == 2


@pytest.mark.row("S10")
def test_each_linked_parent_and_each_child_has_a_chat_of_its_own(
    course: Course, instructor: Member, young_student: Member, parent: Member
) -> None:
    second = make_guardian(young_student, slot=2)
    sibling = make_classmate(course, "Mina Kim", age=13)
    link_guardian(SYSTEM, parent, sibling)
    rooms = [
        make_direct(course, parent, instructor, about=young_student),
        make_direct(course, parent, instructor, about=sibling),
        make_direct(course, second, instructor, about=young_student),
        make_direct(course, instructor, young_student),
    ]
    assert len({room.pk for room in rooms}) == 4
    assert [room.student_id for room in rooms] == [young_student.pk, sibling.pk, young_student.pk, young_student.pk]
    assert [can_enter(second, room) for room in rooms] == [False, False, True, True]
    assert [can_enter(young_student, room) for room in rooms] == [False, False, False, True]


@pytest.mark.row("S10")
def test_a_former_parent_neither_starts_nor_reads(
    course: Course, instructor: Member, young_student: Member, parent: Member
) -> None:
    room = make_direct(course, parent, instructor, about=young_student)
    end_link(SYSTEM, link_of(parent, young_student))
    assert not can_enter(parent, room)
    assert can_enter(instructor, room)
    with refused(NotFound):
        open_direct_room(acting(parent), course, with_member=instructor, about=young_student)


def test_a_child_who_is_not_in_the_course_is_nobody_s_subject_there(
    course: Course, school: School, instructor: Member, parent: Member
) -> None:
    elsewhere = make_student(school, age=15)
    link_guardian(SYSTEM, parent, elsewhere)
    with refused(FieldInvalid) as caught:
        open_direct_room(acting(parent), course, with_member=instructor, about=elsewhere)
    assert caught.value.field == "about"


@pytest.mark.row("S10")
def test_family_and_supervisor_get_a_new_chat_at_once(
    course: Course,
    instructor: Member,
    student: Member,
    young_student: Member,
    parent: Member,
    supervisor: Member,
    stranger: Member,
) -> None:
    def moved(*members: Member) -> list[bool]:
        now = dict(Access.objects.values_list("member_id", "epoch"))
        return [now[member.pk] != before[member.pk] for member in members]

    before = dict(Access.objects.values_list("member_id", "epoch"))
    linked = open_direct_room(acting(instructor), course, with_member=young_student)
    assert moved(instructor, young_student, parent, stranger, student) == [True, True, True, False, False]
    unlinked = open_direct_room(acting(instructor), course, with_member=student)
    assert moved(supervisor) == [True]
    assert [can_enter(parent, room) for room in (linked, unlinked)] == [True, False]
    assert [can_enter(supervisor, room) for room in (linked, unlinked)] == [False, True]


def test_a_second_seat_is_given_in_the_room_and_not_in_the_course(
    course: Course, instructor: Member, student: Member
) -> None:
    room = make_direct(course, student, instructor)
    assert list(RoomMember.objects.filter(room=room).order_by("seat").values_list("seat", "member_id")) == [
        (1, student.pk),
        (2, instructor.pk),
    ]
    assert standing_of(instructor, room).seat == 2


# An independent course


@pytest.fixture
def evening_course(stranger: Member) -> Course:
    course = make_course(None, "Evening Spanish")
    join(course, stranger, INSTRUCTOR)
    return course


@pytest.mark.row("S1")
def test_an_independent_instructor_and_a_minor_once_a_parent_is_linked(
    evening_course: Course, stranger: Member, school: School
) -> None:
    minor, adult = make_student(school, age=16), make_member(majority_on=years_from_now(-1))
    for member in (minor, adult):
        join(evening_course, member)
    open_direct_room(acting(stranger), evening_course, with_member=adult)
    with refused(NotAllowed):
        open_direct_room(acting(stranger), evening_course, with_member=minor)
    make_guardian(minor)
    open_direct_room(acting(stranger), evening_course, with_member=minor)


def test_among_grown_ups_an_assistant_starts_too(evening_course: Course) -> None:
    assistant, learner = make_member(), make_member()
    join(evening_course, assistant, ASSISTANT)
    join(evening_course, learner)
    assert open_direct_room(acting(assistant), evening_course, with_member=learner).student_id == learner.pk
