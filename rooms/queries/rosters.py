"""Seats turned into names, for one view: the one rule of where a frame's seat meets a name.

Staff read every course name; classmates read those who may be visible to them and "Student 7" for the others (S3);
a linked parent reads staff and the own child, and "Student 7" for every other child (S22).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.models import Member, MemberState
from consent.models import Scope
from consent.queries.facts import scopes_of
from rooms.events import PEER, STAFF
from rooms.models import Course, Enrollment, Room, RoomMember
from rooms.queries.faces import initials_of, tone_of
from rooms.queries.standings import PARENT, Standing, was_let_in


class RosterSeat(Struct, omit_defaults=True):
    """Who sits there, as the asking view may know it. `waiting` is for staff: the gate doesn't let the student in."""

    seat: int
    name: str
    initials: str
    role: str
    avatar: int
    you: bool = False
    child: bool = False
    left: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who ever had a seat in a room."""

    member: Member
    seat: int
    role: str
    has_left: bool
    is_hidden: bool

    @classmethod
    def enrolled(cls, row: Enrollment) -> "Person":
        """In a course room."""
        return cls(row.member, row.seat, row.role, _left(row), row.hidden_at is not None)

    @property
    def waits(self) -> bool:
        return self.is_hidden or not was_let_in(self.member)


def roster_of(standing: Standing, people: Sequence[Person] | None = None) -> list[RosterSeat]:
    """Everybody who ever had a seat in the room, by seat: old messages need their names too. `people`: `people_of`."""
    people = people_of(standing.room) if people is None else people
    visible = visible_to_peers(people)
    return [_seat(person, standing, visible) for person in people if is_listed(person, standing)]


def visible_to_peers(people: Iterable[Person]) -> set[int]:
    """Students whose course name classmates may read: a young one needs the scope for it (S3)."""
    students = [person.member.pk for person in people if person.role == Enrollment.Role.STUDENT]
    if not students:
        return set()
    return {member for member, scopes in scopes_of(students).items() if Scope.VISIBLE_TO_PEERS in scopes}


def people_of(room: Room) -> list[Person]:
    """Everybody who ever had a seat in the room, by seat, for every view."""
    rows = {row.member_id: row for row in room.course.enrollments.select_related("member").order_by("seat")}
    if room.kind == Room.Kind.COURSE:
        return [Person.enrolled(row) for row in rows.values()]
    seated = RoomMember.objects.filter(room=room).select_related("member").order_by("seat")
    return [person_of_room(seat, rows.get(seat.member_id)) for seat in seated]


def person_of_room(seat: RoomMember, row: Enrollment | None) -> Person:
    """In a group or direct room; who isn't in the course is a parent."""
    if row is None:
        return Person(seat.member, seat.seat, PARENT, seat.left_at is not None, False)
    return Person(seat.member, seat.seat, row.role, _left(row) or seat.left_at is not None, row.hidden_at is not None)


def _left(row: Enrollment) -> bool:
    return not row.is_active_at(timezone.now())


def is_listed(person: Person, standing: Standing) -> bool:
    """A child who waits for consent, or whose consent ended, is in no list of classmates and other families (S20); of
    whom nothing is kept is in none at all."""
    if person.member.state == MemberState.ERASED:
        return False
    return not person.waits or standing.view == STAFF or person.seat in standing.child_seats


def _seat(person: Person, standing: Standing, visible: set[int]) -> RosterSeat:
    name = name_for(person, standing, visible)
    return RosterSeat(
        seat=person.seat,
        name=name,
        initials=initials_of(name) if name == person.member.course_name else str(person.seat),
        role=person.role,
        avatar=tone_of(person.member.pk if name == person.member.course_name else person.seat),
        you=_is_you(person, standing),
        child=person.seat in standing.child_seats,
        left=person.has_left,
        waiting=standing.view == STAFF and person.waits,
    )


def _is_you(person: Person, standing: Standing) -> bool:
    return bool(standing.seat) and person.seat == standing.seat


def name_for(person: Person, standing: Standing, visible: set[int]) -> str:
    """Their name, or a pseudonym in the active language; `visible`: the students whom peers may know."""
    member = person.member
    is_known = _is_you(person, standing) or person.seat in standing.child_seats
    if is_known or standing.view == STAFF or person.role != Enrollment.Role.STUDENT:
        return member.course_name
    if standing.view == PEER and member.pk in visible:
        return member.course_name
    return _("Student %(seat)s") % {"seat": person.seat}


def roster_version(room: Room) -> int:
    """Moves with every change of names, seats or visibility in the course."""
    return Course.objects.values_list("roster_version", flat=True).get(pk=room.course_id)
