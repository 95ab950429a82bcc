"""The page that lists every cookie (S6). A test holds it to what the product really sets."""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from frontend.views.languages import in_asked_language


class Cookie(NamedTuple):
    name: str
    purpose: str | Promise
    set_when: str | Promise
    stays: str | Promise


def every_cookie() -> list[Cookie]:
    return [
        Cookie(
            settings.SESSION_COOKIE_NAME,
            _("Knows that it is you who is signed in. A random number, nothing about you in it."),
            _("When you sign in"),
            _("Until the browser closes; 30 days with “Keep me signed in”"),
        ),
        Cookie(
            settings.CSRF_COOKIE_NAME,
            _("Proves that a form was sent from our own page."),
            _("With the first page that has a form"),
            _("1 year"),
        ),
        Cookie(
            settings.LANGUAGE_COOKIE_NAME,
            _("The language you chose."),
            _("When you choose one"),
            _("Until the browser closes"),
        ),
    ]


@require_safe
@in_asked_language
def cookies(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/cookies/cookies.html", {"cookies": every_cookie()})
