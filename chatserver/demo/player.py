"""Play the lesson: six classmates write ninety seconds of prepared talk, as sockets of their own would.

One visitor alone then sees typing, new messages and an unread line. In a demo alone; one lesson at a time.
"""

import asyncio
import logging
import secrets
import time
import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from accounts.models import Access, Member
from chatserver import engine
from chatserver.demo.cards import is_demo
from chatserver.demo.lesson import LESSON, ROOM, Line
from chatserver.demo.people import COURSES, PEOPLE
from chatserver.demo.talk import written
from rooms.actions.clearances import Clearance
from rooms.actions.messages import send_message
from rooms.models import Room
from rooms.permissions import reach
from rooms.queries.standings import Standing

log = logging.getLogger(__name__)

TYPING_REFRESH_SECONDS = 2.0
_playing: "asyncio.Task[None] | None" = None


@require_POST
def play(request: HttpRequest) -> HttpResponse:
    """Start the lesson in Algebra's General and go there."""
    if not is_demo() or not request.user.is_authenticated:
        raise Http404
    room = _room()
    running = engine.current()
    running.loop.call_soon_threadsafe(_start, running, room.pk)
    return redirect("room", room_id=room.pk)


def lesson() -> tuple[int | None, str]:
    """The room of the lesson and the address that plays it; `settings.DEMO_LESSON` names this."""
    return (_room().pk if is_demo() else None), reverse("demo_lesson")


def _room() -> Room:
    course = next(course for course in COURSES if any(room.key == ROOM for room in course.rooms))
    title = next(room.title for room in course.rooms if room.key == ROOM)
    return Room.objects.get(course__title=course.title, title=title, kind=Room.Kind.COURSE)


def _start(running: engine.Engine, room_id: int) -> None:
    global _playing
    if _playing is None or _playing.done():
        _playing = running.loop.create_task(_play(running, room_id))


async def _play(running: engine.Engine, room_id: int) -> None:
    began = running.loop.time()
    async with asyncio.TaskGroup() as lines:
        for line in LESSON:
            lines.create_task(_say(running, room_id, line, began))


async def _say(running: engine.Engine, room_id: int, line: Line, began: float) -> None:
    """Type, then send. Whom the gate or a teacher stops meanwhile says nothing."""
    await asyncio.sleep(max(0.0, began + line.second - line.typing_seconds - running.loop.time()))
    standing = await running.bridge.run_sync(_standing, line.who, room_id)
    while (left := began + line.second - running.loop.time()) > 0:
        running.presence.typing(standing)
        await asyncio.sleep(min(left, TYPING_REFRESH_SECONDS))
    await running.bridge.run_sync(_send, standing, line.text)
    running.presence.sent(standing)


def _standing(who: str, room_id: int) -> Standing:
    return reach(_member(who).pk, room_id)


def _member(who: str) -> Member:
    return Member.objects.get(sign_in_name=PEOPLE[who].sign_in_name)


def _send(standing: Standing, text: str) -> None:
    epoch = Access.objects.values_list("epoch", flat=True).get(member=standing.member_id)
    seats = dict(standing.room.course.enrollments.values_list("member_id", "seat"))
    text = written(text, seat=lambda who: seats[_member(who).pk], weekday=lambda day, locale: "")
    actor = Actor.of_member(standing.member_id, via="system", reason="lesson")
    send_message(actor, standing, clearance=Clearance(epoch), cid=_cid(), text=text).result(timeout=10)


def _cid() -> uuid.UUID:
    value = int(time.time() * 1000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))
