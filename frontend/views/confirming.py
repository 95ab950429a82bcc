"""The password asked again before account pages (S6): the decorator that asks, and the page where it is typed.

Invariant: a form that comes too late changes nothing, and the page says so.
"""

from functools import wraps
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.actions.confirmations import confirm_password
from accounts.errors import FieldInvalid, TooManyTries
from accounts.queries.confirmations import is_recently_confirmed
from frontend.forms import ActionForm
from frontend.views.admission import SAFE, MemberRequest, MemberView, signed_in


def recently_confirmed(view: MemberView) -> MemberView:
    """The password was typed within 15 minutes; otherwise it is asked first. Stands below `admitted`, where both are
    needed."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_recently_confirmed(request):
            return view(request, *args, **kwargs)
        if request.method not in SAFE:
            messages.warning(request, _("Nothing was changed yet: the password comes first. Then send it again."))
        return redirect(confirm_url(request))

    return signed_in(guarded)


def confirm_url(request: HttpRequest) -> str:
    """The page that asks; after it, the page that was asked for, or the one whose form came too late."""
    back = request.get_full_path() if request.method in SAFE else page_of_form(request)
    return f"{reverse('confirm_password')}?{urlencode({REDIRECT_FIELD_NAME: back})}"


def page_of_form(request: HttpRequest) -> str:
    """The page of ours that the form stood on; the account's where the browser doesn't say."""
    came_from = request.headers.get("Referer", "")
    if not _is_ours(request, came_from):
        return reverse("account")
    place = urlsplit(came_from)
    return f"{place.path}?{place.query}" if place.query else place.path


class ConfirmForm(ActionForm):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput({"class": "input", "autocomplete": "current-password", "autofocus": True}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm_password_page(request: MemberRequest) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_right(request, form):
        return HttpResponseRedirect(_next(request))
    context = {"form": form, "next": _next(request), "by_card": settings.DEMO or not request.user.has_usable_password()}
    return render(request, "pages/account/confirm_password.html", context, status=422 if form.errors else 200)


def _is_right(request: MemberRequest, form: ConfirmForm) -> bool:
    try:
        confirm_password(request.actor, request.user, request, password=form.cleaned_data["password"])
    except (FieldInvalid, TooManyTries) as refused:
        form.refuse("password", refused.text)
        return False
    return True


def _next(request: MemberRequest) -> str:
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    return asked if _is_ours(request, asked) else reverse("account")


def _is_ours(request: HttpRequest, address: str) -> bool:
    hosts = {request.get_host()}
    return url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=request.is_secure())
