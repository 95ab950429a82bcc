"""Pages for requests that fail: what happened and where to go, in the same words whether or not a thing exists.

None of them reads the database or the session: a fault there must still find its page. The language and the theme of
the reader are those that were found before (chatserver.middleware.ReaderSettings).
"""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class Fault(NamedTuple):
    status: int
    glyph: str
    heading: str | Promise
    lead: str | Promise


FAULTS = {
    400: Fault(
        400,
        "circle-alert",
        _("We couldn't read that"),
        _("What your browser sent was not complete, or not for us. Going back and trying again usually helps."),
    ),
    403: Fault(403, "lock", _("That is not open to you"), _("You are signed in, and this is for somebody else to do.")),
    404: Fault(
        404,
        "search",
        _("There is nothing here for you"),
        _(
            "The page may not exist, may have moved, or may be private. "
            "We answer the same in each case, so that nobody can find out by trying."
        ),
    ),
    405: Fault(
        405,
        "undo-2",
        _("There is no page at this address"),
        _("A button leads here and takes you on at once. Opening it changed nothing: go back, and press it there."),
    ),
    409: Fault(
        409,
        "history",
        _("Somebody was quicker"),
        _("This changed while you were looking at it. Open it again to see how it is now."),
    ),
    413: Fault(
        413, "file-text", _("That is too large"), _("It is more than we can take in one piece. Make it smaller.")
    ),
    429: Fault(429, "hourglass", _("That was quick"), _("Wait a moment, then try again.")),
    500: Fault(
        500,
        "server-off",
        _("Something broke on our side"),
        _("It is not your fault, and it is written down for us to repair. Try again in a minute."),
    ),
    503: Fault(503, "server-off", _("We are not ready"), _("The service starts or is busy. Try again in a minute.")),
}


def fault_page(
    request: HttpRequest | None, status: int, lead: str = "", template: str = "error", **more: str
) -> HttpResponse:
    """The page of a status; `lead` says more than the usual sentence where somebody knows more."""
    fault = FAULTS.get(status, FAULTS[500])
    context = fault._asdict() | more | {"request": request} | ({"lead": lead} if lead else {})
    return HttpResponse(render_to_string(f"pages/errors/{template}.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return fault_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return fault_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return fault_page(request, 404)


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """The address of a button, opened as a page: by a reload, by a bookmark, by the switch of the language."""
    page = fault_page(request, 405)
    page.headers["Allow"] = allowed
    return page


def too_large(request: HttpRequest) -> HttpResponse:
    return fault_page(request, 413)


def too_many(request: HttpRequest, retry_after_seconds: int) -> HttpResponse:
    sentence = ngettext("Try again in %(n)d second.", "Try again in %(n)d seconds.", retry_after_seconds)
    response = fault_page(request, 429, sentence % {"n": retry_after_seconds})
    response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    return fault_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Without its cookie a form came from a browser that blocks cookies (S6), or waited until the cookie was gone."""
    if reason == REASON_NO_CSRF_COOKIE and settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return fault_page(
            request,
            403,
            str(_("The form came back without its cookie.")),
            "cookies_blocked",
            heading=str(_("Signing in needs cookies")),
            glyph="cookie",
        )
    return fault_page(
        request,
        403,
        str(_("The form was open for a long time, or you signed in again in another tab. Nothing was changed.")),
        "form_expired",
        heading=str(_("This page is out of date")),
        again=request.path if request.method == "GET" else "/",
    )
