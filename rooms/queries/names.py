"""Seats of many rooms turned into names at once, by the roster's rules: for lists that hold a line of each room."""

import re
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q

from rooms.models import Enrollment, Room, RoomMember
from rooms.queries.rosters import Person, is_listed, name_for, person_of_room, visible_to_peers
from rooms.queries.standings import Standing

MENTION = re.compile(r"@\[([1-9]\d{0,5})\]")


class Names:
    """Who sits on some seats. Made in at most five statements, however many rooms; asked without any."""

    def __init__(
        self, rooms: Collection[Room], seats: Mapping[int, Collection[int]], *, is_for_peers: bool = True
    ) -> None:
        """`seats`: room → those that will be asked for; of others nothing is known. Without `is_for_peers` no classmate
        is told a name."""
        wanted = {seat for each in seats.values() for seat in each}
        seated = _seated([room.pk for room in rooms if room.kind != Room.Kind.COURSE], wanted)
        rows = _enrolled(rooms, wanted, {row.member_id for row in seated.values()})
        by_seat = {(row.course_id, row.seat): row for row in rows}
        by_member = {(row.course_id, row.member_id): row for row in rows}
        self._people: dict[tuple[int, int], Person] = {}
        for room in rooms:
            for seat in seats.get(room.pk, ()):
                if room.kind == Room.Kind.COURSE:
                    if (row := by_seat.get((room.course_id, seat))) is not None:
                        self._people[room.pk, seat] = Person.enrolled(row)
                elif (taken := seated.get((room.pk, seat))) is not None:
                    row = by_member.get((room.course_id, taken.member_id))
                    self._people[room.pk, seat] = person_of_room(taken, row)
        self._visible = visible_to_peers(self._people.values()) if is_for_peers else set()

    def person(self, room_id: int, seat: int) -> Person | None:
        return self._people.get((room_id, seat))

    def name(self, standing: Standing, seat: int) -> str:
        """As this view may know it, in the active language; "" for nobody, and for whom this view doesn't list."""
        person = self.person(standing.room.pk, seat)
        if person is None or not is_listed(person, standing):
            return ""
        return name_for(person, standing, self._visible)

    def named(self, standing: Standing, text: str) -> str:
        """A stored text with its mentions by name."""
        return MENTION.sub(lambda found: f"@{self.name(standing, int(found[1])) or '…'}", text)


def seats_in(texts: Iterable[str]) -> set[int]:
    """The seats that stored texts mention."""
    return {int(seat) for text in texts for seat in MENTION.findall(text)}


def _seated(room_ids: Collection[int], seats: Collection[int]) -> dict[tuple[int, int], RoomMember]:
    rows = RoomMember.objects.filter(room__in=room_ids, seat__in=seats).select_related("member")
    return {(row.room_id, row.seat): row for row in rows}


def _enrolled(rooms: Collection[Room], seats: Collection[int], members: Collection[int]) -> list[Enrollment]:
    which = Q(seat__in=seats) | Q(member__in=members)
    courses = {room.course_id for room in rooms}
    return list(Enrollment.objects.filter(which, course__in=courses).select_related("member"))
