"""The access log: a line for each request and each socket, when it is over.

Invariant: never a query, a body, a cookie, an address of a person, or of the path more than its pattern and its
numbers. A socket costs one line, and nothing while it lives.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from chatserver.addresses import Application
from chatserver.logs import Doing, about, doing, new_id

log = logging.getLogger("access")

STATIC = "/static/"


class AccessLog:
    """Round the pages. Each request gets an id, which its answer carries and its lines in the log show."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        began, request, status = time.monotonic(), Doing(new_id("r")), 0

        async def noted(event: dict[str, Any]) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
                event["headers"] = [*event.get("headers", ()), (b"x-request-id", request.id.encode())]
            await send(event)

        with about(request):
            try:
                await self._pages(scope, receive, noted)
            finally:
                _note_request(scope, request, status, time.monotonic() - began)


class NotesRoute:
    """A middleware of Django's: it alone knows which pattern an address matched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, named: dict[str, Any]) -> None:
        now = doing()
        if now is not None and request.resolver_match is not None:
            now.route = "/" + request.resolver_match.route
            now.numbers = {name: value for name, value in named.items() if isinstance(value, int)}


def _note_request(scope: dict[str, Any], request: Doing, status: int, seconds: float) -> None:
    if request.route or status >= 400 or not scope["path"].startswith(STATIC):
        shown: dict[str, Any] = {"method": scope["method"], "route": request.route or None, "status": status or None}
        numbers = {"numbers": request.numbers} if request.numbers else {}
        log.info("request", extra={"shown": {**shown, **numbers, "ms": round(seconds * 1000, 1)}})


def note_socket(socket: str, code: int, seconds: float) -> None:
    log.info("socket", extra={"shown": {"id": socket, "code": int(code), "seconds": round(seconds, 1)}})


def note_refusal(answer: str) -> None:
    """Somebody who was not let in."""
    log.info("handshake", extra={"shown": {"answer": answer}})
