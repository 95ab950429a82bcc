"""Who can read a room now: the line above the composer, the panel and the fan-out stand on the same facts.

Invariant: counted is exactly who has the room among their places (`places_for`), each person once; the supervisor is
named, not counted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from consent import gate
from consent.queries.facts import decisions_of
from rooms.models import Enrollment, Room, RoomMember
from rooms.queries.standings import active_enrollments, active_links, is_supervised, was_let_in


@dataclass(frozen=True, slots=True)
class Readers:
    """Counts for everybody; member ids only for staff's pages and one's own family."""

    students: int
    staff: tuple[int, ...]  # seats
    parents: int
    waiting: int
    supervisor: bool
    guardians: frozenset[int] = frozenset()


def readers_of(room_ids: Collection[int], *, now: datetime | None = None) -> dict[int, Readers]:
    """room → who can read it now. A fixed number of statements."""
    now = now or timezone.now()
    rooms = list(Room.objects.filter(pk__in=room_ids).select_related("course"))
    enrolled, seats = _enrolled(rooms, now), _seats(rooms)
    supervised = set(Room.objects.filter(is_supervised(now), pk__in=room_ids).values_list("pk", flat=True))
    people = {room.pk: _people(room, enrolled[room.course_id], seats[room.pk]) for room in rooms}
    guardians = _guardians(_children(rooms, people), now)
    decisions = decisions_of(_everybody(people, guardians), now=now)
    return {
        room.pk: _Count(room, people[room.pk], seats[room.pk], guardians, decisions).readers(room.pk in supervised)
        for room in rooms
    }


def opens(decision: gate.Decision | None, room: Room) -> bool:
    """Whether the gate lets somebody into a room: a young student only where the school has an agreement (S18)."""
    if not isinstance(decision, gate.Allow):
        return False
    return decision.schools is None or room.course.school_id in decision.schools


People = list[tuple[Enrollment, int]]


def _enrolled(rooms: list[Room], now: datetime) -> dict[int, list[Enrollment]]:
    found: dict[int, list[Enrollment]] = defaultdict(list)
    courses = {room.course_id for room in rooms}
    for row in active_enrollments(now).filter(course__in=courses).select_related("member").order_by("seat"):
        found[row.course_id].append(row)
    return found


def _seats(rooms: list[Room]) -> dict[int, dict[int, int]]:
    """room → member → seat, of group and direct rooms."""
    seats: dict[int, dict[int, int]] = defaultdict(dict)
    seated = RoomMember.objects.filter(room__in=rooms, left_at__isnull=True)
    for room_id, member, seat in seated.values_list("room_id", "member_id", "seat"):
        seats[room_id][member] = seat
    return seats


def _people(room: Room, rows: list[Enrollment], seats: Mapping[int, int]) -> People:
    """Enrolments, each with its seat in that room."""
    if room.kind == Room.Kind.COURSE:
        return [(row, row.seat) for row in rows]
    return [(row, seats[row.member_id]) for row in rows if row.member_id in seats]


def _children(rooms: Iterable[Room], people: Mapping[int, People]) -> set[int]:
    """Whose parents read along, or have a chat about them."""
    let_in = {row.member_id for rows in people.values() for row, _ in rows if was_let_in(row.member)}
    return let_in | {room.student_id for room in rooms if room.student_id is not None}


def _guardians(children: Collection[int], now: datetime) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    links = active_links(now).filter(child__in=children)
    for child, guardian in links.values_list("child_id", "guardian_id"):
        found[child].add(guardian)
    return found


def _everybody(people: Mapping[int, People], guardians: Mapping[int, set[int]]) -> set[int]:
    enrolled = {row.member_id for rows in people.values() for row, _ in rows}
    return enrolled.union(*guardians.values())


@dataclass(frozen=True, slots=True)
class _Count:
    """One room. Who reads by several rights is counted once: a teacher whose child is in the room is no parent more."""

    room: Room
    people: People
    seats: Mapping[int, int]
    guardians: Mapping[int, set[int]]
    decisions: Mapping[int, gate.Decision]

    def readers(self, is_supervised: bool) -> Readers:
        students = [row for row, _ in self.people if not row.is_staff]
        entered = [row for row in students if self._can_enter(row.member_id)]
        parents = self._parents()
        return Readers(
            students=len(entered),
            staff=tuple(seat for row, seat in self.people if row.is_staff and self._can_enter(row.member_id)),
            parents=len(parents),
            waiting=len(students) - len(entered),
            supervisor=is_supervised,
            guardians=frozenset(parents),
        )

    def _parents(self) -> set[int]:
        children = [row.member_id for row, _ in self.people if was_let_in(row.member)]
        along = {guardian for child in children for guardian in self.guardians.get(child, ())}
        about = self.guardians.get(self.room.student_id or 0, set()) & self.seats.keys()
        parents = (along | about) - {row.member_id for row, _ in self.people}
        return {member for member in parents if self._can_enter(member)}

    def _can_enter(self, member: int) -> bool:
        return opens(self.decisions.get(member), self.room)
