"""Seats turned into names, for one view: the only place where a frame's seat meets a name.

Staff read every course name; classmates read those who may be visible to them and "Student 7" for the others (S3);
a linked parent reads staff and the own child, and "Student 7" for every other child (S22).
"""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.models import Member
from consent.models import Scope
from consent.queries.facts import scopes_of
from rooms.events import PEER, STAFF
from rooms.models import Course, Enrollment, Room, RoomMember
from rooms.queries.rooms import avatar_of
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
class _Person:
    member: Member
    seat: int
    role: str
    has_left: bool
    is_hidden: bool

    @property
    def waits(self) -> bool:
        return self.is_hidden or not was_let_in(self.member)


def roster_of(standing: Standing) -> list[RosterSeat]:
    """Everybody who ever had a seat in the room, by seat: old messages need their names too."""
    people = _people(standing.room)
    students = [person.member.pk for person in people if person.role == Enrollment.Role.STUDENT]
    visible = _visible_to_peers(students)
    return [_seat(person, standing, visible) for person in people if _is_listed(person, standing)]


def _visible_to_peers(students: list[int]) -> set[int]:
    """Students whose course name classmates may read: a young one needs the scope for it (S3)."""
    return {member for member, scopes in scopes_of(students).items() if Scope.VISIBLE_TO_PEERS in scopes}


def _people(room: Room) -> list[_Person]:
    rows = {row.member_id: row for row in room.course.enrollments.select_related("member").order_by("seat")}
    if room.kind == Room.Kind.COURSE:
        return [_Person(row.member, row.seat, row.role, _left(row), row.hidden_at is not None) for row in rows.values()]
    seated = RoomMember.objects.filter(room=room).select_related("member").order_by("seat")
    return [_in_room(seat, rows.get(seat.member_id)) for seat in seated]


def _in_room(seat: RoomMember, row: Enrollment | None) -> _Person:
    if row is None:
        return _Person(seat.member, seat.seat, PARENT, seat.left_at is not None, False)
    return _Person(seat.member, seat.seat, row.role, _left(row) or seat.left_at is not None, row.hidden_at is not None)


def _left(row: Enrollment) -> bool:
    return not row.is_active_at(timezone.now())


def _is_listed(person: _Person, standing: Standing) -> bool:
    """A child who waits for consent, or whose consent ended, is in no list of classmates and other families (S20)."""
    return not person.waits or standing.view == STAFF or person.seat in standing.child_seats


def _seat(person: _Person, standing: Standing, visible: set[int]) -> RosterSeat:
    is_you = bool(standing.seat) and person.seat == standing.seat
    is_child = person.seat in standing.child_seats
    name = _name(person, standing, visible, is_known=is_you or is_child)
    return RosterSeat(
        seat=person.seat,
        name=name,
        initials=initials_of(name) if name == person.member.course_name else str(person.seat),
        role=person.role,
        avatar=avatar_of(person.member.pk if name == person.member.course_name else person.seat),
        you=is_you,
        child=is_child,
        left=person.has_left,
        waiting=standing.view == STAFF and person.waits,
    )


def _name(person: _Person, standing: Standing, visible: set[int], *, is_known: bool) -> str:
    member = person.member
    if is_known or standing.view == STAFF or person.role != Enrollment.Role.STUDENT:
        return member.course_name
    if standing.view == PEER and member.pk in visible:
        return member.course_name
    return _("Student %(seat)s") % {"seat": person.seat}


def initials_of(name: str) -> str:
    """Two letters for the face: "Devon K." → DK, "Ms. Rivera" → MR."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalpha()]
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


def roster_version(room: Room) -> int:
    """Moves with every change of names, seats or visibility in the course."""
    return Course.objects.values_list("roster_version", flat=True).get(pk=room.course_id)
