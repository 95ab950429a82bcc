"""Courses and their rooms: who may make them, and whose pages get a new one."""

import pytest

from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from consent.actions.schools import give_grant
from consent.models import Grant, School
from rooms.actions.courses import add_room, create_course
from rooms.models import Course, Room, RoomHead
from tests.cast import SYSTEM, acting, make_school
from tests.rooms.tables import refused
from tests.rooms_cast import can_enter


@pytest.mark.row("S8")
@pytest.mark.parametrize("who", ["instructor", "school_admin"])
def test_who_may_make_a_course_of_the_school(school: School, who: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)
    made = create_course(acting(actor), school, title="  Biology, period 1 ")
    assert (made.title, made.short_title, made.slug, made.visibility) == (
        "Biology, period 1",
        "Biology, period 1",
        "biology-period-1",
        "private",
    )
    entry = AuditEntry.objects.get(action="course.create")
    assert (entry.actor, entry.scope, entry.object_id) == (actor.pk, str(school.pk), str(made.pk))


@pytest.mark.row("S1")
@pytest.mark.parametrize("who", ["student", "parent", "supervisor", "stranger"])
def test_nobody_else_makes_one(school: School, who: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)
    for where in (school, None):
        with refused(NotAllowed):
            create_course(acting(actor), where, title="Biology")


@pytest.mark.row("S1")
def test_a_school_s_instructor_makes_none_elsewhere_and_an_independent_one_none_in_a_school(
    school: School, instructor: Member, stranger: Member
) -> None:
    elsewhere = make_school("Another School")
    for where in (elsewhere, None):
        with refused(NotAllowed):
            create_course(acting(instructor), where, title="Biology")
    give_grant(SYSTEM, stranger, Grant.Kind.INSTRUCTOR)
    assert create_course(acting(stranger), None, title="Evening Spanish").school is None
    with refused(NotAllowed):
        create_course(acting(stranger), school, title="Evening Spanish")


@pytest.mark.parametrize("title", ["", "   ", "x" * 121])
def test_a_course_needs_a_title(school: School, title: str) -> None:
    with refused(FieldInvalid) as caught:
        create_course(SYSTEM, school, title=title)
    assert caught.value.field == "title"


def test_the_permission_comes_before_the_title(school: School, course: Course, student: Member) -> None:
    with refused(NotAllowed):
        create_course(acting(student), school, title="")
    with refused(NotAllowed):
        add_room(acting(student), course, title="")


def test_courses_of_one_title_have_addresses_of_their_own(school: School) -> None:
    made = [create_course(SYSTEM, school, title=title) for title in ("Algebra", "Algebra", "Algebra!", "代数")]
    assert [course.slug for course in made] == ["algebra", "algebra-2", "algebra-3", "course"]


# Rooms


@pytest.mark.row("S9")
@pytest.mark.parametrize("who", ["instructor", "co_instructor", "assistant"])
def test_staff_add_rooms(course: Course, who: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)
    made = add_room(acting(actor), course, title=" Homework help ", posting=Room.Posting.STAFF)
    assert (made.title, made.kind, made.posting, made.state) == ("Homework help", "course", "staff", "open")
    head = RoomHead.objects.get(room=made)
    assert (head.first_seq, head.last_seq, head.message_count) == (1, 0, 0)
    assert AuditEntry.objects.get(action="room.create").actor == actor.pk


@pytest.mark.row("S9")
def test_students_and_outsiders_add_none(
    course: Course, student: Member, parent: Member, stranger: Member, school_admin: Member
) -> None:
    with refused(NotAllowed):
        add_room(acting(student), course, title="Ours")
    for outsider in (parent, stranger, school_admin):
        with refused(NotFound):
            add_room(acting(outsider), course, title="Ours")


@pytest.mark.parametrize(("field", "values"), [("title", {"title": " "}), ("title", {"title": "x" * 81})])
def test_a_room_needs_a_title(course: Course, instructor: Member, field: str, values: dict[str, str]) -> None:
    with refused(FieldInvalid) as caught:
        add_room(acting(instructor), course, **values)
    assert caught.value.field == field


@pytest.mark.parametrize("kind", ["direct", "page", "secret"])
def test_a_chat_of_two_is_not_made_as_a_room(course: Course, instructor: Member, kind: str) -> None:
    with refused(FieldInvalid) as caught:
        add_room(acting(instructor), course, title="Just us", kind=kind)
    assert caught.value.field == "kind"


def test_everybody_of_the_course_gets_a_new_room_at_once(
    course: Course, instructor: Member, young_student: Member, parent: Member, stranger: Member
) -> None:
    def epochs() -> list[int]:
        known = dict(Access.objects.values_list("member_id", "epoch"))
        return [known[member.pk] for member in (instructor, young_student, parent, stranger)]

    before = epochs()
    made = add_room(acting(instructor), course, title="New")
    assert [can_enter(member, made) for member in (instructor, young_student, parent, stranger)] == [
        True,
        True,
        True,
        False,
    ]
    assert epochs() == [before[0] + 1, before[1] + 1, before[2] + 1, before[3]]


def test_rooms_keep_the_order_in_which_they_were_made(course: Course) -> None:
    titles = ["One", "Two", "Three"]
    made = [add_room(SYSTEM, course, title=title) for title in titles]
    assert [room.position for room in made] == [0, 1, 2]
