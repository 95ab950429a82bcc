"""A student paused for some minutes: reads on, doesn't write; nobody else notices."""

import pytest

from tests.chatserver.conftest import JADA, LIAM, RIVERA, Enter, School

PAULA = "paula.kim"


async def test_a_paused_student_reads_and_does_not_write_and_knows_until_when(school: School, enter: Enter) -> None:
    rivera, liam, jada = await enter(RIVERA), await enter(LIAM), await enter(JADA)
    room, elsewhere = liam.room("General"), liam.room("Homework help")
    own = await liam.say(room, "before the pause")
    seat = liam.rooms[room]["my_seat"]
    ack = await rivera.ask("member.mute", room=room, seat=seat, minutes=10, reason="interrupting")
    assert (ack["t"], ack["seat"]) == ("ack", seat)
    changed = await liam.event("access.changed")
    state = {each["room"]: each for each in changed["rooms"]}
    assert state[room]["muted_until"] == ack["until"]
    assert "muted_until" not in state[elsewhere]
    refused = await liam.say(room, "but I")
    assert (refused["code"], refused["text"]) == (
        "muted",
        "You can read here, but not write for now. Your text is still here.",
    )
    assert (await liam.ask("message.edit", room=room, message=own["seq"], text="but I"))["code"] == "muted"
    assert (await liam.say(elsewhere, "here I may"))["t"] == "ack"
    said = await jada.say(room, "the others go on")
    await liam.message(room, said["seq"])
    assert not [frame for frame in jada.frames if frame["t"] == "access.changed"]
    assert (await enter(LIAM)).rooms[room]["muted_until"] == ack["until"]
    recorded = school.rows("SELECT subject, data FROM accounts_auditentry WHERE action = 'member.mute'")
    assert [(subject, "interrupting" in data) for subject, data in recorded] == [(school.member(LIAM), True)]


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
