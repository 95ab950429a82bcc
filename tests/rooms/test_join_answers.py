"""What a course asks who joins: chosen from a list, never asked of the young, read by its instructors, corrected and
deleted by whoever answered (S1, S5)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.members import change_state
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import AuditEntry, Member, MemberState
from consent.actions.schools import give_grant
from consent.models import Grant, School, SchoolAgreement
from rooms.actions.courses import archive_course, choose_questions, start_course
from rooms.actions.enrollments import bring_back, end_enrollment
from rooms.actions.join_answers import correct_answers, delete_answer, forget_answers_of_the_closed
from rooms.actions.join_codes import make_code
from rooms.actions.joining import join_course
from rooms.models import Course, Enrollment, JoinAnswer, Question
from rooms.queries.courses import course_place
from rooms.queries.join_answers import answered_courses, answering
from rooms.queries.offers import Offer
from rooms.queries.people import people_of_course
from rooms.queries.profiles import VIEWS, profile_seen, seen_as
from tests.cast import SYSTEM, acting, make_guardian, make_student, make_young_student
from tests.rooms_cast import ASSISTANT, INSTRUCTOR, join, make_classmate, make_course

pytestmark = pytest.mark.row("S1")

ASKED = [Question.SCHOOL, Question.GRADUATION_YEAR]
SAID = {"school": "Juniper  Bend ", "graduation_year": "2028", "employer": "not asked", "about": "not on the list"}
KEPT = {"school": "Juniper Bend", "graduation_year": "2028"}


@pytest.fixture
def offer(school: School, instructor: Member, course: Course, agreement: SchoolAgreement) -> Offer:
    """Algebra I asks for school and year; its code is on the wall."""
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    choose_questions(acting(instructor), course, ASKED)
    return Offer.of_code(make_code(acting(instructor), course))


@pytest.fixture
def newcomer(school: School) -> Member:
    """16, of the school and in no course yet."""
    return make_student(school, "Noah Brandt")


@pytest.fixture
def answered(offer: Offer, newcomer: Member) -> Enrollment:
    return joined(offer, newcomer)


def joined(offer: Offer, member: Member, **said: str) -> Enrollment:
    return join_course(acting(member), offer, member, address="203.0.113.7", answers=said or SAID)


def kept(place: Enrollment) -> dict[str, str]:
    return dict(place.answers.values_list("question", "value"))


def read_by(viewer: Member, place: Enrollment) -> list[str]:
    """The answers on the people page."""
    lines = people_of_course(course_place(viewer.pk, place.course_id))
    return [answer.value for line in lines if line.enrollment == place for answer in line.answers]


# Asking


def test_whoever_leads_picks_from_the_list_in_its_order(course: Course, instructor: Member) -> None:
    choose_questions(acting(instructor), course, ["employer", "school"])
    course.refresh_from_db()
    assert course.questions == ["school", "employer"]
    entry = AuditEntry.objects.get(action="course.ask")
    assert (entry.actor, entry.data["questions"]) == (instructor.pk, ["school", "employer"])


def test_nothing_that_is_not_on_the_list_is_asked(course: Course, instructor: Member, school: School) -> None:
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    before = Course.objects.count()
    for ask in (
        lambda: choose_questions(acting(instructor), course, ["school", "home_address"]),
        lambda: start_course(
            acting(instructor), school, title="Chess", rooms=[("General", "all")], questions=["email"]
        ),
    ):
        with pytest.raises(FieldInvalid) as refused:
            ask()
        assert (refused.value.field, refused.value.text) == (
            "questions",
            "Choose from the list: nothing else can be asked.",
        )
    course.refresh_from_db()
    assert (course.questions, Course.objects.count()) == ([], before)


def test_nobody_else_picks(
    course: Course, instructor: Member, assistant: Member, student: Member, stranger: Member
) -> None:
    join(course, student)
    for member, error in ((assistant, NotAllowed), (student, NotAllowed), (stranger, NotFound)):
        with pytest.raises(error):
            choose_questions(acting(member), course, ASKED)
    archive_course(acting(instructor), course)
    with pytest.raises(NotAllowed):
        choose_questions(acting(instructor), course, ASKED)


# Answering


def test_an_answer_is_kept_as_names_are_and_what_is_not_asked_is_dropped(answered: Enrollment) -> None:
    assert kept(answered) == KEPT
    assert JoinAnswer.objects.count() == 2


def test_each_may_stay_empty(offer: Offer, newcomer: Member) -> None:
    assert kept(joined(offer, newcomer, school=" ", graduation_year="2028")) == {"graduation_year": "2028"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"graduation_year": "soon"}, "Write a year, such as 2027."),
        ({"school": "x" * 121}, "At most 120 characters fit here."),
        ({"school": "turned \u202e round"}, "Write it on one line, without control characters."),
    ],
)
def test_what_does_not_fit_is_refused_and_nobody_has_joined(
    offer: Offer, newcomer: Member, said: dict[str, str], sentence: str
) -> None:
    with pytest.raises(FieldInvalid) as refused:
        joined(offer, newcomer, **said)
    assert (refused.value.field, refused.value.text) == (next(iter(said)), sentence)
    assert not Enrollment.objects.filter(member=newcomer).exists()


@pytest.mark.row("S18")
def test_the_young_and_those_of_unknown_age_are_asked_nothing_and_what_they_post_is_dropped(
    offer: Offer, school: School
) -> None:
    unknown = make_young_student(school, "Ravi Nair", age_known=False, protected_until=None)
    for child in (make_young_student(school, "Mina Kim"), unknown):
        place = joined(offer, child)
        with pytest.raises(NotFound):
            answering(child, place.course_id)
        with pytest.raises(NotAllowed):
            correct_answers(acting(child), place, SAID)
    assert not JoinAnswer.objects.exists()


def test_staff_are_asked_nothing(offer: Offer, course: Course, co_instructor: Member) -> None:
    with pytest.raises(NotFound):
        answering(co_instructor, course.pk)


def test_who_is_in_already_answers_nothing_by_the_way(offer: Offer, student: Member, course: Course) -> None:
    join(course, student)
    assert kept(joined(offer, student)) == {}


# Reading


def test_the_instructors_of_the_course_read_it_and_nobody_else(
    answered: Enrollment, course: Course, school: School, instructor: Member, assistant: Member
) -> None:
    substitute, other = make_student(school), make_student(school)
    assert read_by(instructor, answered) == ["Juniper Bend", "2028"]
    join(course, substitute, INSTRUCTOR)
    assert read_by(substitute, answered) == ["Juniper Bend", "2028"]
    assert read_by(assistant, answered) == []
    join(make_course(school, "Biology"), other, ASSISTANT)
    with pytest.raises(NotFound):
        read_by(other, answered)


@pytest.mark.row("S4")
def test_on_the_page_of_the_member_the_linked_parent_alone_reads_it(
    answered: Enrollment, instructor: Member, classmate: Member
) -> None:
    member, parent = answered.member, make_guardian(answered.member)
    seen = {who: [each.value for each in profile_seen(who.pk, member.pk).answers] for who in (parent, instructor)}
    assert seen == {parent: ["Juniper Bend", "2028"], instructor: []}
    assert [each.value for each in profile_seen(classmate.pk, member.pk).answers] == []
    assert [view for view in VIEWS if seen_as(member, view).answers] == ["parent"]


def test_of_whom_is_out_or_held_nothing_is_read(answered: Enrollment, instructor: Member, course: Course) -> None:
    member = answered.member
    change_state(SYSTEM, member, MemberState.SUSPENDED, reason="looked into")
    assert read_by(instructor, answered) == []
    change_state(SYSTEM, member, MemberState.ACTIVE, reason="settled")
    end_enrollment(acting(instructor), course, member, removed=True)
    assert read_by(instructor, answered) == []
    bring_back(acting(instructor), course, member)
    assert read_by(instructor, answered) == ["Juniper Bend", "2028"]


def test_the_list_takes_the_same_statements_for_one_and_for_three(
    offer: Offer, course: Course, instructor: Member, school: School
) -> None:
    counts = []
    for number in (1, 3):
        while course.enrollments.filter(role="student").count() < number:
            joined(offer, make_student(school))
        with CaptureQueriesContext(connection) as statements:
            lines = people_of_course(course_place(instructor.pk, course.pk))
            assert sum(len(line.answers) for line in lines) == 2 * number
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_one_s_own_take_the_same_statements_for_one_course_and_for_three(school: School, newcomer: Member) -> None:
    counts = []
    for number in (1, 3):
        while newcomer.enrollments.count() < number:
            course = make_course(school)
            choose_questions(SYSTEM, course, ASKED)
            correct_answers(acting(newcomer), join(course, newcomer), SAID)
        with CaptureQueriesContext(connection) as statements:
            assert [len(each.answers) for each in answered_courses(newcomer)] == [2] * number
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5


# Correcting, deleting, and what ends


@pytest.mark.row("S5")
def test_an_answer_is_corrected_and_deleted_with_a_record_that_says_nothing_of_it(answered: Enrollment) -> None:
    actor = acting(answered.member)
    correct_answers(actor, answered, {"school": "Hollow Creek", "graduation_year": "", "employer": "dropped"})
    assert kept(answered) == {"school": "Hollow Creek"}
    delete_answer(actor, answered.answers.get().pk)
    assert kept(answered) == {}
    entries = AuditEntry.objects.filter(action__startswith="join_answer", subject=answered.member_id).order_by("pk")
    assert [(entry.action, entry.data["questions"]) for entry in entries] == [
        ("join_answer.kept", ["graduation_year", "school"]),
        ("join_answer.kept", ["school"]),
        ("join_answer.deleted", ["graduation_year"]),
        ("join_answer.deleted", ["school"]),
    ]
    assert not any(said in str(entry.data) for entry in entries for said in ("Juniper", "Hollow", "2028"))


@pytest.mark.row("S5")
def test_nobody_changes_another_s(answered: Enrollment, instructor: Member, stranger: Member) -> None:
    number = answered.answers.latest("pk").pk
    for member in (instructor, stranger, make_guardian(answered.member)):
        with pytest.raises(NotFound):
            delete_answer(acting(member), number)
        with pytest.raises(NotFound):
            correct_answers(acting(member), answered, {"school": "Elsewhere"})
    assert kept(answered) == KEPT


def test_what_is_asked_no_longer_is_not_kept(answered: Enrollment, course: Course, instructor: Member) -> None:
    other = make_classmate(course)
    assert other.enrollments.get().answers.count() == 0
    choose_questions(acting(instructor), course, [Question.SCHOOL])
    assert kept(answered) == {"school": "Juniper Bend"}
    assert AuditEntry.objects.filter(action="course.ask").latest("pk").data["deleted_count"] == 1


def test_who_leaves_takes_the_answers_along_and_who_was_removed_can_delete_them(
    answered: Enrollment, offer: Offer, course: Course, instructor: Member, school: School
) -> None:
    end_enrollment(acting(answered.member), course, answered.member)
    assert kept(answered) == {}
    removed = joined(offer, make_student(school))
    end_enrollment(acting(instructor), course, removed.member, removed=True)
    assert kept(removed) == KEPT
    (own,) = answered_courses(removed.member)
    assert (own.may_correct, own.is_read) == (False, False)
    with pytest.raises(NotFound):
        correct_answers(acting(removed.member), removed, SAID)
    delete_answer(acting(removed.member), own.answers[0].pk)
    assert kept(removed) == {"graduation_year": "2028"}


@pytest.mark.row("S5")
def test_an_account_that_is_closed_leaves_no_answer(answered: Enrollment, offer: Offer, school: School) -> None:
    stays = joined(offer, make_student(school))
    change_state(SYSTEM, answered.member, MemberState.DEACTIVATED, reason="left")
    assert forget_answers_of_the_closed() == 0  # for 30 days they may come back to all of it
    change_state(SYSTEM, answered.member, MemberState.CLOSED, reason="left")
    assert forget_answers_of_the_closed() == 1
    assert (kept(answered), kept(stays)) == ({}, KEPT)
    entry: Any = AuditEntry.objects.filter(action="join_answer.deleted").latest("pk")
    assert (entry.actor, entry.subject) == (None, answered.member_id)
