"""Who may open a page of signed-in people: whom the gate lets in, asked anew for each page.

Whoever isn't signed in goes to the sign-in page and comes back; whom the gate holds goes to the gate.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.actor import Actor
from accounts.models import Member
from consent.gate import Deny
from consent.queries.duties import lacking_second_step
from consent.queries.facts import asked_once, decisions_of


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in, as the middlewares leave it."""

    user: Member
    actor: Actor


MemberView = Callable[..., HttpResponse]
SAFE = ("GET", "HEAD")
OF_DUTY = ("/duties/", "/school/", "/moderation/", "/operator/")


def signed_in(view: MemberView) -> MemberView:
    """Somebody is signed in, let in or not: the gate itself, and what is reachable from it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect(sign_in_url(request))
        return view(cast(MemberRequest, request), *args, **kwargs)

    return guarded


def admitted(view: MemberView) -> MemberView:
    """The gate lets them in. A page that only reads asks it once about each person."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        with asked_once() if request.method in SAFE else nullcontext():
            if isinstance(decisions_of([request.user.pk])[request.user.pk], Deny):
                return redirect("gate")
            if is_of_duty(request) and lacking_second_step([request.user.pk]):
                return redirect("two_factor")
            return view(request, *args, **kwargs)

    return signed_in(guarded)


def is_of_duty(request: HttpRequest) -> bool:
    """Whether the page belongs to a duty: it opens the lives of others, and asks for a second step of signing in."""
    return request.path_info.startswith(OF_DUTY)


def sign_in_url(request: HttpRequest) -> str:
    """The sign-in page; after it, a page that was only looked at comes back."""
    address = reverse("sign_in")
    if request.method not in SAFE or request.path == reverse("home"):
        return address
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}"
