"""The places of one person: what the account menu offers on every page. The first is where their day begins.

A way shows what is open, and is never a right: each page asks again. Somebody who is teacher and parent has both ways.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from consent.models import Grant
from consent.queries.children import has_family_home
from consent.queries.schools import grants_of
from rooms.queries.pages import first_room
from rooms.queries.places import places_for
from rooms.queries.states import RoomState, room_states

OF_NO_OFFICE = (Grant.Kind.SUPERVISOR, Grant.Kind.MODERATOR, Grant.Kind.OPERATOR)


class Way(NamedTuple):
    url: str
    glyph: str
    label: str


def ways_of(member_id: int, rooms: Sequence[RoomState] | None = None) -> list[Way]:
    """A seat of one's own comes first, then one's children, then a school to look after, then duties without a seat.

    `rooms`: the member's rooms, where the caller has them already. Two statements besides.
    """
    rooms = room_states(places_for(member_id)) if rooms is None else rooms
    seated = [room for room in rooms if room.has_own_seat]
    grants = list(grants_of(member_id).select_related("school").order_by("school__name", "pk"))
    offices = [*_to_site(grants), *_to_offices(grants)]
    return [*_to_rooms(seated), *_to_family(member_id), *offices, *_to_duties(grants, bool(seated))]


def _to_rooms(seated: Sequence[RoomState]) -> list[Way]:
    room = first_room(seated)
    return [] if room is None else [Way(reverse("room", args=[room]), "messages-square", _("Rooms"))]


def _to_family(member_id: int) -> list[Way]:
    return [Way(reverse("family"), "house", _("Your family"))] if has_family_home(member_id) else []


def _to_site(grants: Iterable[Grant]) -> list[Way]:
    """An operator begins with the schools of the site."""
    operates = any(grant.kind == Grant.Kind.OPERATOR and grant.school is None for grant in grants)
    return [Way(reverse("operator"), "monitor", _("This site"))] if operates else []


def _to_offices(grants: Iterable[Grant]) -> list[Way]:
    schools = {grant.school for grant in grants if grant.kind == Grant.Kind.SCHOOL_ADMIN and grant.school is not None}
    ordered = sorted(schools, key=lambda school: (school.name, school.pk))
    return [Way(reverse("school", args=[school.pk]), "school", school.name) for school in ordered]


def _to_duties(grants: Iterable[Grant], is_seated: bool) -> list[Way]:
    """A confirmed instructor's duty is their class; the page tells it until there is one."""
    kinds = OF_NO_OFFICE if is_seated else (*OF_NO_OFFICE, Grant.Kind.INSTRUCTOR)
    has_some = any(grant.kind in kinds for grant in grants)
    return [Way(reverse("duties"), "shield-check", _("Your duties"))] if has_some else []
