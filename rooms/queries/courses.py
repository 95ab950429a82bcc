"""Courses as somebody comes to them: where they may teach, which course is theirs, what stands on its page.

Invariant: a course is found through the member: an enrolment of theirs or of a linked child, and the gate lets them in.
What isn't theirs is not found, just as what doesn't exist.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Member, MemberState
from consent import gate
from consent.models import Grant, Registration, School, SchoolMembership
from consent.models.schools import Source
from consent.queries.facts import decisions_of
from consent.queries.schools import grants_of, in_time, schools_to_confirm
from rooms.events import PEER, STAFF
from rooms.models import Course, Enrollment
from rooms.queries.standings import PARENT, active_enrollments, active_links, was_let_in

# Where somebody may teach


@dataclass(frozen=True, slots=True)
class Post:
    """A school, or none: independent. Unconfirmed, one prepares a course there and meets nobody in it (S1)."""

    school: School | None
    is_confirmed: bool

    @property
    def school_id(self) -> int | None:
        return self.school.pk if self.school is not None else None


def posts_of(member_id: int) -> list[Post]:
    """Where the member may start a course: schools by name, then as an independent instructor. Three statements."""
    held = grants_of(member_id).filter(confirms()).select_related("school")
    confirmed = {grant.school_id: grant.school for grant in held}
    waiting = [school for school in schools_to_confirm(member_id) if school.pk not in confirmed]
    posts = [Post(school, True) for school in confirmed.values() if school is not None]
    posts += [Post(school, False) for school in waiting]
    posts.sort(key=lambda post: (str(post.school), post.school_id))
    if None in confirmed:
        return [*posts, Post(None, True)]
    return [*posts, Post(None, False)] if _is_independent(member_id) else posts


def _is_independent(member_id: int) -> bool:
    """Registered as an instructor of no school; the operator's word is still missing."""
    registered = Registration.objects.filter(member=member_id, kind=Registration.Kind.INSTRUCTOR)
    return registered.filter(school__isnull=True).exists()


def confirms() -> Q:
    """The grants that make a confirmed instructor: of a school its administrator too, of none the instructor's own."""
    return Q(kind=Grant.Kind.INSTRUCTOR) | Q(kind=Grant.Kind.SCHOOL_ADMIN, school__isnull=False)


def meets_people(course: Course, *, now: datetime | None = None) -> bool:
    """Whether an instructor who stays is confirmed for the course's school, or for none (S1)."""
    now = now or timezone.now()
    leading = active_enrollments(now).filter(course=course, role=Enrollment.Role.INSTRUCTOR, until__isnull=True)
    grants = Grant.objects.filter(in_time(now), confirms(), school=course.school_id)
    return grants.filter(member__in=leading.values("member")).exists()


# Whose course it is


@dataclass(frozen=True, slots=True)
class CoursePlace:
    """A course as one member has it. `enrollment` None: read along, with a child inside."""

    course: Course
    enrollment: Enrollment | None
    children: tuple[Member, ...] = ()

    @property
    def is_staff(self) -> bool:
        return self.enrollment is not None and self.enrollment.is_staff

    @property
    def is_instructor(self) -> bool:
        return self.enrollment is not None and self.enrollment.role == Enrollment.Role.INSTRUCTOR

    @property
    def leads(self) -> bool:
        return self.enrollment is not None and self.enrollment.leads

    @property
    def view(self) -> str:
        return STAFF if self.is_staff else PEER if self.enrollment is not None else PARENT

    @property
    def is_record(self) -> bool:
        return self.course.archived_at is not None


def course_place(member_id: int, course_id: int) -> CoursePlace:
    """The course through the member. Raises NotFound."""
    place = next((place for place in course_places(member_id) if place.course.pk == course_id), None)
    if place is None:
        raise NotFound
    return place


def course_places(member_id: int) -> list[CoursePlace]:
    """Every course of the member's and of their children's, by title, those that are records last. Six statements at
    most."""
    now = timezone.now()
    decision = decisions_of([member_id], now=now).get(member_id)
    links = active_links(now).filter(guardian=member_id)
    rows = active_enrollments(now).filter(Q(member=member_id) | Q(member__in=links.values("child")))
    own: dict[int, Enrollment] = {}
    children: dict[int, list[Member]] = {}
    courses: dict[int, Course] = {}
    for row in rows.select_related("course__school", "member").order_by("member__name", "pk"):
        if not admits(decision, row.course) or not (row.member_id == member_id or was_let_in(row.member)):
            continue
        courses[row.course_id] = row.course
        if row.member_id == member_id:
            own[row.course_id] = row
        else:
            children.setdefault(row.course_id, []).append(row.member)
    places = [CoursePlace(course, own.get(pk), tuple(children.get(pk, ()))) for pk, course in courses.items()]
    return sorted(places, key=lambda place: (place.is_record, place.course.title, place.course.pk))


def admits(decision: gate.Decision | None, course: Course) -> bool:
    """Whether the gate lets somebody into a course: a young student only where the school has an agreement (S18)."""
    if not isinstance(decision, gate.Allow):
        return False
    return decision.schools is None or course.school_id in decision.schools


# Who leads it


def leading(course: Course, *, now: datetime | None = None) -> QuerySet[Enrollment]:
    """Instructors who stay."""
    rows = active_enrollments(now or timezone.now()).filter(course=course)
    return rows.filter(role=Enrollment.Role.INSTRUCTOR, until__isnull=True).select_related("member").order_by("seat")


def staff_of(course: Course, *, now: datetime | None = None) -> list[Enrollment]:
    """Instructors first, then assistants; each by seat."""
    rows = active_enrollments(now or timezone.now()).filter(course=course, role__in=Enrollment.STAFF)
    return sorted(rows.select_related("member"), key=lambda row: (row.role != Enrollment.Role.INSTRUCTOR, row.seat))


def candidates(course: Course) -> list[Member]:
    """Whom its instructor can make staff: in a school who is confirmed there or on its list of staff; where there is
    none, the adults of the course. Not yet staff of it. By name."""
    now = timezone.now()
    inside = active_enrollments(now).filter(course=course)
    staff = inside.filter(role__in=Enrollment.STAFF, until__isnull=True)
    found = Member.objects.filter(_may_be_staff(course, now), state=MemberState.ACTIVE)
    if course.school_id is None:
        found = found.filter(pk__in=inside.values("member"))
    return list(found.exclude(pk__in=staff.values("member")).order_by("name", "pk"))


def may_be_staff(course: Course, member: Member) -> bool:
    """Whether the school knows them as somebody who works there; where there is none, whether they are grown up."""
    return Member.objects.filter(_may_be_staff(course, timezone.now()), pk=member.pk, state=MemberState.ACTIVE).exists()


def _may_be_staff(course: Course, now: datetime) -> Q:
    confirmed = Grant.objects.filter(in_time(now), confirms(), school=course.school_id)
    is_confirmed = Q(pk__in=confirmed.values("member"))
    if course.school_id is None:
        return is_confirmed | Q(is_k12=False) & (Q(majority_on__isnull=True) | Q(majority_on__lte=now.date()))
    listed = SchoolMembership.objects.filter(
        in_time(now), school=course.school_id, kind=SchoolMembership.Kind.STAFF
    ).exclude(source=Source.MEMBER)  # by the school's word, not by one's own
    return is_confirmed | Q(pk__in=listed.values("member"))


def is_confirmed(member_ids: Collection[int], course: Course) -> set[int]:
    """Those who are confirmed as instructors for the course's school, or for none."""
    grants = Grant.objects.filter(in_time(timezone.now()), confirms(), school=course.school_id)
    return set(grants.filter(member__in=member_ids).values_list("member_id", flat=True))
