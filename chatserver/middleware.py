"""What stands round every page: the headers it carries, the reader's language and zone, the page of an error.

No page of ours needs an inline style, a script of another origin or a string turned into HTML: the policy holds that.
The one inline script is the import map, allowed by its hash; Django's admin is relaxed, because its pages aren't ours.
"""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone, translation

from accounts.errors import AppError
from accounts.models import Member
from accounts.queries.settings import chosen_theme, zone_of
from frontend.templatetags.importmap import import_map_source
from frontend.views.errors import fault_page, not_allowed, not_found, too_many

POLICY = (
    "default-src 'none'; script-src 'self' {import_map}; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types lit-html chat"
)
ADMIN_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# A mail in `/dev/mail/` is what others wrote: no script, nothing fetched, an origin of its own.
MAIL_POLICY = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'"
)

# Not `no-referrer`: it turns the Origin of our own forms into "null", and every form would be refused as forged.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",  # pages of children stay out of the cache on disk; what may stay says so itself
}


GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """Outermost of all, so that static files and failures carry the headers as well."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = policy_for(request.path_info)
        return response


def policy_for(path: str) -> str:
    if path.startswith("/admin/"):
        return ADMIN_POLICY
    if path.startswith("/dev/mail/"):
        return MAIL_POLICY if path.endswith("/html/") else f"{_policy()}; frame-src 'self'"
    return _policy()


def _policy() -> str:
    return POLICY.format(import_map=import_map_source())


class ReaderSettings:
    """A signed-in member's own language, zone and theme: a page and its socket speak one language.

    After the authentication, and after Django's LocaleMiddleware, which knows the device alone: its cookie decides
    until somebody signs in.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        member = request.user if isinstance(request.user, Member) else None
        request.theme = chosen_theme(member)  # type: ignore[attr-defined]
        with timezone.override(zoneinfo.ZoneInfo(zone_of(member))):
            if member is not None:
                translation.activate(member.locale)
            return self.get_response(request)


class FaultPages:
    """The border where an error of the domain becomes a page. Absent and not theirs look the same.

    The last of all, behind the check of forms, which has read them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "GET" and isinstance(response, HttpResponseNotAllowed):
            return not_allowed(request, response.headers["Allow"])
        return response

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Nobody types a NUL, and PostgreSQL has no place for one, not even to look for it."""
        return fault_page(request, 400) if _holds_nul(request) else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, AppError):
            return None
        if exception.status == 404:
            return not_found(request)
        if exception.retry_after_seconds is not None:
            return too_many(request, exception.retry_after_seconds)
        return fault_page(request, exception.status, exception.text)


def _holds_nul(request: HttpRequest) -> bool:
    given = [value for fields in (request.GET, request.POST) for _, values in fields.lists() for value in values]
    return any("\0" in value for value in (request.path_info, *given))
