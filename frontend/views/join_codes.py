"""The join codes of a course: shown, bounded, locked, printed for the wall; and who has joined, live (S14).

Invariant: codes are the instructors' of the course; to everybody else there is no such page.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from accounts.errors import NotFound
from frontend.course_pages import accepted, attempt, course_page
from frontend.join_forms import CodeBoundsForm
from frontend.qr import qr_svg
from frontend.templatetags.local_time import clock, day
from frontend.views.admission import MemberRequest, admitted
from frontend.views.polled import signed_out, state_answer
from rooms.actions.join_codes import WORKS_FOR, bound_code, end_code, lock_code, make_code, replace_code, unlock_code
from rooms.models import JoinCode
from rooms.queries.courses import CoursePlace, course_place, meets_people
from rooms.queries.join_codes import Joined, State, code_of, codes_of, joined, state_of

BOTH = require_http_methods(["GET", "HEAD", "POST"])
STATES: dict[State, str | Promise] = {
    "open": gettext_lazy("Works"),
    "locked": gettext_lazy("Locked"),
    "full": gettext_lazy("Full"),
    "expired": gettext_lazy("Out of date"),
}


class CodeLine(NamedTuple):
    """A code with what stands beside it. `form`: its bounds, with what was typed where that came back."""

    code: JoinCode
    state: State
    word: str | Promise
    used: str
    url: str
    picture: SafeString
    form: CodeBoundsForm


class JoinedLine(NamedTuple):
    """A line of who joined: the same in the page and in the answer that keeps it live."""

    id: int
    member: int
    name: str
    note: str
    can_be_taken_out: bool


def taught(request: MemberRequest, course_id: int) -> CoursePlace:
    """Raises NotFound."""
    place = course_place(request.user.pk, course_id)
    if not place.is_instructor:
        raise NotFound
    return place


@BOTH
@admitted
def codes(request: MemberRequest, course_id: int) -> HttpResponse:
    place = taught(request, course_id)
    data = request.POST if request.method == "POST" else None
    form = CodeBoundsForm(data, initial={"until": timezone.localdate() + WORKS_FOR})
    if data is not None and accepted(form, lambda: make_code(request.actor, place.course, **form.said)):
        return redirect("course_codes", course_id)
    return _page(request, place, form=form)


@BOTH
@admitted
def code_bounds(request: MemberRequest, course_id: int, code_id: int) -> HttpResponse:
    place = taught(request, course_id)
    code = code_of(place.course, code_id)
    if request.method != "POST":
        return redirect("course_codes", course_id)
    form = CodeBoundsForm(request.POST, auto_id=f"id_{code.pk}_%s")
    if accepted(form, lambda: bound_code(request.actor, code, **form.said)):
        messages.success(request, _("Saved. It holds from now on."))
        return redirect("course_codes", course_id)
    return _page(request, place, changed=form, changed_id=code_id)


class Deed(NamedTuple):
    act: Callable[[Actor, JoinCode], object]
    said: str | Promise


DEEDS = {
    "lock": Deed(lock_code, gettext_lazy("Locked. Nobody gets in with it until you unlock it.")),
    "unlock": Deed(unlock_code, gettext_lazy("Unlocked. It lets people in again.")),
    "replace": Deed(replace_code, gettext_lazy("Here is a new code. The old one is dead, wherever it was written.")),
    "end": Deed(end_code, gettext_lazy("The code is gone. Who joined with it stays.")),
}


@require_POST
@admitted
def change_code(request: MemberRequest, course_id: int, code_id: int, deed: str) -> HttpResponse:
    place = taught(request, course_id)
    if deed not in DEEDS:
        raise NotFound
    code, (act, said) = code_of(place.course, code_id), DEEDS[deed]
    attempt(request, lambda: act(request.actor, code), str(said))
    return redirect("course_codes", course_id)


@require_safe
@admitted
def code_poster(request: MemberRequest, course_id: int, code_id: int) -> HttpResponse:
    """For the wall: one sheet with the code, the link and the picture."""
    place = taught(request, course_id)
    code = code_of(place.course, code_id)
    context = {
        "course": place.course,
        "code": code,
        "picture": picture_of(code),
        "join_url": f"{settings.SITE_URL}{reverse('join')}",
    }
    return render(request, "pages/courses/code_poster.html", context)


@require_safe
def codes_state(request: HttpRequest, course_id: int) -> HttpResponse:
    """Who has joined: `{count, joined: [{id, name, note}], codes: {id: how often}}`, asked again and again.

    401 once nobody is signed in.
    """
    return _state(request, course_id) if request.user.is_authenticated else signed_out()


@admitted
def _state(request: MemberRequest, course_id: int) -> HttpResponse:
    course = taught(request, course_id).course
    lines = joined_lines(joined(course))
    told = [{"id": line.id, "name": line.name, "note": line.note} for line in lines]
    codes = {code.pk: used(code) for code in codes_of(course)}
    return state_answer(request, {"count": _counted(len(lines)), "joined": told, "codes": codes})


def _page(
    request: MemberRequest,
    place: CoursePlace,
    *,
    form: CodeBoundsForm | None = None,
    changed: CodeBoundsForm | None = None,
    changed_id: int = 0,
) -> HttpResponse:
    new = form or CodeBoundsForm(initial={"until": timezone.localdate() + WORKS_FOR})
    lines = joined_lines(joined(place.course))
    return course_page(
        request,
        place,
        "course_codes",
        "codes",
        form=new if changed is None else changed,
        new_form=new,
        changed_id=changed_id,
        codes=[code_line(code, changed if code.pk == changed_id else None) for code in codes_of(place.course)],
        joined=lines,
        joined_count=_counted(len(lines)),
        is_met=meets_people(place.course),
    )


def code_line(code: JoinCode, form: CodeBoundsForm | None = None) -> CodeLine:
    state = state_of(code)
    initial = {"until": timezone.localtime(code.expires_at).date(), "most": code.most}
    shown = form or CodeBoundsForm(initial=initial, auto_id=f"id_{code.pk}_%s")
    return CodeLine(code, state, STATES[state], used(code), link_of(code), picture_of(code), shown)


def used(code: JoinCode) -> str:
    values = {"n": code.joined_count, "most": code.most}
    if code.most is not None:
        return _("%(n)d of %(most)d joined") % values
    return ngettext("%(n)d joined", "%(n)d joined", code.joined_count) % values


def picture_of(code: JoinCode) -> SafeString:
    return qr_svg(link_of(code), _("Picture of the link with the code %(code)s") % {"code": code.code})


def link_of(code: JoinCode) -> str:
    """The code travels in the fragment: no server and no log sees it."""
    return f"{settings.SITE_URL}{reverse('join')}#{code.code}"


def joined_lines(rows: list[Joined]) -> list[JoinedLine]:
    return [JoinedLine(row.id, row.member.pk, row.member.name, _note(row), row.is_inside) for row in rows]


def _note(row: Joined) -> str:
    local = timezone.localtime(row.at)
    when = clock(local) if local.date() == timezone.localdate() else day(local.date())
    if not row.is_inside:
        return _("%(when)s; not in the course any more") % {"when": when}
    if row.is_waiting:
        return _("%(when)s; can't enter yet, the family or the school has to answer") % {"when": when}
    return when


def _counted(count: int) -> str:
    if not count:
        return _("Nobody has joined yet.")
    return ngettext("%(n)d person has joined", "%(n)d people have joined", count) % {"n": count}
