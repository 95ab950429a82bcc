"""The chat: a room as a page that can be read at once, and the same as JSON for the browser that goes on from there.

Snapshot and page are made of one `room_page`: what the socket brings afterwards begins where they end.
"""

from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from frontend.chat_rows import rows_of
from frontend.chat_words import chat_words
from frontend.instead import instead_of_writing
from frontend.listed_rooms import first_of, groups_of
from frontend.reader_line import ReaderWords
from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of
from rooms.queries.pages import RoomPage, first_room, room_page
from rooms.queries.places import places_for
from rooms.queries.states import RoomState, room_states

PROTOCOL = 1
SOCKET = "/ws/"


@require_safe
@admitted
def room(request: MemberRequest, room_id: int, seq: int | None = None) -> HttpResponse:
    """A room, at its end or around a message."""
    is_json = request.GET.get("format") == "json"
    page = room_page(request.user, room_id, around=seq, has_list=not is_json)
    if is_json:
        return JsonResponse(snapshot(page))
    is_missing = seq is not None and all(message.seq != seq for message in page.messages)
    return render(request, "pages/rooms/room.html", context_of(page, view="main") | {"is_missing": is_missing})


@require_safe
@admitted
def rooms(request: MemberRequest) -> HttpResponse:
    """The list: on a phone a page of its own, beside the first room elsewhere."""
    first = first_room(room_states(places_for(request.user.pk)))
    if first is None:
        return redirect("home")
    return render(request, "pages/rooms/room.html", context_of(room_page(request.user, first), view="list"))


def snapshot(page: RoomPage) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(page)
    return facts | {"protocol": PROTOCOL, "ws": SOCKET}


def context_of(page: RoomPage, *, view: str) -> dict[str, Any]:
    current = next(room for room in page.rooms if room.room == page.room)
    course = next(course for course in page.courses if course.course == current.course)
    is_familys = reads_along_only(page.rooms)
    people = {person.seat: person for person in page.roster.seats}
    words = chat_words(to_student=is_student(page.rooms))
    return {
        "view": view,
        "shell": "family" if is_familys else "room",
        "is_familys": is_familys,
        "room": current,
        "course": course,
        "courses": [] if is_familys else [(each, first_of(page.rooms, each.course)) for each in page.courses],
        "has_family": any(room.view == "guardian" for room in page.rooms),
        "ways": ways_of(page.me.id, page.rooms),
        "groups": groups_of(page.rooms, None if is_familys else current.course),
        "lesson_url": lesson_url(page.rooms),
        "draft_rooms": {draft.room for draft in page.drafts},
        "is_student": is_student(page.rooms),
        "rows": list(rows_of(page.messages, current, page.roster.seats)),
        "readers": ReaderWords(current, people, words),
        "instead": instead_of_writing(current, people, words),
        "snapshot": snapshot(page) | {"words": words},
    }


def lesson_url(rooms: list[RoomState]) -> str:
    """Where the demo plays its lesson, for those who can see it; `settings.DEMO_LESSON` names the function."""
    source: str = settings.DEMO_LESSON
    if not source:
        return ""
    room_id, url = import_string(source)()
    return url if any(room.room == room_id for room in rooms) else ""


def is_student(rooms: list[RoomState]) -> bool:
    return any(room.view == "peer" and room.kind == "course" for room in rooms)


def reads_along_only(rooms: list[RoomState]) -> bool:
    """A parent who is nothing else here: the page is then a family's (directory.js says the same)."""
    return any(room.view == "guardian" for room in rooms) and all(
        room.view == "guardian" or (room.view == "peer" and room.kind == "direct") for room in rooms
    )
