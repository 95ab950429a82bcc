"""Who can read a room now: the line above the composer, the panel and the fan-out stand on the same facts."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import MemberState
from consent import gate
from consent.models import GuardianLink
from consent.queries.facts import decisions_of
from consent.queries.schools import in_time
from rooms.models import Enrollment, Room, RoomMember
from rooms.queries.standings import active_enrollments, unlinked_minor


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
    rooms = list(Room.objects.filter(pk__in=room_ids))
    enrolled, seats = _enrolled(rooms, now), _seats(rooms)
    people = {room.pk: _people(room, enrolled[room.course_id], seats[room.pk]) for room in rooms}
    students = {row.member_id for rows in people.values() for row, _ in rows if row.role == Enrollment.Role.STUDENT}
    entered = _entered(students, now)
    guardians = _guardians(entered, now)
    supervised = set(Room.objects.filter(unlinked_minor(now), pk__in=room_ids).values_list("pk", flat=True))
    return {
        room.pk: _count(people[room.pk], seats[room.pk].keys(), entered, guardians, room.pk in supervised)
        for room in rooms
    }


def _enrolled(rooms: list[Room], now: datetime) -> dict[int, list[Enrollment]]:
    found: dict[int, list[Enrollment]] = defaultdict(list)
    courses = {room.course_id for room in rooms}
    for row in active_enrollments(now).filter(course__in=courses).order_by("seat"):
        found[row.course_id].append(row)
    return found


def _seats(rooms: list[Room]) -> dict[int, dict[int, int]]:
    """room → member → seat, of group and direct rooms."""
    seats: dict[int, dict[int, int]] = defaultdict(dict)
    seated = RoomMember.objects.filter(room__in=rooms, left_at__isnull=True)
    for room_id, member, seat in seated.values_list("room_id", "member_id", "seat"):
        seats[room_id][member] = seat
    return seats


def _people(room: Room, rows: list[Enrollment], seats: Mapping[int, int]) -> list[tuple[Enrollment, int]]:
    """Enrolments, each with its seat in that room."""
    if room.kind == Room.Kind.COURSE:
        return [(row, row.seat) for row in rows]
    return [(row, seats[row.member_id]) for row in rows if row.member_id in seats]


def _entered(students: set[int], now: datetime) -> set[int]:
    """Students whom the gate lets in."""
    return {member for member, decision in decisions_of(students, now=now).items() if isinstance(decision, gate.Allow)}


def _guardians(children: set[int], now: datetime) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    links = GuardianLink.objects.filter(in_time(now), child__in=children, state=GuardianLink.State.ACTIVE)
    links = links.filter(guardian__state=MemberState.ACTIVE)
    for child, guardian in links.values_list("child_id", "guardian_id"):
        found[child].add(guardian)
    return found


def _count(
    people: list[tuple[Enrollment, int]],
    seated: Collection[int],
    entered: set[int],
    guardians: Mapping[int, set[int]],
    is_supervised: bool,
) -> Readers:
    """Who reads by several rights is counted once: a teacher of the room whose child is in it is no parent more."""
    students = [row.member_id for row, _ in people if row.role == Enrollment.Role.STUDENT]
    inside = [member for member in students if member in entered]
    enrolled = {row.member_id for row, _ in people}
    linked = {guardian for member in inside for guardian in guardians.get(member, ())}
    parents = (linked | set(seated)) - enrolled  # with a seat and no enrolment: the parent of a chat about a child
    return Readers(
        students=len(inside),
        staff=tuple(seat for row, seat in people if row.role in Enrollment.STAFF),
        parents=len(parents),
        waiting=len(students) - len(inside),
        supervisor=is_supervised,
        guardians=frozenset(parents),
    )
