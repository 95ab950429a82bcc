"""`/`: everybody is taken to where their day begins."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consent.models import Grant
from consent.queries.children import children_of
from consent.queries.schools import administered_schools, grants_of, schools_to_confirm
from frontend.views.admission import MemberRequest, admitted
from rooms.queries.pages import first_room
from rooms.queries.places import Places, places_for
from rooms.queries.standings import PARENT

DUTIES: dict[Grant.Kind, str | Promise] = {
    Grant.Kind.INSTRUCTOR: gettext_lazy("Instructor"),
    Grant.Kind.MODERATOR: gettext_lazy("Moderator"),
    Grant.Kind.SUPERVISOR: gettext_lazy("Supervisor"),
    Grant.Kind.SCHOOL_ADMIN: gettext_lazy("Administrator"),
    Grant.Kind.OPERATOR: gettext_lazy("Operator"),
}


@require_safe
@admitted
def home(request: MemberRequest) -> HttpResponse:
    address = beginning(request.user.pk)
    if address is None:
        context = {"duties": duties_of(request.user.pk), "waits_for": schools_to_confirm(request.user.pk).first()}
        return render(request, "pages/home/nothing_open.html", context)
    return redirect(address)


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


def duties_of(member_id: int) -> list[str]:
    """What the member looks after, in words: somebody with a duty isn't told that nothing is theirs."""
    grants = grants_of(member_id).select_related("school").order_by("pk")
    return [_duty(grant.kind, grant.school.name if grant.school else "") for grant in grants]


def _duty(kind: str, school: str) -> str:
    word = str(DUTIES[Grant.Kind(kind)])
    return _("%(duty)s of %(school)s") % {"duty": word, "school": school} if school else word


def seated(places: Places) -> Places:
    """The places where the member has a seat of their own, and isn't there as somebody's parent."""
    own = {room: s for room, s in places.standings.items() if s.seat and s.role != PARENT}
    return Places(own, places.readers, places.pairs)
