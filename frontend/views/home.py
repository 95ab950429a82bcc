"""`/`: everybody is taken to where their day begins."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from consent.queries.schools import schools_to_confirm
from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of


@require_safe
@admitted
def home(request: MemberRequest) -> HttpResponse:
    ways = ways_of(request.user.pk)
    if ways:
        return redirect(ways[0].url)
    return render(request, "pages/home/nothing_open.html", {"waits_for": schools_to_confirm(request.user.pk).first()})
