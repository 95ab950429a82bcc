"""What a socket says to frames that are wrong: a code, the frame's ref, a sentence. Nothing else changes."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.chatserver.conftest import DEVON, JADA, LIAM, RIVERA, Enter, School
from tests.socket_client import SocketClient, uuid7

LONGEST = 48 * 1024


async def still_works(client: SocketClient) -> None:
    """The socket answers as if nothing had happened."""
    room = next(iter(client.rooms))
    assert (await client.ask("room.history", room=room, limit=1))["t"] == "ack"


async def refusal(client: SocketClient, message: str | bytes, *, ref: int | None = None) -> dict[str, object]:
    """The error that comes to a raw message, with all that an error has to have."""
    await client.raw(message)
    error = await client.event("error", ref=ref)
    assert str(error["text"]).endswith("."), "a sentence for a person"
    assert error.keys() <= {"t", "ref", "code", "text", "field", "retry_after_seconds"}
    return error


HOPELESS: list[str | bytes] = [
    "",
    "nonsense",
    "{",
    '{"t":"message.send"',
    "[]",
    "null",
    "7",
    '"hello"',
    "\ufeff{}",
    b"",
    b'{"t":"hello","ref":1}',
    b"\x00\x01\xff",
    "[" * 40_000,
    '{"a":' * 8_000,
    '{"t":"room.read","ref":1,"room":1,"seq":1,"x":' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"ref":' + "9" * 5_000 + "}",
]


@pytest.mark.parametrize("message", HOPELESS, ids=lambda message: repr(message)[:24])
async def test_what_cannot_be_read_is_an_invalid_frame(enter: Enter, message: str | bytes) -> None:
    client = await enter(RIVERA)
    assert (await refusal(client, message))["code"] == "invalid_frame"
    await still_works(client)


@pytest.mark.parametrize(
    ("payload", "ref"),
    [(b"\xff\xfe", None), (b'{"t":"message.send","ref":7,"text":"\xc3\x28"}', 7), (b'{"\xed\xa0\x80', None)],
)
async def test_invalid_utf8_is_an_invalid_frame(enter: Enter, payload: bytes, ref: int | None) -> None:
    """As a text frame, which the client's library would not send of its own."""
    client = await enter(RIVERA)
    await client.connection.send(payload, text=True)
    assert (await client.event("error", ref=ref))["code"] == "invalid_frame"
    await still_works(client)


WRONG: list[tuple[dict[str, object], str]] = [
    ({}, "unknown_command"),
    ({"t": "message.eat"}, "unknown_command"),
    ({"t": ""}, "unknown_command"),
    ({"t": 7}, "unknown_command"),
    ({"t": None}, "unknown_command"),
    ({"t": ["message.send"]}, "unknown_command"),
    ({"t": "message.sent"}, "unknown_command"),
    ({"t": "ready"}, "unknown_command"),
    ({"t": "message.send"}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "x", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "0190163d-8694-4d9c-9e0a-000000000000", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "0190163D-8694-7D9C-9E0A-000000000000", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": "1", "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 0, "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": -1, "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 1.5, "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 2**63, "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 10**30, "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": True, "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": [1], "cid": "{cid}", "text": "a"}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "{cid}", "text": ["a"]}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "{cid}", "text": {"$gt": ""}}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "{cid}", "text": None}, "invalid_frame"),
    ({"t": "message.send", "room": 1, "cid": "{cid}", "text": "a", "reply_to": "1"}, "invalid_frame"),
    ({"t": "message.edit", "room": 1, "message": 2**60, "text": "a"}, "invalid_frame"),
    ({"t": "room.history", "room": 1, "limit": 51}, "invalid_frame"),
    ({"t": "room.history", "room": 1, "limit": 0}, "invalid_frame"),
    ({"t": "room.history", "room": 1, "before": -1}, "invalid_frame"),
    ({"t": "room.read", "room": 1, "seq": None}, "invalid_frame"),
    ({"t": "room.roster", "room": {}}, "invalid_frame"),
    ({"t": "member.mute", "room": 1, "seat": 1, "minutes": 10**9}, "invalid_frame"),
    ({"t": "hello", "last": {"x": 1}}, "invalid_frame"),
    ({"t": "hello", "last": {"1": "x"}}, "invalid_frame"),
    ({"t": "hello", "last": {str(room): 0 for room in range(1, 2003)}}, "invalid_frame"),
    ({"t": "hello", "client": "x" * 81}, "invalid_frame"),
]


async def test_a_frame_with_a_wrong_field_is_refused_by_its_ref(enter: Enter) -> None:
    client = await enter(RIVERA)
    for number, (frame, code) in enumerate(WRONG, start=1000):
        message = json.dumps({**frame, "ref": number}).replace("{cid}", uuid7())
        error = await refusal(client, message, ref=number)
        assert error["code"] == code, frame
    await still_works(client)


@pytest.mark.parametrize("ref", ["7", None, 1.5, True, -1, 2**53 + 1, 2**64, 10**40, [], {}])
async def test_a_ref_that_is_none_is_answered_without(enter: Enter, ref: object) -> None:
    client = await enter(RIVERA)
    error = await refusal(client, json.dumps({"t": "room.read", "ref": ref, "room": 1, "seq": 1}))
    assert (error["code"], error["ref"]) == ("invalid_frame", None)
    await still_works(client)


async def test_unknown_fields_are_ignored(enter: Enter) -> None:
    client = await enter(RIVERA)
    room = client.room("Homework help")
    answer = await client.ask(
        "room.history", room=room, limit=1, colour="blue", nested={"t": "message.send", "ref": 99}
    )
    assert answer["t"] == "ack"


@pytest.mark.parametrize("kind", ["text", "binary"])
async def test_a_frame_of_48_kib_is_read_and_one_byte_more_ends_the_socket(enter: Enter, kind: str) -> None:
    client, other = await enter(RIVERA), await enter(DEVON)
    room = next(iter(client.rooms))
    frame = json.dumps({"t": "room.history", "ref": 5, "room": room, "limit": 1, "x": ""})
    whole = frame.replace('"x": ""', f'"x": "{"x" * (LONGEST - len(frame))}"')
    assert len(whole) == LONGEST
    if kind == "text":
        await client.raw(whole)
        assert (await client.answer(5))["t"] == "ack"
    await client.raw(whole + " " if kind == "text" else b"x" * (LONGEST + 1))
    assert await client.closed() == 1009
    await still_works(other)


async def test_the_third_hopeless_frame_ends_the_socket(enter: Enter) -> None:
    client, other = await enter(RIVERA), await enter(DEVON)
    for message in ("nonsense", b"\x00"):
        assert (await refusal(client, message))["code"] == "invalid_frame"
    await client.raw("[")
    closing = await client.event("closing")
    assert (closing["code"], closing["reason"], await client.closed()) == (4450, "protocol_broken", 4450)
    assert closing["remedy"] == {"label": "Reload"}
    await still_works(other)


async def test_many_wrong_frames_that_can_be_read_are_each_answered(enter: Enter) -> None:
    """Only what cannot be read counts towards the end: an old page may ask for what is gone."""
    client = await enter(RIVERA)
    for ref in range(500, 600):
        await client.raw(json.dumps({"t": "message.eat", "ref": ref}))
    for ref in range(500, 600):
        assert (await client.answer(ref))["code"] == "unknown_command"
    await still_works(client)


async def flood(client: SocketClient) -> dict[str, Any]:
    """Far more than a person can send; what is said before the close."""
    with contextlib.suppress(ConnectionClosed):
        for _ in range(1_000):
            await client.tell("typing", room=1)
    closing = await client.event("closing")
    assert await client.closed() == closing["code"]
    return closing


async def test_too_many_frames_end_the_socket_with_a_time_to_wait(enter: Enter) -> None:
    client, other = await enter(LIAM), await enter(DEVON)
    closing = await flood(client)
    assert (closing["code"], closing["retry_after_seconds"]) == (4429, 5)
    await still_works(other)


async def test_a_new_socket_is_no_new_start_for_a_flood(enter: Enter) -> None:
    await flood(await enter(JADA))
    again = await enter(JADA, hello=False)
    for ref in range(60):  # at most forty a second are given back
        with contextlib.suppress(ConnectionClosed):
            await again.raw(json.dumps({"t": "message.eat", "ref": ref}))
    assert await again.closed() == 4429


async def test_a_session_that_comes_again_and_again_is_refused_for_a_while(school: School, enter: Enter) -> None:
    other = await enter(DEVON)
    cookie = school.browser("kenji.o").cookie_header

    async def comes() -> int:
        try:
            client = await SocketClient.open(school.live, cookie)
        except InvalidStatus as refusal:
            return refusal.response.status_code
        await client.hello()
        await client.close()
        return 101

    assert set(await asyncio.gather(*(comes() for _ in range(250)))) == {101, 403}
    await still_works(other)


# hello


async def test_a_second_hello_is_refused(enter: Enter) -> None:
    client = await enter(RIVERA)
    again = await client.ask("hello", last={})
    assert (again["t"], again["code"]) == ("error", "invalid_frame")
    await still_works(client)


async def test_a_command_before_hello_is_refused_and_hello_still_welcome(enter: Enter) -> None:
    client = await enter(RIVERA, hello=False)
    assert (await client.say(1, "early"))["code"] == "invalid_frame"
    await client.tell("typing", room=1)
    assert (await client.event("error", ref=None))["code"] == "invalid_frame"
    assert await client.hello()
    await still_works(client)


async def test_three_commands_before_hello_end_the_socket(enter: Enter) -> None:
    client = await enter(RIVERA, hello=False)
    for _ in range(3):
        await client.push("room.history", room=1)
    assert await client.closed() == 4450
    assert [frame["t"] for frame in client.frames] == ["error", "error", "closing"]


async def test_what_follows_hello_in_the_same_packet_is_carried_out(enter: Enter) -> None:
    client = await enter(RIVERA)
    room = client.room("Homework help")
    fresh = await enter(RIVERA, hello=False)
    hello = json.dumps({"t": "hello", "ref": 1, "last": {}})
    history = json.dumps({"t": "room.history", "ref": 2, "room": room, "limit": 1})
    await fresh.raw(hello)
    await fresh.raw(history)
    assert (await fresh.answer(1))["t"] == "ready"
    assert (await fresh.answer(2))["t"] == "ack"


async def test_rooms_in_hello_that_are_not_theirs_are_ignored(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    devon = await enter(DEVON, last=dict.fromkeys([*rivera.rooms, 10**9], 0))
    await devon.reach(devon.room("General"), devon.rooms[devon.room("General")]["last_seq"])
    assert {frame["room"] for frame in devon.frames if "room" in frame} <= set(devon.rooms)


async def test_nothing_but_ready_is_said_first(enter: Enter) -> None:
    """Another tab reads and writes meanwhile; this one hasn't said hello."""
    silent, tab, devon = await enter(RIVERA, hello=False), await enter(RIVERA), await enter(DEVON)
    room = tab.room("General")
    said = await devon.say(room, "is anybody there?")
    await tab.message(room, said["seq"])
    assert (await tab.ask("room.read", room=room, seq=said["seq"]))["t"] == "ack"
    await silent.hello()
    assert silent.frames[0]["t"] == "ready"
