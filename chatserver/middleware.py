"""Headers that every answer carries: the strict Content-Security-Policy and its neighbours.

No page of ours needs an inline style, a script of another origin or a string turned into HTML: the policy makes that so.
The one inline script is the import map, allowed by its hash; Django's admin is relaxed, because its pages aren't ours.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from frontend.templatetags.importmap import import_map_source

POLICY = (
    "default-src 'none'; script-src 'self' {import_map}; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types lit-html chat"
)
ADMIN_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
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


class SecurityHeaders:
    """Outermost of all, so that static files and failures carry the headers as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = policy_for(request.path_info)
        return response


def policy_for(path: str) -> str:
    return ADMIN_POLICY if path.startswith("/admin/") else POLICY.format(import_map=import_map_source())
