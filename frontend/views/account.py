"""The overview of one's own account: every place of it, with what is done there."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of


@require_safe
@admitted
def account(request: MemberRequest) -> HttpResponse:
    return render(request, "pages/account/account.html", {"ways": ways_of(request.user.pk)})
