"""What every page of a course stands in: the courses at the left, the course's own places, its rooms."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.errors import AppError, FieldInvalid, NotAllowed, NotFound
from frontend.forms import ActionForm
from frontend.listed_rooms import first_of, groups_of
from frontend.views.admission import MemberRequest
from frontend.ways import ways_of
from rooms.queries.courses import CoursePlace
from rooms.queries.places import places_for
from rooms.queries.states import course_states, room_states


class Tab(NamedTuple):
    """A page of the course. `name` is that of its address."""

    name: str
    glyph: str
    label: str
    url: str


def tabs_of(place: CoursePlace) -> list[Tab]:
    """Settings and rooms are for staff; everybody else has the page and the people."""
    names = [("course", "layout-template", _("Course page")), ("course_people", "users", _("People"))]
    if place.is_staff and not place.is_record:
        names.append(("course_rooms", "hash", _("Rooms")))
    if place.is_instructor and not place.is_record:
        names.append(("course_codes", "qr-code", _("Join codes")))
        names.append(("course_invitations", "mail-plus", _("Invite by email")))
    if place.is_instructor and place.course.school_id and not place.is_record:
        names.append(("cards", "user-round-check", _("Class cards")))
    if place.leads:
        names.append(("course_settings", "settings", _("Course settings")))
    return [Tab(name, glyph, label, reverse(name, args=[place.course.pk])) for name, glyph, label in names]


def course_context(request: MemberRequest, place: CoursePlace, tab: str) -> dict[str, Any]:
    places = places_for(request.user.pk)
    rooms, courses = room_states(places), course_states(places)
    return {
        "place": place,
        "course": place.course,
        "tabs": tabs_of(place),
        "tab": tab,
        "courses": [(each, first_of(rooms, each.course)) for each in courses],
        "room_groups": groups_of(rooms, place.course.pk),
        "rooms": [room for room in rooms if room.course == place.course.pk],
        "member_count": next((each.members for each in courses if each.course == place.course.pk), None),
        "has_family": any(room.view == "guardian" for room in rooms),
        "ways": ways_of(request.user.pk, rooms),
    }


def course_page(
    request: MemberRequest, place: CoursePlace, tab: str, template: str, *, form: ActionForm | None = None, **more: Any
) -> HttpResponse:
    """A form that came back with faults is said to be wrong by its status too."""
    status = 422 if form is not None and form.errors else 200
    context = course_context(request, place, tab) | more | ({"form": form} if form is not None else {})
    return render(request, f"pages/courses/{template}.html", context, status=status)


def kept_in_address(**said: str) -> str:
    """What the links to the other pages of a list carry on: its tab, what was looked for."""
    return "".join(f"{urlencode({name: value})}&" for name, value in said.items() if value)


def accepted(form: ActionForm, act: Callable[[], object]) -> bool:
    """Whether the form is right and the action did it; what either refuses stands at its field."""
    if not form.is_valid():
        return False
    try:
        act()
    except FieldInvalid as fault:
        form.refuse(fault.field, fault.text)
        return False
    return True


def attempt(request: HttpRequest, act: Callable[[], object], said: str = "") -> bool:
    """A button's action: what was done, or why it wasn't, is said on the next page. What isn't theirs is not found."""
    try:
        act()
    except AppError as refusal:
        if isinstance(refusal, NotFound) or refusal.sentence is NotAllowed.sentence:
            raise
        messages.warning(request, refusal.text)
        return False
    if said:
        messages.success(request, said)
    return True
