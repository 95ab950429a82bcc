"""Who is made staff of a course and by whom, who is taken out and brought back: the table of what each may do."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import AppError, FieldInvalid, NotAllowed, NotFound
from accounts.models import AuditEntry, Member
from consent.actions.schools import give_grant, join_school
from consent.models import Grant, School, SchoolMembership
from rooms.actions.courses import archive_course, change_course
from rooms.actions.enrollments import appoint_staff, bring_back, end_enrollment, enroll
from rooms.models import Course, Enrollment, Room
from rooms.queries.courses import candidates, course_place
from rooms.queries.people import people_of_course
from tests.cast import SYSTEM, acting, make_guardian, make_member, make_staff
from tests.rooms.tables import refused
from tests.rooms_cast import (
    INSTRUCTOR,
    STUDENT,
    can_enter,
    join,
    make_classmate,
    make_course,
    make_group,
    make_room,
    standing_of,
    written,
)


@pytest.fixture
def colleague(school: School) -> Member:
    """Confirmed at the school, not in the course."""
    return make_staff(school, "Farid Haddad", Grant.Kind.INSTRUCTOR)


@pytest.fixture
def aide(school: School) -> Member:
    """On the school's list of staff."""
    member = make_member("Ana Aide")
    join_school(SYSTEM, school, member, kind=SchoolMembership.Kind.STAFF)
    return member


@pytest.fixture
def substitute(course: Course, school: School) -> Member:
    """An instructor of the course until tonight."""
    member = make_staff(school, "Sub Stitute", Grant.Kind.INSTRUCTOR)
    join(course, member, INSTRUCTOR, until=timezone.now() + dt.timedelta(hours=8))
    return member


# What each may do: rows are actions, columns are people.

YES, NO, LOST = None, NotAllowed, NotFound
PEOPLE = ("instructor", "co_instructor", "substitute", "assistant", "student", "parent", "stranger", "school_admin")
Act = Callable[[Member, Course, dict[str, Member]], object]
ACTS: dict[str, tuple[Act, tuple[type[AppError] | None, ...]]] = {
    "describe": (
        lambda who, course, _: change_course(acting(who), course, title="New"),
        (YES, YES, NO, NO, NO, LOST, LOST, LOST),
    ),
    "archive": (lambda who, course, _: archive_course(acting(who), course), (YES, YES, NO, NO, NO, LOST, LOST, LOST)),
    "appoint": (
        lambda who, course, cast: appoint_staff(acting(who), course, cast["colleague"], role="assistant"),
        (YES, YES, NO, NO, NO, LOST, LOST, LOST),
    ),
    "take out a student": (
        lambda who, course, cast: end_enrollment(acting(who), course, cast["classmate"], removed=True),
        (YES, YES, YES, YES, NO, LOST, LOST, LOST),
    ),
    "take out staff": (
        lambda who, course, cast: end_enrollment(acting(who), course, cast["other"], removed=True),
        (YES, YES, NO, NO, NO, LOST, LOST, LOST),
    ),
    "bring back a student": (
        lambda who, course, cast: bring_back(acting(who), course, cast["gone"]),
        (YES, YES, YES, YES, NO, LOST, LOST, LOST),
    ),
    "bring back staff": (
        lambda who, course, cast: bring_back(acting(who), course, cast["gone_staff"]),
        (YES, YES, NO, NO, NO, LOST, LOST, LOST),
    ),
}


@pytest.mark.row("S8")
@pytest.mark.row("S14")
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", PEOPLE)
def test_what_each_may_do(
    act: str, who: str, course: Course, school: School, colleague: Member, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    instructor = request.getfixturevalue("instructor")
    request.getfixturevalue("co_instructor")
    other = make_staff(school, "Other Staff", Grant.Kind.INSTRUCTOR)
    gone_staff = make_staff(school, "Gone Staff", Grant.Kind.INSTRUCTOR)
    cast = {
        "colleague": colleague,
        "classmate": make_classmate(course, "Jada Amos"),
        "other": other,
        "gone": make_classmate(course, "Gil Gone"),
        "gone_staff": gone_staff,
    }
    for member in (other, gone_staff):
        join(course, member, INSTRUCTOR)
    for member in (cast["gone"], gone_staff):
        end_enrollment(acting(instructor), course, member, removed=True)
    run, answers = ACTS[act]
    error = answers[PEOPLE.index(who)]
    if error is None:
        run(actor, course, cast)
    else:
        with refused(error):
            run(actor, course, cast)


@pytest.mark.row("S8")
def test_a_student_promotes_nobody_and_not_themselves(course: Course, student: Member, classmate: Member) -> None:
    for member in (student, classmate):
        for role in ("instructor", "assistant"):
            with refused(NotAllowed):
                appoint_staff(acting(student), course, member, role=role)


@pytest.mark.row("S8")
def test_in_another_s_course_an_instructor_finds_nobody(
    course: Course, student: Member, school: School, colleague: Member
) -> None:
    elsewhere = make_course(school, "Biology")
    join(elsewhere, colleague, INSTRUCTOR)
    for act, _answers in ACTS.values():
        with refused(NotFound):
            act(colleague, course, dict.fromkeys(("colleague", "classmate", "other", "gone", "gone_staff"), student))


# Staff


@pytest.mark.row("S9")
def test_staff_are_chosen_from_those_whom_the_school_knows(
    course: Course,
    instructor: Member,
    student: Member,
    parent: Member,
    stranger: Member,
    colleague: Member,
    aide: Member,
) -> None:
    unconfirmed = make_member("Una Unconfirmed")
    join_school(SYSTEM, course.school, unconfirmed, kind="instructor", source="member")  # type: ignore[arg-type]
    chosen = candidates(course)
    assert {colleague, aide} <= set(chosen)
    assert not {student, parent, stranger, unconfirmed, instructor} & set(chosen)
    for member in (student, parent, stranger, unconfirmed):
        with refused(NotFound):
            appoint_staff(acting(instructor), course, member, role="assistant")
    with refused(NotAllowed):
        appoint_staff(acting(instructor), course, aide, role="instructor")
    assert appoint_staff(acting(instructor), course, aide, role="assistant").role == "assistant"
    assert appoint_staff(acting(instructor), course, colleague, role="instructor").leads


@pytest.mark.row("S1")
@pytest.mark.parametrize("role", ["instructor", "assistant"])
def test_nobody_becomes_staff_by_joining_whom_the_school_does_not_know(
    course: Course, instructor: Member, student: Member, stranger: Member, colleague: Member, role: str
) -> None:
    for member in (student, stranger):
        with refused(NotAllowed):
            enroll(acting(member), course, member, role=role)
    assert enroll(acting(colleague), course, colleague, role=role).role == role


@pytest.mark.row("S9")
def test_a_substitute_has_the_rooms_until_the_time(
    course: Course, room: Room, instructor: Member, colleague: Member
) -> None:
    until = timezone.now() + dt.timedelta(hours=7)
    appoint_staff(acting(instructor), course, colleague, role="instructor", until=until)
    assert standing_of(colleague, room).until == until
    with time_machine.travel(until, tick=False):
        assert not can_enter(colleague, room)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("role", {"role": "student"}),
        ("role", {"role": "owner"}),
        ("until", {"until": dt.timedelta(seconds=-1)}),
        ("until", {"until": dt.timedelta(days=800)}),
    ],
)
def test_a_role_or_a_time_that_is_none_is_said_at_its_field(
    course: Course, instructor: Member, colleague: Member, field: str, values: dict[str, object]
) -> None:
    until = timezone.now() + values["until"] if "until" in values else None  # type: ignore[operator]
    with refused(FieldInvalid) as caught:
        appoint_staff(acting(instructor), course, colleague, role=str(values.get("role", "instructor")), until=until)
    assert caught.value.field == field


def test_in_an_independent_course_adults_inside_it_help_and_minors_never(stranger: Member) -> None:
    give_grant(SYSTEM, stranger, Grant.Kind.INSTRUCTOR)
    course = make_course(None, "Evening Spanish")
    join(course, stranger, INSTRUCTOR)
    adult, outside = make_member("Ada Adult"), make_member("Otto Outside")
    minor = make_member("Mia Minor", majority_on=timezone.localdate() + dt.timedelta(days=400))
    for member in (adult, minor):
        join(course, member)
    assert candidates(course) == [adult]
    for member in (outside, minor):
        with refused(NotFound):
            appoint_staff(acting(stranger), course, member, role="assistant")
    assert appoint_staff(acting(stranger), course, adult, role="assistant").role == "assistant"


@pytest.mark.row("S9")
def test_a_course_keeps_an_instructor_who_stays(
    course: Course, instructor: Member, substitute: Member, colleague: Member
) -> None:
    with refused(FieldInvalid):
        end_enrollment(acting(instructor), course, instructor)
    appoint_staff(acting(instructor), course, colleague, role="instructor")
    end_enrollment(acting(instructor), course, instructor)
    assert course_place(colleague.pk, course.pk).leads


def test_an_instructor_who_stays_is_not_made_a_substitute_by_the_way(
    course: Course, instructor: Member, co_instructor: Member, school: School
) -> None:
    give_grant(SYSTEM, co_instructor, Grant.Kind.INSTRUCTOR, school=school)
    until = timezone.now() + dt.timedelta(hours=1)
    for member in (instructor, co_instructor):
        with refused(NotAllowed):
            appoint_staff(acting(instructor), course, member, role="instructor", until=until)


# Out, and back


@pytest.mark.row("S14")
def test_who_is_removed_comes_back_to_the_same_seat_and_the_same_groups(
    course: Course, room: Room, instructor: Member, student: Member
) -> None:
    group = make_group(course, instructor, student)
    written(room, student, "before")
    seat = standing_of(student, room).seat
    end_enrollment(acting(instructor), course, student, removed=True)
    assert not can_enter(student, room)
    bring_back(acting(instructor), course, student)
    assert standing_of(student, room).seat == seat
    assert can_enter(student, group)
    actions = AuditEntry.objects.filter(subject=student.pk, object_type="rooms.course").order_by("position")
    assert list(actions.values_list("action", flat=True)) == ["course.enroll", "course.leave", "course.enroll"]


@pytest.mark.row("S14")
def test_who_left_by_themselves_is_not_brought_back(course: Course, instructor: Member, student: Member) -> None:
    end_enrollment(acting(student), course, student)
    with refused(NotFound):
        bring_back(acting(instructor), course, student)


def test_a_substitute_whose_time_is_over_is_added_anew(course: Course, instructor: Member, substitute: Member) -> None:
    end_enrollment(acting(instructor), course, substitute, removed=True)
    Enrollment.objects.filter(member=substitute).update(until=timezone.now())
    with refused(NotAllowed) as caught:
        bring_back(acting(instructor), course, substitute)
    assert "new day" in caught.value.text


@pytest.mark.row("S14")
def test_removing_from_one_course_takes_nothing_of_another(
    course: Course, room: Room, instructor: Member, student: Member, school: School
) -> None:
    other = make_room(make_course(school, "Biology"))
    join(other.course, student)
    end_enrollment(acting(instructor), course, student, removed=True)
    assert (can_enter(student, room), can_enter(student, other)) == (False, True)


# The page


def states(course: Course, viewer: Member) -> dict[str, str]:
    return {line.member.name: line.state for line in people_of_course(course_place(viewer.pk, course.pk))}


@pytest.mark.row("S14")
def test_everybody_s_state_in_a_word(
    course: Course,
    instructor: Member,
    substitute: Member,
    student: Member,
    young_student: Member,
    parent: Member,
    unconsented_student: Member,
) -> None:
    gone = make_classmate(course, "Gil Gone")
    end_enrollment(acting(instructor), course, gone, removed=True)
    left = make_classmate(course, "Lee Left")
    end_enrollment(acting(left), course, left)
    assert states(course, instructor) == {
        unconsented_student.name: "waiting",
        student.name: "unlinked",
        young_student.name: "cleared",
        instructor.name: "cleared",
        substitute.name: "until",
        "Gil Gone": "removed",
        "Lee Left": "left",
    }
    make_guardian(student)
    assert states(course, instructor)[student.name] == "cleared"


@pytest.mark.row("S4")
def test_instructors_see_names_and_addresses_and_assistants_course_names(
    course: Course, instructor: Member, assistant: Member
) -> None:
    child = make_classmate(course, "Jada Amos", email="jada@example.org")
    lines = {who: people_of_course(course_place(who.pk, course.pk)) for who in (instructor, assistant)}
    seen = {who.pk: next((line.name, line.address) for line in lines[who] if line.member == child) for who in lines}
    assert seen == {instructor.pk: ("Jada Amos", "jada@example.org"), assistant.pk: ("Jada A.", "")}


def test_the_list_takes_the_same_statements_for_one_and_for_three(course: Course, instructor: Member) -> None:
    place, counts = course_place(instructor.pk, course.pk), []
    for number in (1, 3):
        while course.enrollments.filter(role=STUDENT).count() < number:
            make_guardian(make_classmate(course))
        with CaptureQueriesContext(connection) as statements:
            assert len(people_of_course(place)) == number + 1
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6
