"""Every frame that the server sends by itself, after everything that can happen in one room: it reaches exactly whom
the table names, and what was said there reaches nobody else."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest

from chatserver import wire_reference
from tests.chatserver.conftest import RIVERA, Enter, School
from tests.matrix.policy import ANSWERS, BESIDES, EVENTS, SOCKETS
from tests.socket_client import Frame, SocketClient

SETTINGS = {"limits": "bench"}
SAID, BEGUN = "canary of a message", "canary of a draft"
OTHER = "hana.y"  # in the class, on no socket
WITH_SEATS = {"typing": "seats", "presence": "here"}
BY_THE_SCHOOL = """
from accounts.actor import Actor
from accounts.models import Member
from rooms.actions.course_rooms import change_room
from rooms.actions.enrollments import bring_back, end_enrollment
from rooms.models import Room
room = Room.objects.select_related("course").get(pk=room)
teacher, other = (Actor.of_member(Member.objects.get(sign_in_name=name)) for name in (teacher, other))
end_enrollment(teacher, room.course, Member.objects.get(pk=other.member_id), removed=True)
bring_back(teacher, room.course, Member.objects.get(pk=other.member_id))
change_room(teacher, room, title="General", posting="all", is_open=False)
"""
HEAD = """
from accounts.actor import Actor
from accounts.models import Member
from consent.actions.consents import record_consent, withdraw_consent
from consent.models import Scope
from rooms.actions.enrollments import end_enrollment
from rooms.models import Course
system, member = Actor.command("test"), Member.objects.get(sign_in_name=who)
"""
REMOVED = f"{HEAD}end_enrollment(system, Course.objects.get(pk=course), member, removed=True)"
WITHDRAWN = f"{HEAD}withdraw_consent(system, member, grantor='A. Parent')"
YES_AGAIN = f"""{HEAD}said = {{"grantor": "A. Parent", "capacity": "parent", "method": "phone", "evidence": "note"}}
record_consent(system, member, scopes=list(Scope.values), **said)"""

Clients = Mapping[str, SocketClient]


def test_every_frame_of_the_server_has_its_row_in_the_table() -> None:
    tags = {str(frame.__struct_config__.tag) for frame in wire_reference.SERVER_FRAMES}
    assert {row.partition(",")[0] for row in EVENTS} | ANSWERS == tags | {"ack"}
    assert ANSWERS.isdisjoint(EVENTS)


@pytest.mark.row("S9", "S17", "S20", "S22")
@pytest.mark.timeout(120)
async def test_a_frame_reaches_exactly_who_the_table_names(school: School, enter: Enter) -> None:
    clients = {name: await enter(username) for name, username in {**SOCKETS, **BESIDES}.items()}
    author = clients["author"]
    room = author.room("General")
    seats = {name: clients[name].rooms[room]["my_seat"] for name in ("author", "instructor")}
    await said_and_done(clients, room)
    school.browser(SOCKETS["author"]).fill_in("/gate/", action="/language/", language="es")
    school.elsewhere(BY_THE_SCHOOL, room=room, teacher=RIVERA, other=OTHER)
    await author.event("room.changed", state="closed")
    course = author.rooms[room]["course"]
    school.elsewhere(REMOVED, who=BESIDES["removed"], course=course)
    removed, withdrawn = clients["removed"], clients["withdrawn"]
    first = {"removed": await removed.until(lambda: loss_of(removed, room), "the loss of the room")}
    school.elsewhere(WITHDRAWN, who=BESIDES["withdrawn"])
    assert await withdrawn.closed() == 4453
    first["withdrawn"] = len(withdrawn.frames) - 1
    school.elsewhere(YES_AGAIN, who=BESIDES["withdrawn"])
    await asyncio.gather(*(clients[name].event("member.shown", room=room) for name in EVENTS["member.shown"]))
    for client in clients.values():
        if not client.is_over:
            await client.ask("nonsense")  # what was on its way has come

    found: dict[str, set[str]] = defaultdict(set)
    for name, client in clients.items():
        for frame in client.frames[first.get(name, 0) :]:
            if frame.get("room", room) == room and frame.get("course", course) == course:
                for row in rows_of(frame, seats):
                    found[row].add(name)
    wrong = [
        f"{row}: {'told' if name in found[row] else 'not told'} to {name}"
        for row in {*EVENTS, *found} - ANSWERS
        for name in sorted(found[row] ^ set(EVENTS.get(row, ())))
    ]
    assert "\n".join(sorted(wrong)) == ""
    for canary, hearers in ((SAID, EVENTS["message.sent"] | BESIDES.keys()), (BEGUN, EVENTS["draft.changed"])):
        assert {name for name, client in clients.items() if canary in str(client.frames)} == hearers


def loss_of(client: SocketClient, room: int) -> int | None:
    """Where it is told that the room is gone: from there on nothing of it is heard."""
    losses = (
        at
        for at, frame in enumerate(client.frames)
        if frame["t"] == "access.changed" and room not in {each["room"] for each in frame["rooms"]}
    )
    return next(losses, None)


def rows_of(frame: Frame, seats: Mapping[str, int]) -> Iterator[str]:
    """Under which rows a frame falls: who types and who is here are many at once."""
    within = frame.get(WITH_SEATS.get(frame["t"], ""))
    if within is None:
        yield frame["t"]
        return
    if seats["author"] in within:
        yield frame["t"]
    if seats["instructor"] in within:
        yield f"{frame['t']}, of an instructor"


async def said_and_done(clients: Clients, room: int) -> None:
    author, instructor = clients["author"], clients["instructor"]
    said = await author.say(room, SAID)
    await author.ask("draft.save", room=room, text=BEGUN)
    for client in (author, instructor):
        await client.tell("typing", room=room)
    await clients["parent"].event("typing")
    await author.ask("message.edit", room=room, message=said["seq"], text=f"{SAID}, changed")
    await author.ask("message.remove", room=room, message=said["seq"])
    await author.ask("message.restore", room=room, message=said["seq"])
    await author.ask("room.read", room=room, seq=said["seq"])
    await instructor.ask("member.mute", room=room, seat=author.rooms[room]["my_seat"], reason="a break")
    await clients["parent"].event("mutes.changed")
