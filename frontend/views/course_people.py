"""The people of a course: for staff with their state and what can be done, for others as they may know them."""

from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotFound
from accounts.models import Member
from frontend.course_forms import StaffForm
from frontend.course_pages import accepted, attempt, course_page, kept_in_address
from frontend.views.admission import MemberRequest, admitted
from frontend.views.courses import led_by
from rooms.actions.enrollments import appoint_staff, bring_back, end_enrollment
from rooms.models import Enrollment, Room
from rooms.queries.courses import CoursePlace, candidates, course_place, leading
from rooms.queries.people import PersonLine, people_of_course
from rooms.queries.places import places_for
from rooms.queries.rosters import RosterSeat, roster_of

PEOPLE_A_PAGE = 100
TAKEN_OUT = "taken_out"
BOTH = require_http_methods(["GET", "HEAD", "POST"])
STATES: dict[str, str | Promise] = {
    "waiting": gettext_lazy("Waiting"),
    "unlinked": gettext_lazy("No parent linked"),
    "cleared": gettext_lazy("Cleared"),
}


class Tab(NamedTuple):
    name: str
    label: str
    people_count: int


class Filter(NamedTuple):
    name: str
    label: str | Promise
    people_count: int


@require_safe
@admitted
def course_people(request: MemberRequest, course_id: int) -> HttpResponse:
    place = course_place(request.user.pk, course_id)
    if not place.is_staff:
        return course_page(request, place, "course_people", "members", groups=known_people(request.user, place))
    people = people_of_course(place)
    groups = {
        "students": [line for line in people if line.is_inside and not line.enrollment.is_staff],
        "staff": [line for line in people if line.is_inside and line.enrollment.is_staff],
        "gone": [line for line in people if not line.is_inside],
    }
    tab = request.GET.get("tab", "students")
    tab = tab if tab in groups else "students"
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = [line for line in groups[tab] if query.casefold() in line.is_found_by and state in ("", line.state)]
    return course_page(
        request,
        place,
        "course_people",
        "people",
        people_tabs=[Tab(name, _label(name), len(lines)) for name, lines in groups.items()],
        people_tab=tab,
        filters=[Filter("", gettext_lazy("All"), len(groups[tab])), *_filters(groups[tab])],
        query=query,
        state=state,
        page=Paginator(found, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
        can_enter=sum(line.state != "waiting" for line in groups["students"]),
        student_count=len(groups["students"]),
        only_leader=_only_leader(place),
        taken_out=_taken_out(request, place),
        kept=kept_in_address(tab=tab, q=query, state=state),
    )


def _label(name: str) -> str:
    return {"students": _("Students"), "staff": _("Instructors and assistants"), "gone": _("No longer here")}[name]


def _filters(lines: list[PersonLine]) -> list[Filter]:
    counted = [Filter(name, label, sum(line.state == name for line in lines)) for name, label in STATES.items()]
    return [each for each in counted if each.people_count]


def _only_leader(place: CoursePlace) -> int | None:
    """Who can't be taken out: the course has no other instructor who stays."""
    rows = list(leading(place.course)[:2])
    return rows[0].member_id if len(rows) == 1 else None


def _taken_out(request: MemberRequest, place: CoursePlace) -> Member | None:
    """Whom the last button took out: said once, with the way back."""
    member = request.session.pop(TAKEN_OUT, None)
    row = place.course.enrollments.filter(member=member, state=Enrollment.State.REMOVED) if member else None
    return found.member if row is not None and (found := row.select_related("member").first()) else None


def known_people(member: Member, place: CoursePlace) -> list[tuple[str, list[RosterSeat]]]:
    """As the chat's roster has them: classmates by course name or pseudonym, nobody who waits, nobody who left."""
    standings = places_for(member.pk).standings.values()
    rooms = (s for s in standings if s.room.course_id == place.course.pk and s.room.kind == Room.Kind.COURSE)
    standing = next(rooms, None)
    seats = [seat for seat in roster_of(standing) if not seat.left] if standing is not None else []
    staff = [seat for seat in seats if seat.role in Enrollment.STAFF]
    return [(_label("staff"), staff), (_label("students"), [seat for seat in seats if seat not in staff])]


def _enrolled(place: CoursePlace, member_id: int) -> Enrollment:
    row = place.course.enrollments.filter(member=member_id).select_related("member").first()
    if row is None:
        raise NotFound
    return row


def _back(row: Enrollment) -> HttpResponse:
    """To the list that the button stood in."""
    tab = "?tab=staff" if row.is_staff else ""
    return redirect(reverse("course_people", args=[row.course_id]) + tab)


@require_POST
@admitted
def take_out(request: MemberRequest, course_id: int, member_id: int) -> HttpResponse:
    """At once, with the way back on the next page: undo rather than a question (rule U35)."""
    place = course_place(request.user.pk, course_id)
    row = _enrolled(place, member_id)
    is_self = row.member_id == request.user.pk
    if place.is_staff and row.state != Enrollment.State.ACTIVE:  # in another tab, or by a colleague
        messages.success(request, _("%(name)s is out of the course already.") % {"name": row.member.course_name})
    elif attempt(request, lambda: end_enrollment(request.actor, place.course, row.member, removed=not is_self)):
        if is_self:
            return redirect("courses")
        request.session[TAKEN_OUT] = row.member_id
    return _back(row)


@require_POST
@admitted
def bring_in_again(request: MemberRequest, course_id: int, member_id: int) -> HttpResponse:
    place = course_place(request.user.pk, course_id)
    row = _enrolled(place, member_id)
    said = _("%(name)s is back, with the same seat and the same groups.") % {"name": row.member.course_name}
    attempt(request, lambda: bring_back(request.actor, place.course, row.member), said)
    return _back(row)


@BOTH
@admitted
def add_staff(request: MemberRequest, course_id: int) -> HttpResponse:
    """A co-instructor, an assistant, a substitute: from those whom the school knows."""
    place = led_by(request, course_id)
    people = candidates(place.course)
    form = StaffForm(request.POST if request.method == "POST" else None, people=people)

    def appoint() -> None:
        chosen = next(member for member in people if str(member.pk) == form.cleaned_data["member"])
        appoint_staff(request.actor, place.course, chosen, **form.said)

    if request.method == "POST" and accepted(form, appoint):
        messages.success(request, _("Added. The rooms are open to them at once."))
        return redirect("course_people", course_id)
    return course_page(request, place, "course_people", "add_staff", form=form, people=people)
