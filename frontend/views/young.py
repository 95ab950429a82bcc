"""Account pages that a young student doesn't have: the family and the school keep the way in (S1)."""

from functools import wraps

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from frontend.views.admission import MemberRequest, MemberView


def grown(view: MemberView) -> MemberView:
    """From 14 on. A child reads who can help instead."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_protected_on(timezone.localdate()):
            return render(request, "pages/account/young.html", status=403)
        return view(request, *args, **kwargs)

    return guarded
