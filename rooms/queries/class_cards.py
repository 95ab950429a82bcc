"""Class cards as the page of a course shows them: whose they are, and since when.

Invariant: a course is found here by its instructors and by the administrators of its school alone: a card lets in as
the child, so whoever can make one could be them. A card is for a student of that school without an address.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member
from consent.models import ClassCard, School, SchoolMembership
from consent.queries.duties import lacking_second_step
from consent.queries.schools import administered_schools, in_time
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
    now = timezone.now()
    studies = SchoolMembership.objects.filter(in_time(now), kind=SchoolMembership.Kind.STUDENT, school=course.school_id)
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


def _students(course: Course) -> QuerySet[Member]:
    enrolled = active_enrollments(timezone.now()).filter(course=course, role=Enrollment.Role.STUDENT)
    return Member.objects.filter(pk__in=enrolled.values("member"))
