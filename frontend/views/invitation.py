"""Being invited: the link of the mail brings the code, and leads to the page of the offer; no, thank you, is said
without an account (S13).

Invariant: opening a link changes nothing, and neither does its code: each answer is a button. Joining is the page of
offers (frontend.views.joining).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import NotFound
from frontend.invitation_pages import invitation_context
from frontend.join_forms import JoinForm
from frontend.register_forms import status_of
from frontend.views.joining import OFFER, is_found, no_offer, remembered_offer
from rooms.actions.invitations import decline_invitation


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """The code stands behind the # of the address and is put into the field by mailed-code.js."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and is_found(request, form):
        return redirect("join_offer")
    return render(request, "pages/join/invitation.html", {"form": form}, status=status_of(form))


@require_POST
def decline(request: HttpRequest) -> HttpResponse:
    """It is over then; whoever invited sees it in the list."""
    try:
        row = decline_invitation(request.actor, remembered_offer(request))  # type: ignore[attr-defined]
    except NotFound:
        return no_offer(request)
    request.session.pop(OFFER, None)
    return render(request, "pages/join/declined.html", invitation_context(row) | {"course": row.course})
