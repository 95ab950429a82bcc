"""Who sees which field of whom: the one query of profiles (S3, S4).

Invariants: a field is closed unless its audience reaches the viewer; two exceptions and no third: the instructors of a
student's own courses see name and email, a linked parent sees everything of the child. Whoever shares nothing with a
member finds nothing, just as where there is nobody. What others see of one is shown by the same rule (`seen_as`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise

from accounts.errors import NotFound
from accounts.models import Member, MemberState, ProfileField
from consent.gate import Allow
from consent.models import Scope
from consent.queries.facts import decisions_of, scopes_of
from rooms.models import Course, Enrollment, JoinAnswer
from rooms.queries.courses import admits
from rooms.queries.join_answers import answers_of
from rooms.queries.standings import active_enrollments, active_links, was_let_in

Field, Audience = ProfileField.Field, ProfileField.Audience
INSTRUCTOR, STUDENT = Enrollment.Role.INSTRUCTOR, Enrollment.Role.STUDENT
ALWAYS_FOR_INSTRUCTORS = (Field.NAME, Field.EMAIL)


@dataclass(frozen=True, slots=True)
class Relation:
    """How somebody stands to a member. `instructs`: them or their child; `instructs_student`: them, as a student."""

    is_member: bool = False
    shares_course: bool = False
    instructs: bool = False
    instructs_student: bool = False
    is_guardian: bool = False
    is_self: bool = False

    def sees(self, field: str, audience: str) -> bool:
        if self.is_self or self.is_guardian or (self.instructs_student and field in ALWAYS_FOR_INSTRUCTORS):
            return True
        return {
            Audience.ME: False,
            Audience.MY_INSTRUCTORS: self.instructs,
            Audience.MY_COURSES: self.instructs or self.shares_course,
            Audience.MEMBERS: self.is_member,
            Audience.EVERYONE: True,
        }[Audience(audience)]


@dataclass(frozen=True, slots=True)
class Place:
    """A course that both have to do with, and what the member is there."""

    title: str
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a profile as its owner has it. `is_for_instructors`: a student's see it, whatever is chosen."""

    field: ProfileField.Field
    value: str
    audience: ProfileField.Audience
    is_for_instructors: bool = False

    @property
    def is_open(self) -> bool:
        """By choice."""
        is_chosen = not self.is_for_instructors or self.audience != Audience.MY_INSTRUCTORS
        return self.audience != Audience.ME and is_chosen

    @property
    def reaches(self) -> ProfileField.Audience:
        is_closed = self.audience == Audience.ME
        return Audience.MY_INSTRUCTORS if is_closed and self.is_for_instructors else self.audience

    @property
    def choices(self) -> Sequence[tuple[str, str | Promise]]:
        """What can be chosen for it."""
        return Audience.choices[1:] if self.is_for_instructors else Audience.choices


@dataclass(frozen=True, slots=True)
class SeenProfile:
    """`name` "": the viewer may know no name. `lines` are seen, `hidden` are not: those are for the owner's eyes.
    `answers`: to what courses asked the member who joined; for a linked parent, who sees everything (S4)."""

    member: Member
    name: str
    places: Sequence[Place]
    lines: Sequence[Line]
    relation: Relation
    hidden: Sequence[Line] = field(default=(), repr=False)
    answers: Sequence[JoinAnswer] = ()

    @property
    def is_found(self) -> bool:
        return bool(self.name or self.lines)

    @property
    def picture(self) -> str:
        """The name of its file, "" where there is none to be seen."""
        return next((line.value for line in self.lines if line.field == Field.PICTURE), "")

    @property
    def written(self) -> Sequence[Line]:
        return [line for line in self.lines if line.field != Field.PICTURE]


def profile_seen(viewer_id: int | None, member_id: int) -> SeenProfile:
    """The profile as the viewer may see it now; None is anybody without an account. Raises NotFound. Ten statements
    at most."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    met = _meeting(viewer_id, member)
    seen = _seen(member, own_lines(member), met.relation, met.name, met.places, is_here=_is_here(member))
    if not seen.is_found:
        raise NotFound
    return seen


def picture_seen(viewer_id: int | None, file: str) -> None:
    """Whether this picture is for the viewer. Raises NotFound."""
    row = ProfileField.objects.filter(field=Field.PICTURE, value=file).first()
    if row is None or profile_seen(viewer_id, row.member_id).picture != file:
        raise NotFound


def own_lines(member: Member) -> list[Line]:
    """Everything in the profile, in the order of the pages; what is empty is left out. Two statements."""
    rows = {row.field: row for row in ProfileField.objects.filter(member=member)}
    of_member = {Field.NAME: member.name, Field.EMAIL: member.email or ""}
    is_young, studies = member.is_protected_on(timezone.localdate()), is_student(member)
    found = []
    for each in Field:
        row = rows.get(each)
        value = of_member.get(each, row.value if row is not None else "")
        audience = Audience(row.audience) if row is not None and not is_young else Audience.ME
        if value:
            found.append(Line(each, value, audience, studies and each in ALWAYS_FOR_INSTRUCTORS))
    return found


def _seen(
    member: Member,
    lines: Sequence[Line],
    relation: Relation,
    name: str,
    places: Sequence[Place],
    *,
    is_here: bool,
) -> SeenProfile:
    """Of whom the gate holds, and of whom has left, audiences open nothing."""
    closed = [replace(line, audience=Audience.ME) for line in lines] if not is_here else lines
    seen = [line for line in closed if relation.sees(line.field, line.audience)]
    full = next((line.value for line in seen if line.field == Field.NAME), "")
    fields = {line.field for line in seen}
    hidden = [line for line in lines if line.field not in fields]
    answers = answers_of(member) if relation.is_guardian else []
    return SeenProfile(member, name or full, places, seen, relation, hidden, answers)


def _is_here(member: Member) -> bool:
    return member.state == MemberState.ACTIVE and isinstance(decisions_of([member.pk])[member.pk], Allow)


# How two people meet


@dataclass(frozen=True, slots=True)
class _Meeting:
    relation: Relation
    name: str = ""
    places: Sequence[Place] = ()


def _meeting(viewer_id: int | None, member: Member) -> _Meeting:
    if viewer_id is None:
        return _Meeting(Relation())
    facts = _Facts(viewer_id, member, timezone.now())
    if viewer_id == member.pk:
        return _Meeting(Relation(is_member=True, is_self=True), member.course_name, facts.places(facts.courses))
    is_guardian = member.pk in facts.children[viewer_id]
    shared = {row.course_id: row.course for row in facts.met_in()}
    relation = Relation(
        is_member=True,
        shares_course=bool(shared),
        instructs=facts.instructs,
        instructs_student=facts.instructs_student,
        is_guardian=is_guardian,
    )
    is_known = bool(shared) or is_guardian or facts.is_childs_guardian
    courses = facts.courses if is_guardian else shared
    return _Meeting(relation, member.course_name if is_known else "", facts.places(courses))


class _Facts:
    """Courses and children of two people: theirs, as the gate lets them in."""

    def __init__(self, viewer_id: int, member: Member, now: datetime) -> None:
        self.viewer_id, self.member = viewer_id, member
        self.children: dict[int, set[int]] = {viewer_id: set(), member.pk: set()}
        for guardian, child in active_links(now).filter(guardian__in=self.children).values_list("guardian", "child"):
            self.children[guardian].add(child)
        people = {viewer_id, member.pk, *self.children[viewer_id], *self.children[member.pk]}
        rows = active_enrollments(now).filter(member__in=people).select_related("course__school", "member")
        decision = decisions_of([viewer_id], now=now).get(viewer_id)
        self.rows = list(rows.order_by("course__title", "course"))
        self.own = {row.course_id: row for row in self._of(viewer_id) if admits(decision, row.course)}
        self.courses = {row.course_id: row.course for row in self._of(member.pk)}
        self.is_childs_guardian = viewer_id in self.children[member.pk]

    def _of(self, *members: int) -> list[Enrollment]:
        return [row for row in self.rows if row.member_id in members]

    def _of_children(self, guardian: int) -> list[Enrollment]:
        return [row for row in self._of(*self.children[guardian]) if was_let_in(row.member)]

    def met_in(self) -> list[Enrollment]:
        """The rows of the courses in which the viewer may know the member by name."""
        theirs = self._of(self.member.pk)
        met = [row for row in theirs if row.course_id in self.own and self._is_known(row)]
        read_along = {row.course_id for row in self._of_children(self.viewer_id)}
        met += [row for row in theirs if row.is_staff and row.course_id in read_along]
        return met + self._families_taught()

    def _families_taught(self) -> list[Enrollment]:
        """The viewer is staff where a child of the member is a student."""
        staffed = {course for course, row in self.own.items() if row.is_staff}
        return [row for row in self._of_children(self.member.pk) if row.course_id in staffed]

    def _is_known(self, row: Enrollment) -> bool:
        """As in the roster: staff know everybody, everybody knows staff; classmates whom they may (S3, S20)."""
        if row.is_staff or self.own[row.course_id].is_staff:
            return True
        return row.hidden_at is None and was_let_in(self.member) and is_visible_to_peers(self.member)

    @property
    def instructs_student(self) -> bool:
        theirs = [row for row in self._of(self.member.pk) if row.role == STUDENT]
        return any(self._leads(row.course_id) for row in theirs)

    @property
    def instructs(self) -> bool:
        return self.instructs_student or any(self._leads(row.course_id) for row in self._families_taught())

    def _leads(self, course_id: int) -> bool:
        return course_id in self.own and self.own[course_id].role == INSTRUCTOR

    def places(self, courses: Mapping[int, Course] | Collection[int]) -> list[Place]:
        """What the member is in these courses."""
        rows = [row for row in self._of(self.member.pk) if row.course_id in courses]
        return [Place(row.course.short_title, row.role) for row in rows]


def is_visible_to_peers(member: Member) -> bool:
    """A young student needs the scope for it (S3)."""
    return Scope.VISIBLE_TO_PEERS in scopes_of([member.pk])[member.pk]


# As others see me

CLASSMATE, INSTRUCTS, GUARDIAN, OTHER_PARENT, PUBLIC = "classmate", "instructor", "parent", "other-parent", "public"
VIEWS: Mapping[str, Relation] = {
    CLASSMATE: Relation(is_member=True, shares_course=True),
    INSTRUCTS: Relation(is_member=True, shares_course=True, instructs=True, instructs_student=True),
    GUARDIAN: Relation(is_member=True, is_guardian=True),
    OTHER_PARENT: Relation(is_member=True),
    PUBLIC: Relation(),
}


def views_of(member: Member) -> list[str]:
    """Those as whom somebody may look at their own page: who studies nowhere has no instructor and no linked parent."""
    if is_student(member):
        return list(VIEWS)
    return [CLASSMATE, OTHER_PARENT, PUBLIC]


def is_student(member: Member) -> bool:
    return member.is_k12 or active_enrollments(timezone.now()).filter(member=member, role=STUDENT).exists()


def seen_as(member: Member, view: str) -> SeenProfile:
    """One's own page as others see it; maybe one that is not found (`is_found`). Raises NotFound for no such view."""
    if view not in views_of(member):
        raise NotFound
    relation, rows = (
        VIEWS[view],
        list(active_enrollments(timezone.now()).filter(member=member).select_related("course")),
    )
    if view == OTHER_PARENT and any(row.is_staff for row in rows):
        rows = [row for row in rows if row.is_staff]
        relation = replace(relation, shares_course=True)  # families of a course know its staff
    knows = relation.is_guardian or relation.instructs or (relation.shares_course and _is_known_to_peers(member, rows))
    relation = relation if knows else replace(relation, shares_course=False)
    places = [Place(row.course.short_title, row.role) for row in rows] if knows else []
    places = places if view == GUARDIAN else places[:1]
    name = member.course_name if knows else ""
    return _seen(member, own_lines(member), relation, name, places, is_here=_is_here(member))


def _is_known_to_peers(member: Member, rows: Sequence[Enrollment]) -> bool:
    if not rows or any(row.is_staff for row in rows):
        return bool(rows)
    return rows[0].hidden_at is None and is_visible_to_peers(member)
