"""What a parent is asked, behind the link of the mail: read without a password, answered with no at once (S18, S20).

Invariant: opening the link, and bringing its code, changes nothing; only the button does. What was looked up is
remembered in the session by its number, and looked up again at every step. A yes isn't given here: it needs proof of
who gives it, and the school's office records it.
"""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.errors import FieldInvalid, NotAllowed, NotFound, TooManyTries
from consent.actions.answering import find_request
from consent.actions.stubs import refuse_by_link
from consent.models import Scope
from consent.queries.requests import Notice, notice_of
from frontend.forms import SCOPE_NAMES, scope_meanings, text_input
from frontend.register_forms import AskedForm, status_of
from frontend.views.languages import in_asked_language

KEY = "consent_request"
BOTH = require_http_methods(["GET", "HEAD", "POST"])


class RequestCodeForm(AskedForm):
    """Any text: whether it is a code, the action says, with one answer for all that don't work."""

    code = forms.CharField(
        label=gettext_lazy("Code from the mail"),
        help_text=gettext_lazy("The link in the mail puts it here. You can also copy it from there."),
        max_length=60,
        widget=text_input(autocapitalize="characters", spellcheck="false"),
        error_messages={"required": gettext_lazy("Type the code.")},
    )


@BOTH
@in_asked_language
def consent_link(request: HttpRequest) -> HttpResponse:
    """The code stands behind the # of the address and is put into the field by mailed-code.js."""
    form = RequestCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_found(request, form):
        return _to("consent_notice", request)
    return render(request, "pages/consent/link.html", {"form": form}, status=status_of(form))


@BOTH
@in_asked_language
def consent_notice(request: HttpRequest) -> HttpResponse:
    """The notice; a POST is the no."""
    try:
        notice = notice_of(request.session.get(KEY))
    except NotFound:
        return _over(request)
    if request.method == "POST":
        return _refuse(request, notice)
    return _page(request, notice)


def _is_found(request: HttpRequest, form: RequestCodeForm) -> bool:
    try:
        found = find_request(
            form.cleaned_data["code"],
            device=request.COOKIES.get(settings.CSRF_COOKIE_NAME, ""),
            address=request.META.get("REMOTE_ADDR", ""),
        )
    except (FieldInvalid, TooManyTries) as refused:
        form.refuse("code", refused.text)
        form.is_too_fast = isinstance(refused, TooManyTries)
        return False
    request.session[KEY] = found.pk
    return True


def _page(request: HttpRequest, notice: Notice, *, refusal: str = "") -> HttpResponse:
    about = scope_meanings(notice.child.given_name)
    context = {
        "notice": notice,
        "child": notice.child.given_name,
        "school": notice.school,
        "parts": [(SCOPE_NAMES[scope], about[scope]) for scope in Scope],
        "is_own": request.user.pk == notice.child.pk,
        "refusal": refusal,
    }
    return render(request, "pages/consent/notice.html", context, status=403 if refusal else 200)


def _refuse(request: HttpRequest, notice: Notice) -> HttpResponse:
    name, is_stub = notice.child.given_name, notice.is_stub
    try:
        refuse_by_link(request.actor, notice.request.pk)  # type: ignore[attr-defined]
    except NotFound:
        return _over(request)
    except NotAllowed as refused:
        return _page(request, notice, refusal=refused.text)
    request.session.pop(KEY, None)
    return render(request, "pages/consent/refused.html", {"child": name, "school": notice.school, "is_stub": is_stub})


def _over(request: HttpRequest) -> HttpResponse:
    if request.session.pop(KEY, None) is not None:
        messages.warning(request, _("This was answered meanwhile, or its time is over. Nothing was changed just now."))
    return _to("consent_link", request)


def _to(name: str, request: HttpRequest) -> HttpResponseRedirect:
    """In the language that the address asks for."""
    asked = request.GET.get("language", "")
    query = f"?language={asked}" if asked in dict(settings.LANGUAGES) else ""
    return HttpResponseRedirect(f"{reverse(name)}{query}")
