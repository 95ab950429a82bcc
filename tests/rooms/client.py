"""A page of a room as a client keeps it, and what a running hub was given: for *snapshot + events = new snapshot*."""

import asyncio
import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from msgspec.json import encode

from accounts.models import Member
from realtime.bus import LocalBus, Runs, Signal
from realtime.frames import unframe
from realtime.hub import Head, Hub, Run
from rooms.events import frame_for
from rooms.models import Room, RoomHead
from rooms.queries.log import entries_of
from rooms.queries.messages import around
from rooms.queries.pages import room_page
from tests.rooms_cast import standing_of

Frame = dict[str, Any]


class Page:
    """The messages of a room and the seq up to which they are true, changed by frames as the client has to.

    Events carry the state that results: a message takes the place of the one of its seq. Whoever may read a removed
    text keeps the one it has, and asks why staff removed it. After `member.shown` the window is fetched anew.
    """

    def __init__(self, member: Member, room: Room) -> None:
        self.member, self.room = member, room
        self.view = standing_of(member, room).view
        self.load()

    def load(self) -> None:
        page = json.loads(encode(room_page(self.member, self.room.pk)))
        (state,) = (each for each in page["rooms"] if each["room"] == self.room.pk)
        self.own_seats = {state["my_seat"], *state.get("children", [])} - {0}
        self.is_staff = state["view"] == "staff"
        self.messages: list[Frame] = page["messages"]
        self.applied_seq: int = page["as_of_seq"]

    def copy(self) -> "Page":
        """The same page in another window."""
        other = copy(self)
        other.messages = list(self.messages)
        return other

    def apply(self, frame: Frame) -> None:
        first, last = (frame["from"], frame["to"]) if frame["t"] == "withheld" else (frame["seq"], frame["seq"])
        if last <= self.applied_seq:
            return
        assert first == self.applied_seq + 1, "a hole"
        self.applied_seq = last
        if "message" in frame:
            self._put(frame["message"], is_new=frame["t"] == "message.sent")
        elif frame["t"] == "member.hidden" and not self.is_staff and frame["seat"] not in self.own_seats:
            self.messages = [message for message in self.messages if message["by"] != frame["seat"]]
        elif frame["t"] == "member.shown":
            self.load()

    def _put(self, message: Frame, *, is_new: bool) -> None:
        known = next((each for each in self.messages if each["seq"] == message["seq"]), None)
        if known is None:
            self.messages += [message] if is_new else []
            return
        if "removed" in message and message["by"] in self.own_seats:
            message = message | {key: known[key] for key in ("text", "html") if key in known}
            if message["removed"]["by_kind"] == "staff":
                (message,) = json.loads(
                    encode(around(standing_of(self.member, self.room), message["seq"], limit=1).messages)
                )
        self.messages[self.messages.index(known)] = message


def replayed(page: Page) -> list[Frame]:
    """What the log holds for this page since it was loaded."""
    last = RoomHead.objects.get(room=page.room).last_seq
    entries = entries_of(page.room.pk, after=page.applied_seq, upto=last, limit=500)
    return [decoded(frame_for(entry, page.view)) for entry in entries]


def live(page: Page, runs: list[Run]) -> list[Frame]:
    """What a hub would have sent to this page meanwhile."""
    events = [event for run in runs if run.topic == f"room:{page.room.pk}" for event in run.events]
    return [decoded(event.for_view(page.view)) for event in events]


def decoded(frame: bytes) -> Frame:
    (text,) = unframe(frame)
    found: Frame = json.loads(text)
    return found


class NoHistory:
    """Nobody joins here."""

    async def heads(self, topics: Collection[str]) -> dict[str, Head]:
        return {}

    async def frames(self, topic: str, view: str, after: int, upto: int) -> list[bytes]:
        return []

    def gap(self, topic: str, head: Head) -> bytes:
        return b""


@contextmanager
def hub_running() -> Iterator[list[Run]]:
    """A hub runs; yields the runs that it is given, complete when the block ends."""
    loop, bus, runs = asyncio.new_event_loop(), LocalBus(), list[Run]()

    def receive(signal: Signal) -> None:
        if isinstance(signal, Runs):
            runs.extend(signal.runs)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    hub = Hub(loop, NoHistory(), bus=bus)
    bus.subscribe(receive)
    loop.call_soon_threadsafe(hub.start)
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(10)
    try:
        yield runs
    finally:
        asyncio.run_coroutine_threadsafe(hub.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
