"""Where somebody is signed in: seen and ended, one by one or all at once (S6, F18)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.sessions import change_keeping, end_other_sessions, end_session, may_keep, sign_out
from accounts.models import Session
from accounts.models.sessions import SHARED
from accounts.queries.sessions import ended_lately, sessions_of
from frontend.views.admission import MemberRequest, admitted
from frontend.views.auth import leave_browser
from frontend.views.confirming import recently_confirmed
from frontend.ways import ways_of
from realtime import hub
from rooms.actions.drafts import forget_own_drafts

WHY: Mapping[str, str | Promise] = {
    "signed_out": gettext_lazy("signed out there"),
    "ended_by_member": gettext_lazy("ended from the list of devices"),
    "key_reused": gettext_lazy("ended for safety: an old copy of its key was used"),
    "password_changed": gettext_lazy("the password was changed"),
    "password_reset": gettext_lazy("a new password was set"),
    "two_factor_turned_on": gettext_lazy("the second step was turned on"),
    "two_factor_reset": gettext_lazy("the second step was taken away"),
}
OTHERWISE = gettext_lazy("ended by the school or the service")


class SessionRow(NamedTuple):
    """`sockets`: open connections, None where the number isn't known; `begins` is how its address begins."""

    session: Session
    browser: str
    begins: str
    is_here: bool
    sockets: int | None


class EndedRow(NamedTuple):
    session: Session
    browser: str
    why: str | Promise


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@recently_confirmed
def sessions(request: MemberRequest) -> HttpResponse:
    """POST `end`: the public id of a session, `others` or `all`."""
    if request.method == "POST":
        return end(request, request.POST.get("end", ""))
    member, here = request.user, request.actor.session_id
    rows = session_rows(sessions_of(member.pk), here, hub.sockets_of(member.pk))
    context = {
        "rows": rows,
        "here": next((row.session for row in rows if row.is_here), None),
        "ended": [EndedRow(each, browser_name(each), why(each)) for each in ended_lately(member.pk)],
        "may_keep": may_keep(member),
        "is_young": member.is_protected_on(timezone.localdate()),
        "ways": ways_of(member.pk),
    }
    return render(request, "pages/account/sessions.html", context)


@require_POST
@admitted
@recently_confirmed
def keep_signed_in(request: MemberRequest) -> HttpResponse:
    change_keeping(request.actor, request.user, request, keep="keep" in request.POST)
    messages.success(request, _("Saved. It holds for this device."))
    return redirect("account_sessions")


def end(request: MemberRequest, which: str) -> HttpResponse:
    """End one, all others, or all. Raises NotFound for what isn't theirs."""
    if which in ("all", request.actor.session_id):
        return end_here(request, others_too=which == "all")
    count = len(end_other_sessions(request.actor)) if which == "others" else len([end_session(request.actor, which)])
    said = ngettext("%(n)d device is signed out.", "%(n)d devices are signed out.", count)
    messages.success(request, said % {"n": count})
    return redirect("account_sessions")


def end_here(request: MemberRequest, *, others_too: bool) -> HttpResponse:
    actor, locale, is_shared = request.actor, request.user.locale, request.session.get(SHARED, False)
    if others_too:
        end_other_sessions(actor)
    sign_out(request)
    if actor.member_id is not None and not sessions_of(actor.member_id):
        forget_own_drafts(actor)
    response = HttpResponseRedirect(reverse("sign_in"))
    leave_browser(response, locale, is_shared=is_shared)
    return response


def session_rows(sessions: Sequence[Session], here: str | None, sockets: Mapping[str, int] | None) -> list[SessionRow]:
    """The one that asks comes first."""
    rows = [
        SessionRow(
            session=each,
            browser=browser_name(each),
            begins=each.address_prefix.partition("/")[0].removesuffix(".0").removesuffix("::"),
            is_here=str(each.public_id) == here,
            sockets=None if sockets is None else sockets.get(str(each.public_id), 0),
        )
        for each in sessions
    ]
    return sorted(rows, key=lambda row: not row.is_here)


def browser_name(session: Session) -> str:
    return session.browser_family if session.browser_family not in ("", "Other") else _("Another browser")


def why(session: Session) -> str | Promise:
    return WHY.get(session.ended_why, OTHERWISE)
