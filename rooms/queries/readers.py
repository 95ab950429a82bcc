"""Who can read a room now: the line above the composer, the panel and the fan-out stand on the same facts.

Invariant: counted is exactly who has the room among their places (`places_for`), each person once; the supervisor is
named, not counted.

Counting a room of 1,000 takes 80 ms, so it is remembered, and holds until the first instant at which anything about it
ends or begins by itself, and while the stamp is the same: whatever changes what anybody may do moves an access epoch in
its own transaction. The stamp is read before the facts, and never inside a transaction, which may be rolled back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import connection
from django.db.models import Min, Q
from django.utils import timezone

from consent import gate
from consent.models import Grant, GuardianLink
from consent.queries.facts import asked_anew, decisions_of
from rooms.models import Enrollment, Room, RoomMember
from rooms.queries.courses import admits
from rooms.queries.standings import active_enrollments, earliest, is_supervised, was_let_in

REMEMBERED_ROOMS = 10_000


@dataclass(frozen=True, slots=True)
class Readers:
    """Counts for everybody; member ids only for staff's pages and one's own family."""

    students: int
    staff: tuple[int, ...]  # seats
    parents: int
    waiting: int
    supervisor: bool
    guardians: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Counted:
    stamp: object
    at: datetime
    until: datetime
    readers: Readers

    def holds(self, stamp: object, now: datetime) -> bool:
        return self.stamp == stamp and self.at <= now < self.until


_counted: dict[int, _Counted] = {}

_STAMP = """
SELECT COUNT(*), SUM(epoch), MAX(changed_at), (SELECT SUM(roster_version) FROM rooms_course),
    (SELECT MAX(id) FROM consent_parentalconsent), (SELECT COUNT(*) FROM consent_policyversion),
    (SELECT MAX(effective_at) FROM consent_policyversion)
FROM accounts_access
"""


def readers_of(room_ids: Collection[int], *, now: datetime | None = None) -> dict[int, Readers]:
    """room → who can read it now. A fixed number of statements, one where all is remembered."""
    now = now or timezone.now()
    if connection.in_atomic_block:
        return _count(room_ids, now)[0]
    stamp = _stamp()
    known = {room: counted for room in room_ids if (counted := _counted.get(room)) and counted.holds(stamp, now)}
    found = {room: counted.readers for room, counted in known.items()}
    missing = [room for room in room_ids if room not in known]
    return found | _count_and_remember(missing, stamp, now) if missing else found


def _stamp() -> object:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return cursor.fetchone()


def _count_and_remember(room_ids: Collection[int], stamp: object, now: datetime) -> dict[int, Readers]:
    readers, until = _count(room_ids, now)
    if len(_counted) > REMEMBERED_ROOMS:
        _counted.clear()
    _counted.update({room: _Counted(stamp, now, until, each) for room, each in readers.items()})
    return readers


def _count(room_ids: Collection[int], now: datetime) -> tuple[dict[int, Readers], datetime]:
    """room → who can read it, and until when that is so if nobody changes anything. A fixed number of statements."""
    rooms = list(Room.objects.filter(pk__in=room_ids).select_related("course"))
    enrolled, seats = _enrolled(rooms, now), _seats(rooms)
    supervised = set(Room.objects.filter(is_supervised(now), pk__in=room_ids).values_list("pk", flat=True))
    people = {room.pk: _people(room, enrolled[room.course_id], seats[room.pk]) for room in rooms}
    guardians, links_until = _guardians(_children(rooms, people), now)
    with asked_anew():  # what is remembered is never older than its stamp
        decisions = decisions_of(_everybody(people, guardians), now=now)
    readers = {
        room.pk: _Count(room, people[room.pk], seats[room.pk], guardians, decisions).readers(room.pk in supervised)
        for room in rooms
    }
    ends = [row.until for rows in enrolled.values() for row in rows] + [each.until for each in decisions.values()]
    return readers, earliest(*ends, links_until, _duties_until(now), _next_day(now)) or now


def _duties_until(now: datetime) -> datetime | None:
    """When the next supervisor's duty begins or ends."""
    duties = Grant.objects.filter(kind=Grant.Kind.SUPERVISOR, school__isnull=False)
    return earliest(*duties.aggregate(begin=_next("starts_at", now), end=_next("ends_at", now)).values())


def _next(name: str, now: datetime) -> Min:
    return Min(name, filter=Q(**{f"{name}__gt": now}))


def _next_day(now: datetime) -> datetime:
    """Majority is a matter of the day (`is_supervised`)."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)


def opens(decision: gate.Decision | None, room: Room) -> bool:
    """Whether the gate lets somebody into a room of its course."""
    return admits(decision, room.course)


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


def _guardians(children: Collection[int], now: datetime) -> tuple[dict[int, set[int]], datetime | None]:
    """child → guardians now; and when the first of these links ends, or another begins."""
    found: dict[int, set[int]] = defaultdict(set)
    changes: list[datetime | None] = []
    links = GuardianLink.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), state=GuardianLink.State.ACTIVE)
    rows = links.filter(child__in=children).values_list("child_id", "guardian_id", "starts_at", "ends_at")
    for child, guardian, starts_at, ends_at in rows:
        if starts_at <= now:
            found[child].add(guardian)
        changes.append(starts_at if starts_at > now else ends_at)
    return found, earliest(*changes)


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
