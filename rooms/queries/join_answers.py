"""What a student is asked who joins a course, and what was answered, for each who reads it (S1).

Invariants: nobody of 13 or under, or of unknown age in a school, is asked anything; an answer is read by the
instructors of its course while the student is inside, by the student, and by the linked parents.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Member
from consent.gate import is_protected
from consent.queries.facts import gate_facts
from rooms.models import Course, Enrollment, JoinAnswer, Question
from rooms.queries.standings import active_enrollments


def questions_of(course: Course) -> list[Question]:
    """In the order of the fixed list."""
    return [question for question in Question if question in course.questions]


def questions_for(course: Course, member: Member, role: str) -> list[Question]:
    """Those that the course puts to this person. Three statements, where it asks anything."""
    asked = questions_of(course) if role == Enrollment.Role.STUDENT else []
    return asked if asked and may_be_asked(member) else []


def may_be_asked(member: Member) -> bool:
    """By either measure of age: what is unclear is decided for the child."""
    if member.is_protected_on(timezone.localdate()):
        return False
    return not is_protected(gate_facts([member.pk])[member.pk], timezone.now())


def answers_in(course: Course) -> Mapping[int, Sequence[JoinAnswer]]:
    """Enrolment → answers; none where nothing is asked. One statement, however many people."""
    found: dict[int, list[JoinAnswer]] = defaultdict(list)
    if course.questions:
        for answer in JoinAnswer.objects.filter(enrollment__course=course):
            found[answer.enrollment_id].append(answer)
    return {enrollment: in_order(answers) for enrollment, answers in found.items()}


def answers_of(member: Member) -> list[JoinAnswer]:
    """Everything that the member answered, course by course. One statement."""
    rows = JoinAnswer.objects.filter(enrollment__member=member).select_related("enrollment__course")
    return sorted(in_order(rows), key=lambda row: (row.enrollment.course.title, row.enrollment.course_id))


@dataclass(frozen=True, slots=True)
class AnsweredCourse:
    """One course on one's own page. `may_correct`: one is in it, and it asks. `is_read`: by its instructors, now."""

    course: Course
    answers: Sequence[JoinAnswer]
    may_correct: bool

    @property
    def is_read(self) -> bool:
        return self.may_correct and bool(self.answers)


def answered_courses(member: Member) -> list[AnsweredCourse]:
    """Courses that ask the member something, and those that have an answer still. Five statements at most."""
    answers: dict[int, list[JoinAnswer]] = defaultdict(list)
    for answer in answers_of(member):
        answers[answer.enrollment.course_id].append(answer)
    rows = active_enrollments(timezone.now()).filter(member=member, role=Enrollment.Role.STUDENT)
    asking = {row.course_id: row.course for row in rows.select_related("course") if questions_of(row.course)}
    if asking and not may_be_asked(member):
        asking = {}
    answered = {pk: found[0].enrollment.course for pk, found in answers.items()}
    courses = sorted((asking | answered).values(), key=lambda course: (course.title, course.pk))
    return [AnsweredCourse(course, answers[course.pk], course.pk in asking) for course in courses]


def in_order(answers: Iterable[JoinAnswer]) -> list[JoinAnswer]:
    return sorted(answers, key=lambda answer: list(Question).index(Question(answer.question)))


def answering(member: Member, course_id: int) -> Enrollment:
    """The place in a course that asks the member something. Raises NotFound."""
    rows = active_enrollments(timezone.now()).filter(member=member, course=course_id).select_related("course")
    row = rows.first()
    if row is None or not questions_for(row.course, member, row.role):
        raise NotFound
    return row
