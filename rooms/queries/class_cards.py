"""Class cards as the page of a course shows them: whose they are, and since when.

Invariant: a course is found here by its instructors and by the administrators of its school alone: a card lets in as
the child, so whoever can make one could be them. A card is for a student of that school without an address.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member
from consent.models import ClassCard, School, SchoolMembership
from consent.queries.duties import lacking_second_step
from consent.queries.schools import administered_school, administered_schools, in_time
from rooms.models import Course, Enrollment
from rooms.queries.standings import active_enrollments


@dataclass(frozen=True, slots=True)
class CardHolder:
    member: Member
    card: ClassCard | None


@dataclass(frozen=True, slots=True)
class CardsPage:
    """`with_address`: students who sign in by their own address and get no card."""

    course: Course
    school: School
    holders: Sequence[CardHolder]
    with_address: int

    @property
    def made_count(self) -> int:
        return sum(holder.card is not None for holder in self.holders)

    @property
    def newest(self) -> int:
        """What the page has seen: a form sent twice makes no second set."""
        return max((holder.card.pk for holder in self.holders if holder.card), default=0)


def course_for_cards(actor: Actor, course_id: int) -> tuple[Course, School]:
    """Raises NotFound, for a stranger and for an absent course alike."""
    courses = Course.objects.filter(school__isnull=False).select_related("school")
    if not actor.is_system:
        now, member_id = timezone.now(), actor.member_id or 0
        led = active_enrollments(now).filter(member=member_id, role=Enrollment.Role.INSTRUCTOR)
        is_taught = Q(pk__in=led.values("course"), archived_at__isnull=True)
        is_administered = Q(school__in=administered_schools(member_id))
        courses = courses.filter(is_taught if lacking_second_step([member_id]) else is_taught | is_administered)
    course = courses.filter(pk=course_id).first()
    if course is None or course.school is None:
        raise NotFound
    return course, course.school


def card_students(course: Course) -> QuerySet[Member]:
    """The students of the course who may have a card, by the name the class knows."""
    studies = student_memberships_at(course.school_id)
    students = _students(course).filter(is_k12=True, email__isnull=True, pk__in=studies.values("member"))
    return students.order_by("course_name", "pk")


def cards_page(actor: Actor, course_id: int) -> CardsPage:
    """Every student who may have a card, with the one that works. Raises NotFound. Five statements at most."""
    course, school = course_for_cards(actor, course_id)
    students = list(card_students(course))
    working = ClassCard.objects.filter(member__in=students, state=ClassCard.State.ACTIVE).select_related("issued_by")
    cards = {card.member_id: card for card in working}
    return CardsPage(
        course=course,
        school=school,
        holders=[CardHolder(student, cards.get(student.pk)) for student in students],
        with_address=_students(course).exclude(pk__in=[student.pk for student in students]).count(),
    )


@dataclass(frozen=True, slots=True)
class CourseCards:
    """`student_count`: who may have a card there; `made_count`: who has one."""

    course: Course
    student_count: int
    made_count: int


def school_cards(actor: Actor, school_id: int) -> list[CourseCards]:
    """The courses of a school in which somebody may have a card, by title, for its administrator. Raises NotFound. Four
    statements."""
    school = administered_school(actor, school_id)
    courses = list(Course.objects.filter(school=school, archived_at__isnull=True).order_by("title", "pk"))
    studies = student_memberships_at(school)
    rows = active_enrollments(timezone.now()).filter(course__in=courses, role=Enrollment.Role.STUDENT)
    rows = rows.filter(member__is_k12=True, member__email__isnull=True, member__in=studies.values("member"))
    students: dict[int, set[int]] = defaultdict(set)
    for course_id, member_id in rows.values_list("course_id", "member_id"):
        students[course_id].add(member_id)
    having = ClassCard.objects.filter(member__in=studies.values("member"), state=ClassCard.State.ACTIVE)
    have = set(having.values_list("member_id", flat=True))
    found = [CourseCards(each, len(students[each.pk]), len(students[each.pk] & have)) for each in courses]
    return [each for each in found if each.student_count]


def student_memberships_at(school: School | int | None) -> QuerySet[SchoolMembership]:
    return SchoolMembership.objects.filter(in_time(timezone.now()), kind=SchoolMembership.Kind.STUDENT, school=school)


def _students(course: Course) -> QuerySet[Member]:
    enrolled = active_enrollments(timezone.now()).filter(course=course, role=Enrollment.Role.STUDENT)
    return Member.objects.filter(pk__in=enrolled.values("member"))
