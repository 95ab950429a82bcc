"""What a linked parent's socket carries while a class is at work: of no other child a name."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chatserver import protocol, wire_reference
from chatserver.demo.people import ALGEBRA, BIOLOGY, PEOPLE, WRITING
from tests.chatserver.conftest import DEVON, RIVERA, Enter, School
from tests.socket_client import Frame, SocketClient

PAULA = "paula.kim"
SETTINGS = {"limits": "bench"}
CLASS = ["jada.a", "liam.p", "kenji.o", "priya.s", "hana.y", "oskar.l"]
OWN = {"devon", "mina"}

pytestmark = pytest.mark.row("S22")


def classmates() -> set[str]:
    """Every other child in a course of hers."""
    return {who for course in (ALGEBRA, BIOLOGY, WRITING) for who in course.who("student")} - OWN


def canaries(school: School) -> dict[str, str]:
    """What would give somebody away → who it is. Sign-in names, full names, shown names, member ids in disguise."""
    found = {}
    for who in classmates():
        person = PEOPLE[who]
        for text in (person.sign_in_name, person.name, person.shown_name, person.email or ""):
            if text:
                found[text] = who
    return found


def leaks(frames: list[Frame], signs: dict[str, str]) -> list[tuple[str, Frame]]:
    said = [(msgspec.json.encode(frame).decode().casefold(), frame) for frame in frames]
    return [(sign, frame) for text, frame in said for sign in signs if sign.casefold() in text]


async def at_work(school: School, enter: Enter, *, pause: str, withdrawn: str) -> int:
    """Everything that a class can do in a room, by others than the own child; the last seq."""
    clients = {name: await enter(name) for name in (*CLASS, RIVERA)}
    jada, rivera, paused = clients["jada.a"], clients[RIVERA], await enter(pause)
    room = jada.room("General")
    seats = {name: client.rooms[room]["my_seat"] for name, client in clients.items()}
    seqs = {name: (await client.say(room, "a plain line"))["seq"] for name, client in clients.items()}
    await rivera.say(room, f"well done @[{seats['jada.a']}] and @[{seats['liam.p']}]")
    await clients["liam.p"].say(room, f"> quoted\n\nthank you @[{seats['jada.a']}]", reply_to=seqs["jada.a"])
    await jada.ask("message.edit", room=room, message=seqs["jada.a"], text="**edited** line")
    await clients["kenji.o"].ask("message.remove", room=room, message=seqs["kenji.o"])
    await clients["kenji.o"].ask("message.restore", room=room, message=seqs["kenji.o"])
    await rivera.ask("message.remove", room=room, message=seqs["hana.y"], reason="off topic")
    await rivera.ask("member.mute", room=room, seat=paused.rooms[room]["my_seat"], reason="a break")
    for client in clients.values():
        await client.tell("typing", room=room)
        await client.ask("room.read", room=room, seq=seqs["jada.a"])
    # Typing is told once a second: who sends before that was never seen typing.
    await rivera.until(lambda: typing_of(rivera, seats[RIVERA]), "the teacher's typing")
    await clients["priya.s"].close()
    withdraw(school, withdrawn)
    last = await rivera.say(room, "that is all")
    return int(last["seq"])


def typing_of(client: SocketClient, seat: int) -> Frame | None:
    return next((frame for frame in client.frames if frame["t"] == "typing" and seat in frame["seats"]), None)


def withdraw(school: School, username: str) -> None:
    school.elsewhere(
        "from accounts.actor import Actor; from accounts.models import Member\n"
        "from consent.actions.consents import withdraw_consent\n"
        "withdraw_consent(Actor.command('test'), Member.objects.get(sign_in_name=username), grantor='A. Parent')",
        username=username,
    )


async def asked_for(client: SocketClient) -> None:
    """Whatever can be asked for."""
    for room in client.rooms:
        for frame in (
            await client.ask("room.history", room=room),
            await client.ask("room.roster", room=room),
            await client.ask("room.last", room=room),
            await client.ask("room.read", room=room, seq=1),
        ):
            assert frame["t"] == "ack" or frame["code"] == "not_found", frame
        for message in (await client.ask("room.history", room=room))["messages"][-3:]:
            await client.ask("message.versions", room=room, message=message["seq"])
            await client.ask("message.edit", room=room, message=message["seq"], text="x")


async def test_a_parents_frames_name_no_other_child(school: School, enter: Enter) -> None:
    paula, teacher = await enter(PAULA), await enter("m.chen")
    room = teacher.room("General")
    last = await at_work(school, enter, pause="thuy.t", withdrawn="freya.n")
    for client in (paula, teacher):
        await client.event("typing", room=room)
        await client.reach(room, last)
        await asked_for(client)
    resumed = await enter(PAULA, last=dict.fromkeys(paula.rooms, 0))
    await resumed.reach(room, last)

    signs = canaries(school)
    assert len(signs) > 60
    assert leaks(teacher.frames, signs), "there is something to see"
    by_us = [frame for frame in (*paula.frames, *resumed.frames) if not written_by_people(frame)]
    assert leaks(by_us, signs) == []
    assert leaks([without_text(frame) for frame in (*paula.frames, *resumed.frames)], signs) == []
    assert "Devon K." in str(paula.frames)
    kinds = {frame["t"] for frame in paula.frames}
    assert kinds >= {"ready", "ack", "message.sent", "message.edited", "message.removed", "message.restored"}
    assert kinds >= {"member.hidden", "readers.changed", "roster.changed", "presence", "typing"}


def written_by_people(frame: Frame) -> bool:
    """Free text isn't altered, and the page says so (S22)."""
    return "message" in frame or "messages" in frame


def without_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_text(each) for key, each in value.items() if key not in ("text", "html")}
    return [without_text(each) for each in value] if isinstance(value, list) else value


async def test_html_holds_seats_and_no_names(school: School, enter: Enter) -> None:
    jada, paula = await enter("jada.a"), await enter(PAULA)
    liam = await enter("liam.p")
    room = jada.room("General")
    said = await jada.say(room, f"@[{liam.rooms[room]['my_seat']}] has it")
    message = (await paula.message(room, said["seq"]))["message"]
    assert f'data-seat="{liam.rooms[room]["my_seat"]}"' in message["html"]
    assert leaks([message], canaries(school)) == []


async def test_classmates_get_no_address_and_no_sign_in_name(school: School, enter: Enter) -> None:
    """They know each other's course names and nothing more."""
    devon = await enter(DEVON)
    last = await at_work(school, enter, pause="zoe.m", withdrawn="nadia.h")
    await devon.reach(devon.room("General"), last)
    await asked_for(devon)
    signs: dict[str, str] = {}
    for who in {*classmates(), "rivera", "chen", "paula", "jun"}:
        person = PEOPLE[who]
        signs |= dict.fromkeys(filter(None, (person.sign_in_name, person.email)), who)
        if person.kind == "student":
            signs[person.name] = who
    assert leaks([without_text(frame) for frame in devon.frames], signs) == []


# What the frames are made of


def documented() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    for struct in wire_reference.SERVER_FRAMES:
        yield str(struct.__struct_config__.tag), struct


async def test_no_frame_has_a_field_that_is_not_documented(school: School, enter: Enter) -> None:
    """Each is read by the struct that docs/protocol.md shows, which forbids what it doesn't know."""
    paula, rivera = await enter(PAULA), await enter(RIVERA)
    last = await at_work(school, enter, pause="elif.a", withdrawn="mateo.r")
    for client in (paula, rivera):
        await client.reach(rivera.room("General"), last)
        await client.ask("message.send", room=999, cid="x", text="wrong")
    known = dict(documented())
    for frame in (*paula.frames, *rivera.frames):
        if frame["t"] != "ack":
            fields = {field.encode_name for field in msgspec.structs.fields(known[frame["t"]])}
            assert frame.keys() - {"t"} <= fields, frame
            msgspec.convert(frame, known[frame["t"]])
    assert protocol.PROTOCOL == rivera.ready["protocol"]
