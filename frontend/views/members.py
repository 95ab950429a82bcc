"""A member's page as whoever looks may see it, its state for the page that stays open, and the pictures of people."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.pictures import CONTENT_TYPE
from accounts.errors import NotFound
from accounts.models import Member
from consent.gate import Allow
from consent.queries.facts import decisions_of
from frontend.views.admission import MemberRequest, admitted, sign_in_url
from frontend.views.confirming import recently_confirmed
from frontend.views.polled import state_answer
from frontend.ways import ways_of
from rooms.actions.profiles import delete_for_child
from rooms.queries.profiles import SeenProfile, picture_seen, profile_seen


@require_safe
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    """Without an account only what is open to everyone; otherwise signing in comes first, whoever it is about."""
    viewer = viewer_of(request)
    if viewer is None and request.user.is_authenticated:
        return redirect("gate")
    try:
        seen = profile_seen(viewer, member_id)
    except NotFound:
        if viewer is None:
            return redirect(sign_in_url(request))
        raise
    context = {
        "seen": seen,
        "may_delete": seen.relation.is_guardian and seen.member.is_protected_on(timezone.localdate()),
        "version": version_of(seen),
        "ways": ways_of(viewer) if viewer is not None else [],
    }
    return render(request, "pages/members/member.html", context)


@require_POST
@admitted
@recently_confirmed
def delete_for(request: MemberRequest, member_id: int) -> HttpResponse:
    """A linked parent deletes `field` of a young child."""
    child = Member.objects.filter(pk=member_id).first()
    if child is None:
        raise NotFound
    delete_for_child(request.actor, child, request.POST.get("field", ""))
    messages.success(request, _("Deleted."))
    return redirect("member", member_id)


@require_safe
def member_state(request: HttpRequest, member_id: int) -> HttpResponse:
    """`{version}` with an ETag: what the open page asks every second. "" when it is to be seen no longer."""
    try:
        version = version_of(profile_seen(viewer_of(request), member_id))
    except NotFound:
        version = ""
    return state_answer(request, {"version": version})


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """A picture, for those whom its owner lets see it."""
    picture_seen(viewer_of(request), name)
    place = Path(settings.VAR) / "files" / name
    if not place.is_file():
        raise NotFound
    response = HttpResponse(place.read_bytes(), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "no-store"
    return response


def viewer_of(request: HttpRequest) -> int | None:
    """Whom the gate lets in; everybody else sees what is open to everyone."""
    if isinstance(request.user, AnonymousUser) or request.user.pk is None:
        return None
    return request.user.pk if isinstance(decisions_of([request.user.pk])[request.user.pk], Allow) else None


def version_of(seen: SeenProfile) -> str:
    """Moves with everything the page shows."""
    shown = (
        seen.name,
        [(each.title, each.role) for each in seen.places],
        [(each.field, each.value) for each in seen.lines],
        [(each.pk, each.value) for each in seen.answers],
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
