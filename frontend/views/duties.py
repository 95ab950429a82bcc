"""The start page of those who look after others: each duty, what it opens, and what it doesn't."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.errors import NotFound
from consent.models import Grant
from consent.queries.schools import grants_of
from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of
from rooms.queries.places import Places, places_for
from rooms.queries.rooms import title_of
from rooms.queries.standings import SUPERVISOR
from rooms.queries.states import room_states

NAMES: dict[str, str | Promise] = {
    Grant.Kind.INSTRUCTOR: gettext_lazy("Instructor"),
    Grant.Kind.MODERATOR: gettext_lazy("Moderator"),
    Grant.Kind.SUPERVISOR: gettext_lazy("Supervisor"),
    Grant.Kind.SCHOOL_ADMIN: gettext_lazy("Administrator"),
    Grant.Kind.OPERATOR: gettext_lazy("Operator"),
}
MEANINGS: dict[str, str | Promise] = {
    Grant.Kind.INSTRUCTOR: gettext_lazy("You are confirmed. When a course of yours is there, it is the first you see."),
    Grant.Kind.MODERATOR: gettext_lazy(
        "You read the conversations of others only with a reason on record, and none is open."
    ),
    Grant.Kind.SUPERVISOR: gettext_lazy(
        "You read along where a student who is a minor chats with staff and no parent is linked. "
        "It ends by itself when a parent is."
    ),
    Grant.Kind.SCHOOL_ADMIN: gettext_lazy("You record what families decide, and keep the school's agreement."),
    Grant.Kind.OPERATOR: gettext_lazy(
        "You keep the service running, with the commands at the machine. You read nobody's conversations."
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    url: str
    title: str
    course: str


@dataclass(frozen=True, slots=True)
class Duty:
    """`lines` are conversations to read along; `office` is where the duty is done, if it has a page."""

    name: str
    meaning: str
    kind: str
    office: str = ""
    lines: list[Line] = field(default_factory=list)


@require_safe
@admitted
def duties(request: MemberRequest) -> HttpResponse:
    """Not found for whoever has none."""
    places = places_for(request.user.pk)
    found = list(duties_of(request.user.pk, places))
    if not found:
        raise NotFound
    context = {"duties": found, "ways": ways_of(request.user.pk, room_states(places))}
    return render(request, "pages/duties/duties.html", context)


def duties_of(member_id: int, places: Places) -> Iterator[Duty]:
    for grant in grants_of(member_id).select_related("school").order_by("pk"):
        yield Duty(
            name=name_of(grant),
            meaning=str(MEANINGS[grant.kind]),
            kind=grant.kind,
            office=office_of(grant),
            lines=lines_of(grant, places),
        )


def name_of(grant: Grant) -> str:
    name = str(NAMES[grant.kind])
    return _("%(duty)s of %(school)s") % {"duty": name, "school": grant.school.name} if grant.school else name


def office_of(grant: Grant) -> str:
    is_office = grant.kind == Grant.Kind.SCHOOL_ADMIN and grant.school_id is not None
    return reverse("school", args=[grant.school_id]) if is_office else ""


def lines_of(grant: Grant, places: Places) -> list[Line]:
    """The chats of the school that its supervisor reads along, by course and title."""
    if grant.kind != Grant.Kind.SUPERVISOR:
        return []
    standings = [standing for standing in places.standings.values() if standing.role == SUPERVISOR]
    lines = [
        Line(
            url=reverse("room", args=[standing.room.pk]),
            title=title_of(standing, places.pairs.get(standing.room.pk)),
            course=standing.room.course.short_title,
        )
        for standing in standings
        if standing.room.course.school_id == grant.school_id
    ]
    return sorted(lines, key=lambda line: (line.course, line.title))
