"""The consumer in this process, as under any other ASGI server: without our extension it sends frame by frame.

Here alone time can be made short, and the database be away.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from chatserver import client, door, networks
from chatserver.asgi import application
from chatserver.engine import Engine
from chatserver.limits import Limits
from consent.actions.networks import add_network
from realtime import topics
from rooms.models import Room
from tests.cast import SYSTEM, browser_of, make_member, make_school
from tests.rooms_cast import INSTRUCTOR, join, make_course, make_room
from tests.socket_client import DEADLINE_SECONDS

REFUSED = {"type": "websocket.close", "code": 4403}


class Wire:
    """One handshake under a plain ASGI server, and what the application says to it, in order."""

    def __init__(self, cookie: str, *, address: str = "", origin: str = "") -> None:
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.hear("connect")
        headers = [(b"origin", (origin or min(settings.ORIGINS)).encode()), (b"cookie", cookie.encode())]
        scope: dict[str, Any] = {"type": "websocket", "path": "/ws/", "headers": headers}
        scope |= {"client": [address, 1] if address else None, "subprotocols": ["chatserver.v1"]}
        self.serving = asyncio.ensure_future(cast(Any, application)(scope, self._heard.get, self._said.put))

    def hear(self, what: str, **fields: Any) -> None:
        self._heard.put_nowait({"type": f"websocket.{what}", **fields})

    async def said(self) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._said.get()

    async def ended(self) -> None:
        self.hear("disconnect", code=1006)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.serving


@pytest.fixture
def room(transactional_db: None) -> Room:
    return make_room(make_course())


@pytest.fixture
def cookie(room: Room) -> str:
    member = make_member("Marisol Rivera")
    join(room.course, member, INSTRUCTOR)
    morsel = browser_of(member).cookies[settings.SESSION_COOKIE_NAME]
    return f"{morsel.key}={morsel.value}"


@pytest.fixture
async def engine(cookie: str) -> AsyncIterator[Engine]:
    running = Engine(asyncio.get_running_loop())
    running.start()
    yield running
    await running.settle()
    await running.stop()


async def test_who_does_not_say_hello_in_time_is_sent_away(
    engine: Engine, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.HELLO_SECONDS == 10
    monkeypatch.setattr(client, "HELLO_SECONDS", 0.05)
    wire = Wire(cookie)
    assert (await wire.said())["type"] == "websocket.accept"
    closing = json.loads((await wire.said())["text"])
    assert (closing["t"], closing["code"]) == ("closing", 4450)
    assert await wire.said() == {"type": "websocket.close", "code": 4450}
    await wire.ended()


async def test_who_has_said_hello_stays(engine: Engine, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "HELLO_SECONDS", 0.05)
    wire, silent = Wire(cookie), Wire(cookie)
    assert (await wire.said())["type"] == "websocket.accept"
    wire.hear("receive", text=json.dumps({"t": "hello", "ref": 1}))
    assert json.loads((await wire.said())["text"])["t"] == "ready"
    while (await silent.said())["type"] != "websocket.close":
        """The other one's time is over, and so this one's would be."""
    wire.hear("receive", text="nonsense")
    assert json.loads((await wire.said())["text"])["code"] == "invalid_frame"
    await wire.ended()
    await silent.ended()
    assert not list(engine.clients())
    assert not engine.hub.connections()


async def test_a_binary_frame_is_a_wrong_frame_under_any_server(engine: Engine, cookie: str) -> None:
    wire = Wire(cookie)
    assert (await wire.said())["subprotocol"] == "chatserver.v1"
    wire.hear("receive", bytes=b'{"t":"hello","ref":1}')
    assert json.loads((await wire.said())["text"])["code"] == "invalid_frame"
    await wire.ended()


async def test_who_comes_while_the_database_is_away_is_asked_to_come_back(
    engine: Engine, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(keys: list[str]) -> dict[str, door.Visit]:
        raise OperationalError("could not connect to server")

    with monkeypatch.context() as patch:
        patch.setattr(door, "visits_by_key", away)
        wire = Wire(cookie)
        assert await wire.said() == {"type": "websocket.accept", "subprotocol": "chatserver.v1"}
        closing = json.loads((await wire.said())["text"])
        assert (closing["code"], closing["reason"]) == (1011, "server_fault")
        assert await wire.said() == {"type": "websocket.close", "code": 1011}
        await wire.ended()
    wire = Wire(cookie)
    wire.hear("receive", text=json.dumps({"t": "hello", "ref": 1}))
    assert (await wire.said())["type"] == "websocket.accept"
    assert json.loads((await wire.said())["text"])["t"] == "ready"
    await wire.ended()


AT_SCHOOL = "203.0.113.7"


async def greeted(wire: Wire) -> dict[str, Any]:
    """What is said to somebody who greets at once: `ready`, or `closing`."""
    wire.hear("receive", text=json.dumps({"t": "hello", "ref": 1}))
    assert (await wire.said())["type"] == "websocket.accept"
    frame: dict[str, Any] = json.loads((await wire.said())["text"])
    await wire.ended()
    return frame


async def test_an_address_that_connects_too_often_waits_and_one_on_a_school_s_list_does_not(
    engine: Engine, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "READ_SECONDS", 0.02)
    engine.limits = Limits(clock=lambda: 0.0)
    for _ in range(600):
        assert engine.limits.of_connect(AT_SCHOOL, is_listed=False) == 0.0
    closing = await greeted(Wire(cookie, address=AT_SCHOOL))
    assert (closing["t"], closing["code"], closing["reason"]) == ("closing", 4429, "too_many_connects")
    assert closing["retry_after_seconds"] == 1
    assert await Wire(cookie, address=AT_SCHOOL, origin="https://example.org").said() == REFUSED
    assert (await greeted(Wire(cookie, address="198.51.100.7")))["t"] == "ready"

    await asyncio.to_thread(list_network, "203.0.113.0/24")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not engine.networks.holds(AT_SCHOOL):  # noqa: ASYNC110 - read by a loop of its own
            await asyncio.sleep(0.01)
    assert (await greeted(Wire(cookie, address=AT_SCHOOL)))["t"] == "ready"
    assert not engine.networks.holds("198.51.100.7")


def list_network(network: str) -> None:
    try:
        add_network(SYSTEM, make_school(), network=network)
    finally:
        connection.close()


async def test_who_left_while_the_door_was_asked_appears_nowhere(engine: Engine, cookie: str, room: Room) -> None:
    """The watch looks at everybody's access again; meanwhile this one goes."""
    wire = Wire(cookie)
    wire.hear("receive", text=json.dumps({"t": "hello", "ref": 1}))
    while (await wire.said())["type"] != "websocket.send":
        """Accepted, then `ready`."""
    (there,) = engine.clients()
    visits = await engine.door.look_again([there.visit.session])
    assert room.pk in visits[there.visit.session].standings
    await wire.ended()
    there.update(visits[there.visit.session])
    engine.presence._presence.tell()
    assert engine.presence._presence.here(topics.room(room.pk)) == []
    assert not engine.hub.topics
