"""A student paused for some minutes in a course: reads on, doesn't write, is told why; classmates don't notice."""

from typing import Any

import pytest

from tests.chatserver.conftest import DEVON, JADA, LIAM, RIVERA, Enter, School

PAULA = "paula.kim"


def course_of(ready: dict[str, Any], course: int) -> dict[str, Any]:
    (found,) = (each for each in ready["courses"] if each["course"] == course)
    return dict(found)


async def test_a_paused_student_reads_and_does_not_write_and_knows_until_when(school: School, enter: Enter) -> None:
    rivera, liam, jada = await enter(RIVERA), await enter(LIAM), await enter(JADA)
    room, beside, elsewhere = liam.room("General"), liam.room("Homework help"), liam.room("Ms. Rivera")
    own = await liam.say(room, "before the pause")
    seat = liam.rooms[room]["my_seat"]
    ack = await rivera.ask("member.mute", room=room, seat=seat, minutes=10, reason="interrupting")
    assert (ack["t"], ack["seat"]) == ("ack", seat)
    changed = await liam.event("access.changed")
    state = {each["room"]: each for each in changed["rooms"]}
    told = {"seat": seat, "until": ack["until"], "by": rivera.rooms[room]["my_seat"], "reason": "interrupting"}
    assert state[room]["muted"] == state[beside]["muted"] == told
    assert "muted" not in state[elsewhere]
    refused = await liam.say(room, "but I")
    assert (refused["code"], refused["text"]) == (
        "muted",
        "You can read here, but not write for now. Your text is still here.",
    )
    assert (await liam.ask("message.edit", room=room, message=own["seq"], text="but I"))["code"] == "muted"
    assert (await liam.say(beside, "but here"))["code"] == "muted"
    assert (await liam.say(elsewhere, "here I may"))["t"] == "ack"
    assert (await rivera.event("mutes.changed", course=rivera.rooms[room]["course"]))["mutes"] == [told]
    said = await jada.say(room, "the others go on")
    await liam.message(room, said["seq"])
    assert "interrupting" not in str(jada.frames)
    assert {frame["t"] for frame in jada.frames}.isdisjoint({"access.changed", "mutes.changed"})
    assert (await enter(LIAM)).rooms[room]["muted"] == told
    recorded = school.rows("SELECT subject, data FROM accounts_auditentry WHERE action = 'member.mute'")
    assert [(subject, "interrupting" in data) for subject, data in recorded] == [(school.member(LIAM), True)]


async def test_let_write_again_opens_every_socket_at_once(enter: Enter) -> None:
    """Chemistry: nobody else is paused there."""
    chen, one = await enter("m.chen"), await enter("marcus.o")
    other = await enter("marcus.o")
    room = chen.room("General", "Chemistry")
    seat = one.rooms[room]["my_seat"]
    await chen.ask("member.mute", room=room, seat=seat, reason="a break")
    for client in (one, other):
        await client.event("access.changed")
    assert (await one.say(room, "but"))["code"] == "muted"
    assert "until" not in await chen.ask("member.unmute", room=room, seat=seat)
    for client in (one, other):
        opened = await client.event("access.changed")
        assert not any("muted" in each for each in opened["rooms"])
    assert (await other.say(room, "thank you"))["t"] == "ack"


@pytest.mark.row("S22")
async def test_the_family_is_told_of_a_pause_and_of_its_end(enter: Enter) -> None:
    rivera, devon, paula = await enter(RIVERA), await enter(DEVON), await enter(PAULA)
    room, course = devon.room("General"), devon.rooms[devon.room("General")]["course"]
    seat = devon.rooms[room]["my_seat"]
    ack = await rivera.ask("member.mute", room=room, seat=seat, reason="Be kind.")
    told = {"seat": seat, "until": ack["until"], "by": rivera.rooms[room]["my_seat"], "reason": "Be kind."}
    assert (await paula.event("mutes.changed", course=course))["mutes"] == [told]
    assert course_of((await enter(PAULA)).ready, course)["mutes"] == [told]
    await rivera.ask("member.unmute", room=room, seat=seat)
    await paula.event("mutes.changed", course=course, mutes=[])


async def test_a_paused_student_does_not_appear_as_typing(enter: Enter) -> None:
    """Jada types afterwards: by then Kenji's typing would have been told."""
    rivera, kenji, jada = await enter(RIVERA), await enter("kenji.o"), await enter(JADA)
    room = rivera.room("General")
    seat, jadas = kenji.rooms[room]["my_seat"], jada.rooms[room]["my_seat"]
    await rivera.ask("member.mute", room=room, seat=seat, reason="a short break")
    await kenji.event("access.changed")
    await kenji.tell("typing", room=room)
    await kenji.ask("room.history", room=room, limit=1)
    await jada.tell("typing", room=room)
    await rivera.event("typing", room=room, seats=[jadas])
    assert not any(seat in frame["seats"] for frame in rivera.of(room, "typing"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"seat": 999, "reason": "x"}, "not_found"),
        ({"seat": 1, "reason": "x"}, "not_allowed"),
        ({"reason": " "}, "field_invalid"),
        ({"minutes": 61, "reason": "x"}, "field_invalid"),
    ],
)
async def test_a_wrong_pause_is_refused(enter: Enter, fields: dict[str, object], code: str) -> None:
    """Nobody, a colleague, no reason, too long."""
    chen, amara = await enter("m.chen"), await enter("amara.d")
    room = chen.room("General")
    answer = await chen.ask("member.mute", **{"room": room, "seat": amara.rooms[room]["my_seat"], **fields})
    assert answer["code"] == code
    assert (await amara.say(room, "still here"))["t"] == "ack"


async def test_only_staff_pause(enter: Enter) -> None:
    jada, paula = await enter(JADA), await enter(PAULA)
    room = jada.room("General")
    for client in (jada, paula):
        for seat in (3, 999):
            answer = await client.ask("member.mute", room=room, seat=seat, reason="x")
            assert answer["code"] in ("not_allowed", "not_found")
