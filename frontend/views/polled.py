"""The state of a page that asks for it every few seconds: JSON with an ETag, 401 once nobody is signed in."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import quote_etag


def signed_out() -> HttpResponse:
    return JsonResponse({"code": "signed_out"}, status=401)


def state_answer(request: HttpRequest, state: dict[str, object]) -> HttpResponse:
    """304 while the state is the one that the page has."""
    etag = quote_etag(hashlib.sha256(repr(state).encode()).hexdigest()[:16])
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    return JsonResponse(state, headers={"ETag": etag})
