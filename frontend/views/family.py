"""A parent's home: each linked child, how the consent stands, and the rooms to read along; and its state, for the page
that stays open.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consent.gate import Allow
from consent.queries.children import GatePage, children_of, gate_view
from consent.queries.schools import student_memberships
from frontend.views.admission import MemberRequest, admitted
from frontend.views.polled import signed_out, state_answer
from frontend.ways import ways_of
from rooms.queries.places import Places, places_for
from rooms.queries.rooms import title_of
from rooms.queries.standings import PARENT, Standing
from rooms.queries.states import room_states

NOON, EVENING = 12, 18  # hours


@dataclass(frozen=True, slots=True)
class RoomLine:
    id: int
    url: str
    kind: str
    title: str
    course: str
    unread: int


@dataclass(frozen=True, slots=True)
class Child:
    id: int
    name: str
    given_name: str
    grade: int | None
    gate: GatePage
    rooms: list[RoomLine]

    @property
    def is_open(self) -> bool:
        return self.gate.is_open

    @property
    def decides_alone(self) -> bool:
        """14 or older: no consent is asked for."""
        return isinstance(self.gate.decision, Allow) and self.gate.decision.schools is None

    @property
    def needs_answer(self) -> bool:
        return self.gate.asked_at is not None and not self.gate.is_open

    @property
    def answer_by(self) -> datetime | None:
        return self.gate.waits_until


@require_safe
@admitted
def family(request: MemberRequest) -> HttpResponse:
    places = places_for(request.user.pk)
    found = children(request.user.pk, places)
    context = {
        "children": found,
        "greeting": greeting(request.user.given_name),
        "ways": ways_of(request.user.pk, room_states(places)),
        "version": version_of(found),
    }
    return render(request, "pages/family/family.html", context)


@require_safe
def family_state(request: HttpRequest) -> HttpResponse:
    """`{version, unread}` with an ETag: what the page asks every few seconds. 401 once nobody is signed in."""
    if not request.user.is_authenticated:
        return signed_out()
    found = children(request.user.pk, places_for(request.user.pk))
    return state_answer(request, {"version": version_of(found), "unread": unread_of(found)})


def version_of(found: list[Child]) -> str:
    """Moves with everything the page shows but the numbers of new messages."""
    shown = [
        (child.id, child.name, child.grade, child.gate.version, [(room.id, room.title) for room in child.rooms])
        for child in found
    ]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def unread_of(found: list[Child]) -> dict[int, int]:
    """room → new messages, of rooms that have any."""
    return {room.id: room.unread for child in found for room in child.rooms if room.unread}


def children(guardian_id: int, places: Places) -> list[Child]:
    members = children_of(guardian_id)
    rooms = rooms_by_child(places)
    grades = {row.member_id: row.grade for row in student_memberships([member.pk for member in members])}
    return [
        Child(
            id=member.pk,
            name=member.course_name,
            given_name=member.given_name,
            grade=grades.get(member.pk),
            gate=gate_view(member.pk),
            rooms=rooms[member.pk],
        )
        for member in members
    ]


def rooms_by_child(places: Places) -> dict[int, list[RoomLine]]:
    """child → the rooms to read along, one-to-one chats first; those too where a parent teaches."""
    found: dict[int, list[RoomLine]] = defaultdict(list)
    standings = [standing for standing in places.standings.values() if standing.children or standing.role == PARENT]
    for standing in sorted(standings, key=lambda s: (s.room.kind != "direct", s.room.course_id, s.room.position)):
        room = standing.room
        line = RoomLine(
            id=room.pk,
            url=f"/rooms/{room.pk}/",
            kind=room.kind,
            title=title(standing, places),
            course=room.course.short_title,
            unread=standing.unread.count(room.head.message_count),
        )
        for child in standing.children or (room.student_id,):
            if child is not None:
                found[child].append(line)
    return found


def title(standing: Standing, places: Places) -> str:
    """One's own chat with a teacher is said to be one's own, among those to read along."""
    pair = places.pairs.get(standing.room.pk)
    name = title_of(standing, pair)
    return _("You and %(name)s") % {"name": name} if pair and standing.seat else name


def greeting(name: str) -> str:
    hour = timezone.localtime().hour
    if hour < NOON:
        return _("Good morning, %(name)s") % {"name": name}
    if hour < EVENING:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}
