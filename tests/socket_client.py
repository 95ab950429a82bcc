"""A real client: signs in through the form, connects as a browser does, keeps every frame in the order it came.

Nothing here waits without a deadline, and nothing sleeps: whoever waits is woken by a frame. "Nothing came" is shown
by something later that did come, on the same socket.
"""

import asyncio
import http.cookiejar
import itertools
import json
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.live import Live

DEADLINE_SECONDS = 20.0  # the product promises 2; a busy machine is no fault of it
SUBPROTOCOL = "chatserver.v1"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

EMPTY: Mapping[str, str] = {}
Frame = dict[str, Any]
T = TypeVar("T")


def uuid7() -> str:
    """RFC 9562 § 5.7, as the browser makes them."""
    stamp = int(time.time() * 1000) << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)
    return str(uuid.UUID(int=stamp))


class Ended(AssertionError):
    """The socket is over, and what was waited for had not come."""


class Answer:
    """Status, final address and text of an HTTP answer, whatever the status."""

    def __init__(self, status: int, url: str, text: str) -> None:
        self.status, self.url, self.text = status, url, text


class Browser:
    """A jar of cookies that fills in forms as a person's browser would."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    @classmethod
    def signed_in(cls, live: Live, username: str, password: str | None = None) -> "Browser":
        browser = cls(live)
        password = password or live.people()[username].password
        answer = browser.fill_in("/sign-in/", login=username, password=password)
        assert browser.cookies.get("session"), (answer.status, answer.url)
        return browser

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self.jar}

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> Answer:
        return self._open(path)

    def fill_in(self, page: str, *, action: str | None = None, **fields: str | list[str]) -> Answer:
        """Open the page, take its token, post the form to `action` (default: the page itself)."""
        found = TOKEN.search(self.get(page).text)
        assert found is not None, f"no form on {page}"
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": found.group(1)}, doseq=True).encode()
        headers = {"Origin": self.live.origin, "Referer": self.live.url + page}
        return self._open(action or page, data, headers)

    def _open(self, path: str, data: bytes | None = None, headers: Mapping[str, str] = EMPTY) -> Answer:
        request = urllib.request.Request(self.live.url + path, data, dict(headers))  # noqa: S310 - our own server
        try:
            with self._opener.open(request, timeout=DEADLINE_SECONDS) as response:
                return Answer(response.status, response.geturl(), response.read().decode())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, request.full_url, refused.read().decode())


class SocketClient:
    """One socket. `frames` is everything that came; `event` walks through it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []
        self.answers: dict[int | None, Frame] = {}  # ref → the first answer to it
        self.ready: Frame = {}
        self.is_over = False
        self._passed = 0
        self._refs = itertools.count(1)
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls,
        live: Live,
        cookie: str | None,
        *,
        origin: str | None = "own",
        subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
        headers: Mapping[str, str] | None = None,
    ) -> "SocketClient":
        """The handshake. Raises websockets' InvalidStatus where it is refused."""
        sent = {**({"Cookie": cookie} if cookie is not None else {}), **(headers or {})}
        async with asyncio.timeout(DEADLINE_SECONDS):
            connection = await connect(
                live.socket_url,
                origin=Origin(live.origin) if origin == "own" else Origin(origin) if origin is not None else None,
                subprotocols=[Subprotocol(each) for each in subprotocols] or None,
                additional_headers=sent,
                proxy=None,
                compression=None,
                open_timeout=DEADLINE_SECONDS,
                close_timeout=2,
                ping_interval=None,
                max_size=None,
            )
        return cls(connection)

    # Out

    async def raw(self, message: str | bytes) -> None:
        await self.connection.send(message)

    async def tell(self, t: str, **fields: Any) -> None:
        """A frame without a ref."""
        await self.raw(json.dumps({"t": t, **fields}, ensure_ascii=False))

    async def push(self, t: str, **fields: Any) -> int:
        """A frame with a ref, which is returned; the answer isn't waited for."""
        ref = next(self._refs)
        await self.tell(t, ref=ref, **fields)
        return ref

    async def ask(self, t: str, **fields: Any) -> Frame:
        """A frame with a ref, and its answer: `ack`, `error` or `ready`."""
        return await self.answer(await self.push(t, **fields))

    async def answer(self, ref: int) -> Frame:
        return await self.until(lambda: self.answers.get(ref), f"the answer to {ref}")

    async def hello(self, last: Mapping[int, int] | None = None) -> Frame:
        self.ready = await self.ask("hello", last={str(room): seq for room, seq in (last or {}).items()}, client="test")
        assert self.ready["t"] == "ready", self.ready
        return self.ready

    async def say(self, room: int, text: str, *, cid: str | None = None, **fields: Any) -> Frame:
        """Send a message; the answer."""
        return await self.ask("message.send", room=room, cid=cid or uuid7(), text=text, **fields)

    # In

    async def event(self, t: str, **fields: Any) -> Frame:
        """The next frame of this kind with these fields, behind the one found before."""

        def found() -> Frame | None:
            for at in range(self._passed, len(self.frames)):
                if self.frames[at]["t"] == t and fields.items() <= self.frames[at].items():
                    self._passed = at + 1
                    return self.frames[at]
            return None

        return await self.until(found, f"{t} {fields}")

    async def message(self, room: int, seq: int) -> Frame:
        """The `message.sent` of a room that has this seq."""
        return await self.until(
            lambda: next(iter(self.of(room, "message.sent", seq=seq)), None), f"message.sent {room}:{seq}"
        )

    async def reach(self, room: int, seq: int) -> None:
        """Until everything of the room up to `seq` has come."""
        await self.until(lambda: self.last_seq(room) >= seq or None, f"{room} up to {seq}")

    async def closed(self) -> int:
        """The code with which the socket ends, once it has."""
        await self.until(lambda: self.is_over or None, "the close", is_end_wanted=True)
        return self.connection.close_code or 1006

    def of(self, room: int, *kinds: str, **fields: Any) -> list[Frame]:
        """What came about a room; all kinds, or these."""
        return [
            frame
            for frame in self.frames
            if frame.get("room") == room and (not kinds or frame["t"] in kinds) and fields.items() <= frame.items()
        ]

    def seqs(self, room: int) -> list[int]:
        """The seqs of a room in the order in which they came; what was withheld counts."""
        found: list[int] = []
        for frame in self.of(room):
            if frame["t"] == "withheld":
                found += range(frame["from"], frame["to"] + 1)
            elif frame["t"] == "gap":
                found.append(frame["last_seq"])
            elif "seq" in frame and "at" in frame and frame["t"] != "ack":
                found.append(frame["seq"])
        return found

    def last_seq(self, room: int) -> int:
        return max(self.seqs(room), default=0)

    @property
    def rooms(self) -> dict[int, Frame]:
        return {room["room"]: room for room in self.ready["rooms"]}

    def room(self, title: str, course: str = "Algebra I") -> int:
        """The room's number, by its title and its course's short one, as `ready` has them."""
        courses = {each["course"]: each["short_title"] for each in self.ready["courses"]}
        found = [r["room"] for r in self.ready["rooms"] if r["title"] == title and courses[r["course"]] == course]
        assert len(found) == 1, (title, course, found)
        return found[0]

    # The end

    async def close(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.connection.close()
            await self._reader

    async def cut(self) -> None:
        """As a lost network: no close frame."""
        self.connection.transport.abort()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self._reader

    async def _read(self) -> None:
        try:
            async for message in self.connection:
                self._take(json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            self.is_over = True
            self._news.set()

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame["t"] in ("ack", "error", "ready"):
            self.answers.setdefault(frame["ref"], frame)
        self._news.set()

    async def until(self, found: Callable[[], T | None], what: str, *, is_end_wanted: bool = False) -> T:
        """What `found` finds, looked for again with every frame that comes."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (value := found()) is None:
                    if self.is_over and not is_end_wanted:
                        raise Ended(f"closed with {self.connection.close_code} before {what}: {self._last()}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{what} did not come in {DEADLINE_SECONDS} s: {self._last()}") from None
        return value

    def _last(self) -> str:
        return "\n".join(json.dumps(frame)[:300] for frame in self.frames[-12:])
