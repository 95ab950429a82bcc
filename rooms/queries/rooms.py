"""The rooms of a course, and what a room is called for one person: a direct chat has the name of the other one."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from rooms.models import Course, Room, RoomMember
from rooms.queries.faces import tone_of
from rooms.queries.standings import Standing


@dataclass(frozen=True, slots=True)
class Pair:
    """The two people of a direct chat: seat → course name, seat → colour; and the child it is about, where none of them
    is."""

    names: dict[int, str]
    tones: dict[int, int]
    student_seat: int | None
    about: str | None


def pairs_of(room_ids: Collection[int]) -> dict[int, Pair]:
    """The people of direct rooms. One statement."""
    seats: dict[int, dict[int, RoomMember]] = defaultdict(dict)
    rows = RoomMember.objects.filter(room__in=room_ids, room__kind=Room.Kind.DIRECT)
    for row in rows.select_related("member", "room__student").order_by("room", "seat"):
        seats[row.room_id][row.seat] = row
    return {room: _pair(next(iter(seated.values())).room, seated) for room, seated in seats.items()}


def _pair(room: Room, seats: dict[int, RoomMember]) -> Pair:
    student_seat = next((seat for seat, row in seats.items() if row.member_id == room.student_id), None)
    about = room.student.course_name if room.student is not None and student_seat is None else None
    names = {seat: row.member.course_name for seat, row in seats.items()}
    tones = {seat: tone_of(row.member_id) for seat, row in seats.items()}
    return Pair(names, tones, student_seat, about)


def title_of(standing: Standing, pair: Pair | None) -> str:
    """The room's title as this person reads it."""
    if pair is None:
        return standing.room.title
    if standing.seat:
        return next((name for seat, name in pair.names.items() if seat != standing.seat), standing.room.title)
    student_first = sorted(pair.names, key=lambda seat: seat != pair.student_seat)
    one, other = (pair.names[seat] for seat in student_first)
    return _("%(student)s and %(staff)s") % {"student": one, "staff": other}


def face_seat(standing: Standing, pair: Pair) -> int:
    """Whose face a direct chat has: the other one's, or the student's for whoever reads along."""
    return peer_seat(standing, pair) or pair.student_seat or min(pair.names)


def peer_seat(standing: Standing, pair: Pair | None) -> int | None:
    if pair is None or not standing.seat:
        return None
    return next((seat for seat in pair.names if seat != standing.seat), None)


def rooms_of_course(course: Course) -> list[Room]:
    """Course and group rooms in the order of the list, records too. One statement."""
    kinds = (Room.Kind.COURSE, Room.Kind.GROUP)
    return list(course.rooms.filter(kind__in=kinds).select_related("course__school").order_by("position", "pk"))


def group_sizes(rooms: Collection[Room]) -> dict[int, int]:
    """Group room → how many are in it. One statement."""
    inside = RoomMember.objects.filter(room__in=rooms, room__kind=Room.Kind.GROUP, left_at__isnull=True)
    return dict(Counter(inside.values_list("room_id", flat=True)))


def seated_in(room: Room) -> set[int]:
    """The members who are in a group room."""
    return set(room.members.filter(left_at__isnull=True).values_list("member_id", flat=True))
