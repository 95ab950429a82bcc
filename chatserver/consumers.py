"""ChatConsumer: from a handshake to a client of the hub.

`__call__` is our own: AsyncConsumer's dispatch costs a thread hop and a task per event (365 µs a delivery). No session,
a wrong Origin, or a session that comes ten times a second is HTTP 403 before the accept, which costs least; everything
else is accepted, told and closed with its code, because a close before the accept reaches the browser as a bare 1006.
What an address has used up is asked before the door: a flood of cookies costs the database nothing.
"""

import logging
import math
from typing import Any, cast

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import OperationalError

from chatserver import engine
from chatserver.access import note_refusal
from chatserver.client import Client
from chatserver.door import Visit, has_right_origin, session_key
from chatserver.farewells import farewell
from chatserver.protocol import SUBPROTOCOL
from consent import gate
from realtime.closing import CloseCode
from realtime.outbox import Outbox, Receive, Send, listen, open_outbox, serve_until_gone

log = logging.getLogger(__name__)


class ChatConsumer(AsyncConsumer):
    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:  # type: ignore[override]
        running = engine.current()
        await receive()
        if (key := session_key(scope)) is not None and running.limits.of_arrival(key):
            running.answers["too_many_arrivals"] += 1
            await send({"type": "websocket.close", "code": 4403})
            return
        if key is not None and has_right_origin(scope) and (wait := _wait_of_address(running, scope)):
            running.answers["too_many_connects"] += 1
            await _come_back(running, scope, receive, send, CloseCode.TOO_MANY_FRAMES, wait)
            return
        try:
            visit = await running.door.enter(scope)
        except OperationalError as problem:
            log.warning("the door could not be asked: %s", problem)
            running.answers["database_away"] += 1
            await _come_back(running, scope, receive, send, CloseCode.SERVER_FAULT)
            return
        if (answer := _said(visit)) != "allowed":
            note_refusal(answer)
        running.answers[answer] += 1
        if visit is None:
            await send({"type": "websocket.close", "code": 4403})
            return
        is_ours = SUBPROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if is_ours else _offered(scope)})
        client: Client | None = None

        def on_text(payload: bytes) -> None:
            if client is not None:
                client.receive(payload)

        outbox = open_outbox(cast(Any, scope), send, on_text, running.config)
        if (refusal := _refusal(visit, is_ours)) is not None:
            _turn_away(outbox, visit, refusal)
            await listen(receive, outbox, on_text)
            return
        client = Client(running, visit, outbox)
        running.admit(client)
        await serve_until_gone(scope, receive, outbox, on_text, client.gone)


def _said(visit: Visit | None) -> str:
    """What the gate answered, as it is counted."""
    if visit is None:
        return "no_session"
    return visit.decision.code if isinstance(visit.decision, gate.Deny) else "allowed"


def _refusal(visit: Visit, is_ours: bool) -> CloseCode | None:
    if isinstance(visit.decision, gate.Deny):
        return visit.decision.close_code
    return None if is_ours else CloseCode.PAGE_TOO_OLD


def _offered(scope: dict[str, Any]) -> str | None:
    """What to accept from whom we turn away: a browser that gets none of what it offered never reads our code."""
    return next(iter(scope.get("subprotocols", ())), None)


def _wait_of_address(running: engine.Engine, scope: dict[str, Any]) -> int:
    """Seconds until one more may come from there; 0: now."""
    address = (scope.get("client") or [""])[0]
    return math.ceil(running.limits.of_connect(address, is_listed=running.networks.holds(address)))


async def _come_back(
    running: engine.Engine,
    scope: dict[str, Any],
    receive: Receive,
    send: Send,
    code: CloseCode,
    wait: int | None = None,
) -> None:
    """The database is away, or too many come from one network: the page waits and tries again. A refused handshake
    would look like a lost session."""
    await send({"type": "websocket.accept", "subprotocol": _offered(scope)})
    outbox = open_outbox(cast(Any, scope), send, _ignore, running.config)
    reason = "too_many_connects" if code == CloseCode.TOO_MANY_FRAMES else ""
    outbox.write(farewell(code, settings.LANGUAGE_CODE, reason=reason, retry_after_seconds=wait))
    outbox.close(code)
    await listen(receive, outbox, _ignore)


def _ignore(payload: bytes) -> None:
    """From somebody who is being sent away."""


def _turn_away(outbox: Outbox, visit: Visit, code: CloseCode) -> None:
    reason = visit.decision.code if isinstance(visit.decision, gate.Deny) else ""
    outbox.write(farewell(code, visit.member.locale, reason=reason))
    outbox.close(code)
