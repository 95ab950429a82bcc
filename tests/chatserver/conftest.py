"""The demo school on a real server, with its people on real sockets."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.demo_school import begin_with_demo
from tests.live import Live
from tests.socket_client import Browser, SocketClient

RIVERA, DEVON, JADA, LIAM = "m.rivera", "devon.k", "jada.a", "liam.p"


class School:
    """A server with its demo school. Everybody signs in once; the database can be read beside it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._browsers: dict[str, Browser] = {}

    def browser(self, username: str) -> Browser:
        if username not in self._browsers:
            self._browsers[username] = Browser.signed_in(self.live, username)
        return self._browsers[username]

    def forget(self, username: str) -> None:
        """The next `browser` of this person signs in anew."""
        self._browsers.pop(username, None)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is on disk now."""
        return self.live.rows(sql, *values)

    def value(self, sql: str, *values: Any) -> Any:
        ((value,),) = self.rows(sql, *values)
        return value

    def member(self, username: str) -> int:
        return int(self.value("SELECT id FROM accounts_member WHERE sign_in_name = ?", username))

    def elsewhere(self, code: str, **values: Any) -> str:
        """Run Python in another process on the same folder, as `./chat manage shell` does; what it printed.

        `values` are there as names.
        """
        names = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        done = subprocess.run(
            [sys.executable, "-m", "chatserver", "manage", "shell", "--no-imports", "-c", f"{names}\n{code}"],
            env=self.live.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=40,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()


@pytest.fixture(scope="module")
def school(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """A school of the module's own: what its tests change is seen by them alone. `SETTINGS` are the module's."""
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    live = begin_with_demo(Live(tmp_path_factory.mktemp("school"), **settings)).start()
    yield School(live)
    live.stop()


Enter = Callable[..., Awaitable[SocketClient]]


@pytest.fixture
async def enter(school: School) -> AsyncIterator[Enter]:
    """`await enter("m.rivera")`: a socket of this person that has greeted; closed after the test."""
    clients: list[SocketClient] = []

    async def enters(
        username: str, *, last: Mapping[int, int] | None = None, hello: bool = True, cookie: str | None = None
    ) -> SocketClient:
        client = await SocketClient.open(school.live, cookie or school.browser(username).cookie_header)
        clients.append(client)
        if hello:
            await client.hello(last)
        return client

    yield enters
    await asyncio.gather(*(client.close() for client in clients))


def same(one: Mapping[str, Any], other: Mapping[str, Any], *, but: str = "ref") -> bool:
    """Whether two frames are the same bytes, apart from one field."""
    return json.dumps({**one, but: 0}) == json.dumps({**other, but: 0})
