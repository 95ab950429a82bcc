"""Where somebody is signed in: seen and ended, one by one or all at once (S6, F18)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.queries.sessions import sessions_of
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.ways import ways_of


@require_safe
@admitted
@recently_confirmed
def sessions(request: MemberRequest) -> HttpResponse:
    context = {"sessions": sessions_of(request.user.pk), "ways": ways_of(request.user.pk)}
    return render(request, "pages/account/sessions.html", context)
