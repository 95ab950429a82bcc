"""`/`: everybody is taken to where their day begins."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consent.queries.children import children_of
from consent.queries.schools import administered_schools
from frontend.views.admission import MemberRequest, admitted
from rooms.queries.pages import first_room
from rooms.queries.places import Places, places_for
from rooms.queries.standings import PARENT


@require_safe
@admitted
def home(request: MemberRequest) -> HttpResponse:
    address = beginning(request.user.pk)
    return redirect(address) if address else render(request, "pages/home/nothing_open.html")


def beginning(member_id: int) -> str | None:
    """A seat of one's own comes first, then one's children, then a school to look after, then what one may read."""
    places = places_for(member_id)
    if (room := first_room(seated(places))) is not None:
        return f"/rooms/{room}/"
    if children_of(member_id):
        return reverse("family")
    if (school := administered_schools(member_id).first()) is not None:
        return reverse("school_consents", args=[school.pk])
    room = first_room(places)
    return None if room is None else f"/rooms/{room}/"


def seated(places: Places) -> Places:
    """The places where the member has a seat of their own, and isn't there as somebody's parent."""
    own = {room: s for room, s in places.standings.items() if s.seat and s.role != PARENT}
    return Places(own, places.readers, places.pairs)
