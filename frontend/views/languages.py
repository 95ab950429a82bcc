"""The language of a page: chosen once for everywhere by whoever is signed in, before that by a cookie; on pages that
set no cookie it stands in their address, `?language=es`."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from accounts.actions.settings import change_settings
from accounts.models import Member

View = Callable[..., HttpResponse]


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """From the switch of any page. The cookie serves the sign-in page of this browser; other languages are ignored."""
    wanted = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    if isinstance(request.user, Member) and wanted in dict(settings.LANGUAGES):
        change_settings(request.actor, request.user, locale=wanted)  # type: ignore[attr-defined]
    response: HttpResponse = set_language(request)
    return response


def remember_language(response: HttpResponse, language: str) -> None:
    """For the pages of this browser before the next sign-in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]  # a str, for django-stubs
    )


def in_asked_language(view: View) -> View:
    """Renders the page in the language its address asks for, if we speak it. The view has to render at once."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        asked = request.GET.get("language", "")
        if asked not in dict(settings.LANGUAGES):
            return view(request, *args, **kwargs)
        with translation.override(asked):
            return view(request, *args, **kwargs)

    return spoken
