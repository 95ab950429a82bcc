"""`/healthz`, `/readyz`, `/metrics`: for the operator's network, before sessions, cookies, the door and Django.

Invariant: everybody else gets what they get for any address that isn't there, by the same way.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from chatserver.addresses import Application, is_operators
from chatserver.environment import Network
from chatserver.pulse import Pulse

Answer = tuple[HTTPStatus, bytes]

PLAIN = b"text/plain; charset=utf-8"
METRICS = b"text/plain; version=0.0.4; charset=utf-8"


class Probes:
    """In front of the pages."""

    def __init__(
        self, pages: Application, pulse: Pulse, *, allow: Sequence[Network], trusted: Sequence[Network]
    ) -> None:
        self._pages, self._pulse, self._allow, self._trusted = pages, pulse, allow, trusted
        self._answers: Mapping[str, Callable[[], Awaitable[Answer]]] = {
            "/healthz": self._health,
            "/readyz": self._readiness,
            "/metrics": self._metrics,
        }

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] in self._answers and self._may_know(scope):
            await _send(send, scope, *await self._answers[scope["path"]]())
        else:
            await self._pages(scope, receive, send)

    def _may_know(self, scope: Mapping[str, Any]) -> bool:
        peer = (scope.get("client") or [""])[0]
        is_theirs = is_operators(peer, scope["headers"], allow=self._allow, trusted=self._trusted)
        return is_theirs and scope["method"] in ("GET", "HEAD")

    async def _health(self) -> Answer:
        return HTTPStatus.OK, b"alive\n"

    async def _readiness(self) -> Answer:
        if trouble := await self._pulse.trouble():
            return HTTPStatus.SERVICE_UNAVAILABLE, f"{trouble}\n".encode()
        return HTTPStatus.OK, b"ready, redis away\n" if self._pulse.has_redis is False else b"ready\n"

    async def _metrics(self) -> Answer:
        return HTTPStatus.OK, await self._pulse.render()


async def _send(send: Any, scope: Mapping[str, Any], status: HTTPStatus, body: bytes) -> None:
    kind = METRICS if scope["path"] == "/metrics" else PLAIN
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
