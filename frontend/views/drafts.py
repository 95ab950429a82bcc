"""What somebody began to write and hasn't sent: the list, with the way back to each and the way to be rid of it."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of
from rooms.actions.drafts import discard_draft
from rooms.permissions import reach
from rooms.queries.pages import drafts_page


@require_safe
@admitted
def drafts(request: MemberRequest) -> HttpResponse:
    lines = [(line, datetime.fromisoformat(line.at)) for line in drafts_page(request.user.pk)]
    return render(request, "pages/drafts/drafts.html", {"drafts": lines, "ways": ways_of(request.user.pk)})


@require_POST
@admitted
def discard(request: MemberRequest, room_id: int) -> HttpResponse:
    discard_draft(request.actor, reach(request.user.pk, room_id))
    return redirect("drafts")
