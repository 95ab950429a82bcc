"""Drafts over the wire: on all devices of the one who writes, and on nobody else's."""

import json

import pytest

from tests.chatserver.conftest import DEVON, JADA, RIVERA, Enter, School
from tests.socket_client import Frame, SocketClient

PAULA = "paula.kim"  # Devon's mother, who reads along
IBARRA = "t.ibarra"  # the school's supervisor
CANARY = "quokka on the windowsill"


def drafts(client: SocketClient) -> dict[int, str]:
    return {draft["room"]: draft["text"] for draft in client.ready["drafts"]}


def stored(school: School, username: str) -> list[str]:
    member = school.member(username)
    return [text for (text,) in school.rows("SELECT text FROM rooms_draft WHERE member_id = ?", member)]


def everything(client: SocketClient) -> str:
    return json.dumps([*client.frames, client.ready])


async def test_a_draft_of_one_device_is_on_the_other_one_at_once_and_on_the_next(enter: Enter) -> None:
    phone, laptop = await enter("kenji.o"), await enter("kenji.o")
    room = phone.room("General")
    kept = await phone.ask("draft.save", room=room, text="half a sent")
    assert kept == {"t": "ack", "ref": kept["ref"], "room": room, "at": kept["at"]}
    changed = await laptop.event("draft.changed")
    assert changed == {"t": "draft.changed", "room": room, "text": "half a sent", "at": kept["at"]}
    assert drafts(await enter("kenji.o")) == {room: "half a sent"}
    gone = await laptop.ask("draft.save", room=room, text="")
    assert (await phone.event("draft.changed", text=""))["at"] == gone["at"]
    assert drafts(await enter("kenji.o")) == {}


async def test_a_draft_that_answers_says_to_what(enter: Enter) -> None:
    noah, jada = await enter("noah.b"), await enter(JADA)
    room = noah.room("General")
    said = await jada.say(room, "a question")
    await noah.ask("draft.save", room=room, text="an answer", reply_to=said["seq"])
    (draft,) = (await enter("noah.b")).ready["drafts"]
    assert (draft["text"], draft["reply_to"]) == ("an answer", said["seq"])


@pytest.mark.row("S22")
async def test_nobody_else_is_sent_a_draft_nor_finds_it_anywhere(school: School, enter: Enter) -> None:
    others = [await enter(name) for name in (RIVERA, JADA, PAULA, IBARRA)]
    devon, second = await enter(DEVON), await enter(DEVON)
    shared = [room for room in devon.rooms if any(room in other.rooms for other in others)]
    may_write = [room for room in shared if "send" in devon.rooms[room]["may"]]
    assert len(may_write) > 2
    assert any(devon.rooms[room]["kind"] == "direct" for room in may_write)
    for room in may_write:
        await devon.ask("draft.save", room=room, text=f"{CANARY} {room}")
    for room in may_write:
        await second.event("draft.changed", room=room)
    for other in others:  # whatever would have come is there before the answer to a later question
        for room in may_write:
            if room in other.rooms:
                await other.ask("room.history", room=room)
                await other.ask("room.roster", room=room)
    fresh = [await enter(name) for name in (RIVERA, JADA, PAULA, IBARRA)]
    for client in (*others, *fresh):
        assert CANARY not in everything(client)
    assert set(drafts(await enter(DEVON)).values()) == {f"{CANARY} {room}" for room in may_write}
    for name in (RIVERA, JADA, PAULA, IBARRA):
        for page in ("/drafts/", f"/rooms/{may_write[0]}/", f"/rooms/{may_write[0]}/?format=json"):
            assert CANARY not in school.browser(name).get(page).text
    assert CANARY in school.browser(DEVON).get("/drafts/").text
    assert CANARY not in school.live.log.read_text()


async def test_a_reader_keeps_none(enter: Enter) -> None:
    paula = await enter(PAULA)
    room = paula.room("General")
    assert (await paula.ask("draft.save", room=room, text=CANARY))["code"] == "not_allowed"
    assert (await paula.ask("draft.save", room=10**6, text=CANARY))["code"] == "not_found"


@pytest.mark.row("S6")
async def test_signing_out_forgets_them_on_the_server(school: School, enter: Enter) -> None:
    oskar = await enter("oskar.l")
    await oskar.ask("draft.save", room=oskar.room("General"), text=CANARY)
    assert stored(school, "oskar.l") == [CANARY]
    browser = school.browser("oskar.l")
    browser.fill_in("/rooms/", action="/sign-out/")
    school.forget("oskar.l")
    await oskar.closed()
    assert stored(school, "oskar.l") == []
    assert drafts(await enter("oskar.l")) == {}


@pytest.mark.row("S20")
async def test_a_consent_taken_back_forgets_them(school: School, enter: Enter) -> None:
    hana = await enter("hana.y")
    await hana.ask("draft.save", room=hana.room("General"), text=CANARY)
    assert stored(school, "hana.y") == [CANARY]
    school.elsewhere(
        "from accounts.actor import Actor; from accounts.models import Member\n"
        "from consent.actions.consents import withdraw_consent\n"
        "withdraw_consent(Actor.command('test'), Member.objects.get(sign_in_name='hana.y'), grantor='A. Parent')"
    )
    await hana.closed()
    assert stored(school, "hana.y") == []


async def test_saving_all_the_time_is_too_fast_and_forgetting_never_is(school: School, enter: Enter) -> None:
    zoe = await enter("zoe.m")
    room = zoe.room("General")
    answers: list[Frame] = [await zoe.ask("draft.save", room=room, text=f"letter {n}") for n in range(34)]
    codes = [answer.get("code") for answer in answers]
    assert codes[:30] == [None] * 30
    assert "too_fast" in codes[30:]
    refused = next(answer for answer in answers if answer.get("code") == "too_fast")
    assert refused["retry_after_seconds"] >= 1
    assert (await zoe.ask("draft.save", room=room, text=""))["t"] == "ack"
    assert stored(school, "zoe.m") == []
