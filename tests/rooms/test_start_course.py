"""Starting a course: by whom, where, and that nobody comes to an instructor whom nobody has confirmed (S1, S8)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from consent.actions.schools import end_grant, give_grant, join_school
from consent.models import Grant, School, SchoolAgreement, SchoolMembership
from rooms.actions.courses import archive_course, change_course, restore_course, start_course
from rooms.actions.enrollments import end_enrollment, enroll
from rooms.models import Course, Enrollment, Room
from rooms.permissions import can_let_in
from rooms.queries.courses import course_place, course_places, meets_people, posts_of
from rooms.queries.records import record_page, records_of
from tests.cast import (
    SYSTEM,
    acting,
    make_agreement,
    make_guardian,
    make_member,
    make_school,
    make_student,
    make_young_student,
)
from tests.rooms.tables import refused
from tests.rooms_cast import STUDENT, can_enter, join, make_direct, make_room, written

ROOMS = [("General", "all"), ("Announcements", "staff")]


def started(actor: Member, school: School | None, **fields: object) -> Course:
    return start_course(acting(actor), school, **{"title": "Chess club", "rooms": ROOMS, **fields})  # type: ignore[arg-type]


@pytest.fixture
def unconfirmed(school: School) -> Member:
    """Registered at the school as an instructor, and nobody has said so yet."""
    member = make_member("Nora New", course_name="Ms. New")
    join_school(SYSTEM, school, member, kind=SchoolMembership.Kind.INSTRUCTOR, source="member")
    return member


@pytest.mark.row("S8")
def test_a_started_course_is_private_has_its_rooms_and_its_instructor(school: School, instructor: Member) -> None:
    epoch = Access.objects.get(member=instructor).epoch
    course = started(instructor, school, description="  Openings and endings. ")
    assert (course.visibility, course.school, course.description) == ("private", school, "Openings and endings.")
    rooms = list(course.rooms.order_by("position").values_list("title", "kind", "posting"))
    assert rooms == [("General", "course", "all"), ("Announcements", "course", "staff")]
    row = Enrollment.objects.get(course=course)
    assert (row.member, row.role, row.seat, row.until) == (instructor, "instructor", 1, None)
    assert Access.objects.get(member=instructor).epoch == epoch + 1
    assert all(can_enter(instructor, room) for room in course.rooms.all())
    assert AuditEntry.objects.get(action="course.create").actor == instructor.pk
    assert join(course, make_student(school)).seat == 2


@pytest.mark.row("S8")
def test_to_others_there_is_no_such_course(
    school: School, instructor: Member, student: Member, parent: Member, stranger: Member, school_admin: Member
) -> None:
    course = started(instructor, school)
    assert course_place(instructor.pk, course.pk).leads
    for other in (student, parent, stranger, school_admin):
        with pytest.raises(NotFound) as foreign:
            course_place(other.pk, course.pk)
        with pytest.raises(NotFound) as absent:
            course_place(other.pk, course.pk + 1000)
        assert str(foreign.value) == str(absent.value)


@pytest.mark.row("S1")
@pytest.mark.parametrize("who", ["student", "parent", "supervisor", "stranger"])
def test_who_is_no_instructor_starts_none(school: School, who: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)
    assert posts_of(actor.pk) == []
    for where in (school, None):
        with refused(NotAllowed):
            started(actor, where)


@pytest.mark.row("S1")
def test_an_instructor_starts_one_where_they_are_known_and_nowhere_else(
    school: School, instructor: Member, unconfirmed: Member
) -> None:
    elsewhere = make_school("Another School")
    for actor in (instructor, unconfirmed):
        for where in (elsewhere, None):
            with refused(NotAllowed):
                started(actor, where)
    assert [(post.school, post.is_confirmed) for post in posts_of(instructor.pk)] == [(school, True)]
    assert [(post.school, post.is_confirmed) for post in posts_of(unconfirmed.pk)] == [(school, False)]


@pytest.mark.row("S1")
def test_an_unconfirmed_instructor_prepares_a_course_and_meets_nobody_in_it(
    school: School, unconfirmed: Member, student: Member
) -> None:
    course = started(unconfirmed, school)
    change_course(acting(unconfirmed), course, title="Chess", description="For beginners.")
    room = course.rooms.get(title="General")
    assert can_enter(unconfirmed, room)
    assert not meets_people(course)
    sentence = "Nobody can come into this course yet. The school has to confirm its instructor first."
    for actor in (unconfirmed, student):  # who invites, and who would join
        with refused(NotAllowed) as caught:
            enroll(acting(actor), course, student, role=STUDENT)
        assert caught.value.text == sentence
    with refused(NotAllowed) as caught:
        can_let_in(acting(unconfirmed), course)
    assert caught.value.text == sentence
    give_grant(SYSTEM, unconfirmed, Grant.Kind.INSTRUCTOR, school=school)
    can_let_in(acting(unconfirmed), course)
    enroll(acting(student), course, student, role=STUDENT)
    assert can_enter(student, room)


@pytest.mark.row("S1")
def test_a_confirmation_that_ends_lets_nobody_in_any_more(school: School, instructor: Member, student: Member) -> None:
    course = started(instructor, school)
    can_let_in(acting(instructor), course)
    end_grant(SYSTEM, Grant.objects.get(member=instructor, kind=Grant.Kind.INSTRUCTOR))
    with refused(NotAllowed):
        enroll(acting(student), course, student, role=STUDENT)


@pytest.mark.row("S1")
def test_an_independent_instructor_never_has_students_of_13_or_under(
    stranger: Member, school: School, agreement: SchoolAgreement
) -> None:
    give_grant(SYSTEM, stranger, Grant.Kind.INSTRUCTOR)
    course = started(stranger, None)
    young, grown = make_young_student(school), make_member("Ada Adult")
    with refused(NotAllowed) as caught:
        enroll(acting(young), course, young, role=STUDENT)
    assert "not for students of 13 or under" in caught.value.text
    assert enroll(acting(grown), course, grown, role=STUDENT).seat == 2


@pytest.mark.row("S18")
def test_a_young_student_joins_in_the_own_school_alone(
    instructor: Member, school: School, agreement: SchoolAgreement
) -> None:
    course = started(instructor, school)
    other = make_school("Another School")
    make_agreement(other)
    own, foreign = make_young_student(school), make_young_student(other)
    with refused(NotAllowed):
        enroll(acting(foreign), course, foreign, role=STUDENT)
    assert enroll(acting(own), course, own, role=STUDENT).seat == 2


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 121}),
        ("description", {"description": "x" * 2001}),
        ("rooms", {"rooms": []}),
        ("title", {"rooms": [("", "all")]}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_half_done(
    school: School, instructor: Member, field: str, values: dict[str, object]
) -> None:
    with refused(FieldInvalid) as caught:
        started(instructor, school, **values)
    assert caught.value.field == field


def test_a_new_name_is_on_record_and_told_to_everybody_s_pages(
    course: Course, instructor: Member, young_student: Member, parent: Member
) -> None:
    before = dict(Access.objects.values_list("member_id", "epoch"))
    change_course(acting(instructor), course, title="Algebra II", short_title="", description="")
    course.refresh_from_db()
    assert (course.title, course.short_title) == ("Algebra II", "Algebra II")
    after = dict(Access.objects.values_list("member_id", "epoch"))
    assert {member for member in after if after[member] != before[member]} == {
        instructor.pk,
        young_student.pk,
        parent.pk,
    }
    assert AuditEntry.objects.get(action="course.change").data["changed"] == ["short_title", "title"]


# The end of a course


@pytest.mark.row("S8")
def test_an_archived_course_is_in_no_list_and_read_by_those_who_were_in_it(
    course: Course, room: Room, instructor: Member, student: Member, parent: Member, young_student: Member
) -> None:
    written(room, student, "the last words")
    chat = make_direct(course, instructor, student)
    archive_course(acting(instructor), course)
    for member in (instructor, student, young_student, parent):
        assert not can_enter(member, room)
        assert [message.text for message in record_page(member.pk, room.pk).messages] == ["the last words"]
        assert course_place(member.pk, course.pk).is_record
    assert [line.standing.room for line in records_of(student.pk, course.pk)] == [room, chat]
    assert [line.standing.room for line in records_of(parent.pk, course.pk)] == [room]


@pytest.mark.row("S8")
def test_strangers_find_no_record(course: Course, room: Room, instructor: Member, stranger: Member) -> None:
    archive_course(acting(instructor), course)
    assert record_page(instructor.pk, room.pk).title == "General"
    for what in (lambda: record_page(stranger.pk, room.pk), lambda: course_place(stranger.pk, course.pk)):
        with pytest.raises(NotFound):
            what()


def test_a_room_that_is_open_has_no_record(course: Course, room: Room, instructor: Member) -> None:
    with pytest.raises(NotFound):
        record_page(instructor.pk, room.pk)


def test_what_is_archived_changes_no_more_until_it_is_brought_back(
    course: Course, room: Room, instructor: Member, stranger: Member
) -> None:
    archive_course(acting(instructor), course)
    changes = [
        lambda: change_course(acting(instructor), course, title="New"),
        lambda: archive_course(acting(instructor), course),
        lambda: enroll(acting(stranger), course, stranger, role=STUDENT),
        lambda: can_let_in(acting(instructor), course),
    ]
    for change in changes:
        with refused(NotAllowed) as caught:
            change()
        assert "archived" in caught.value.text
    restore_course(acting(instructor), course)
    assert can_enter(instructor, room)


@pytest.mark.row("S8")
def test_who_is_out_of_an_archived_course_reads_nothing_of_it(
    course: Course, room: Room, instructor: Member, student: Member
) -> None:
    end_enrollment(acting(instructor), course, student, removed=True)
    archive_course(acting(instructor), course)
    with pytest.raises(NotFound):
        record_page(student.pk, room.pk)


# A fixed number of statements


def test_the_list_of_courses_takes_the_same_statements_for_one_and_for_three(
    school: School, instructor: Member
) -> None:
    counts = []
    for number in (1, 3):
        while len(course_places(instructor.pk)) < number:
            started(instructor, school)
        with CaptureQueriesContext(connection) as statements:
            course_places(instructor.pk)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6


def test_a_parent_has_the_courses_of_the_children(course: Course, young_student: Member, parent: Member) -> None:
    join_elsewhere = make_guardian(young_student, slot=2)
    for guardian in (parent, join_elsewhere):
        places = course_places(guardian.pk)
        assert [(place.course, place.enrollment, place.children) for place in places] == [
            (course, None, (young_student,))
        ]


def test_a_substitute_s_course_is_theirs_until_the_end(course: Course) -> None:
    substitute = make_member()
    join(course, substitute, "instructor", until=timezone.now() + dt.timedelta(hours=1))
    place = course_place(substitute.pk, course.pk)
    assert (place.is_staff, place.leads) == (True, False)
    Enrollment.objects.filter(member=substitute).update(until=timezone.now())
    with pytest.raises(NotFound):
        course_place(substitute.pk, course.pk)


def test_a_room_made_later_is_there(course: Course, instructor: Member) -> None:
    assert can_enter(instructor, make_room(course, "Later"))
