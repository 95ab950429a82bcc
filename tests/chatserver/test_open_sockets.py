"""Sockets that are open when rights change: closed or told at once, and not a word written after the commit.

What is changed by another process reaches the server through its look at the epochs, once a second.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from websockets.exceptions import ConnectionClosed

from tests.chatserver.conftest import DEVON, JADA, LIAM, RIVERA, Enter, School
from tests.socket_client import Browser, Frame, SocketClient, uuid7

SETTINGS = {"limits": "bench"}  # whoever writes on and on isn't stopped by another bound first
RUTH = "r.lindqvist"  # the school's administrator
ACTING = "from accounts.actor import Actor; from accounts.models import Member; actor = Actor.command('test')\n"
OTHERS = [RIVERA, JADA, DEVON, "m.chen", "l.sato", "kenji.o", "oskar.l", "hana.y", "paula.kim", "tobias.r"]

pytestmark = pytest.mark.timeout(120)  # thirty people sign in, and hashing passwords is slow on purpose


async def write_on(client: SocketClient, *rooms: int) -> dict[int, list[int]]:
    """Send in these rooms, a few at a time, until the socket ends; room → seqs that were acknowledged."""
    refs: list[int] = []
    with suppress(ConnectionClosed):
        while not client.is_over:
            refs += [await client.push("message.send", room=room, cid=uuid7(), text="and on") for room in rooms]
            await answered(client, refs[-6:-2])
    acks = [client.answers[ref] for ref in refs if client.answers.get(ref, {}).get("t") == "ack"]
    return {room: [ack["seq"] for ack in acks if ack["room"] == room] for room in rooms}


async def answered(client: SocketClient, refs: list[int]) -> None:
    await client.until(lambda: client.is_over or all(ref in client.answers for ref in refs) or None, "answers")


def hidden_at(school: School, room: int) -> int:
    """The seq of the room's newest `member.hidden`."""
    seq = school.value("SELECT max(seq) FROM rooms_roomevent WHERE room_id = ? AND kind = 'member.hidden'", room)
    return int(seq)


def consent_page(school: School, username: str) -> str:
    school_id = school.value("SELECT id FROM consent_school")
    return f"/school/{school_id}/consents/{school.member(username)}/"


def take_back(school: School, username: str) -> None:
    """As Ruth does it, in the same server."""
    page = consent_page(school, username)
    answer = school.browser(RUTH).fill_in(
        page,
        action=f"{page}withdraw/",
        **{"withdraw-reason": "withdraw", "withdraw-grantor": "Nora Porter", "withdraw-method": "phone"},
    )
    assert answer.status == 200, answer.text[-2000:]


def give(school: School, username: str) -> None:
    page = consent_page(school, username)
    answer = school.browser(RUTH).fill_in(
        page,
        action=f"{page}record/",
        scopes=["use", "visible_to_peers"],
        grantor="Nora Porter",
        capacity="parent",
        method="phone",
        given_on="2026-11-20",
        kept_at="folder 8b",
        form_held="on",
    )
    assert answer.status == 200, answer.text[-2000:]


@pytest.mark.row("S18")
@pytest.mark.row("S20")
async def test_consent_taken_back_ends_the_socket_and_lets_nothing_be_written_after(
    school: School, enter: Enter
) -> None:
    others = [await enter(name) for name in OTHERS * 2]
    liam, tab = await enter(LIAM), await enter(LIAM)
    jada = others[1]
    rooms = liam.room("General"), liam.room("Homework help")
    seat = liam.rooms[rooms[0]]["my_seat"]
    writing = asyncio.create_task(write_on(liam, *rooms))
    await jada.until(lambda: len(jada.of(rooms[0], "message.sent", by=seat)) > 5 or None, "Liam's messages")

    await asyncio.to_thread(take_back, school, LIAM)

    for socket in (liam, tab):
        assert await socket.closed() == 4453
        closing = socket.frames[-1]
        assert (closing["t"], closing["code"], closing["reason"]) == ("closing", 4453, "consent_withdrawn")
    acked = await writing
    for room in rooms:
        hidden = hidden_at(school, room)
        stored = school.rows(
            "SELECT seq FROM rooms_message WHERE room_id = ? AND author_id = ?", room, school.member(LIAM)
        )
        assert len(acked[room]) > 5
        assert max(seq for (seq,) in stored) < hidden, "nothing of Liam's was stored after the withdrawal"
        assert set(acked[room]) <= {seq for (seq,) in stored}, "what was acknowledged is there"
        event = await jada.event("member.hidden", room=room)
        assert (event["seq"], event["seat"]) == (hidden, seat)
        page = await jada.ask("room.history", room=room)
        assert all(message["by"] != seat for message in page["messages"])
    roster = await jada.ask("room.roster", room=rooms[0])
    assert "Liam P." not in str(roster)

    gone = await enter(LIAM, hello=False)
    assert (await gone.closed(), gone.frames[0]["reason"]) == (4453, "consent_withdrawn")
    for other in others:
        assert not other.is_over
        assert (await other.ask("room.history", room=next(iter(other.rooms)), limit=1))["t"] == "ack"
        assert not [frame for frame in other.frames if frame["t"] in ("closing", "access.changed", "error")]


def newer_rosters(client: SocketClient, room: int, version: int) -> list[Frame] | None:
    course = client.rooms[room]["course"]
    told = (frame for frame in client.frames if frame["t"] == "roster.changed" and frame["course"] == course)
    return [frame for frame in told if frame["version"] > version] or None


@pytest.mark.row("S18")
@pytest.mark.row("S20")
async def test_consent_given_again_shows_the_child_and_opens_the_door(school: School, enter: Enter) -> None:
    take_back(school, "bruno.s")
    jada = await enter(JADA)
    room = jada.room("General")
    before = await jada.ask("room.roster", room=room)
    await asyncio.to_thread(give, school, "bruno.s")
    shown = await jada.event("member.shown", room=room)
    await jada.until(lambda: newer_rosters(jada, room, before["version"]), "a newer roster, before or after that")
    after = await jada.ask("room.roster", room=room)
    assert "Bruno S." in str(after)
    assert "Bruno S." not in str(before)
    bruno = await enter("bruno.s")
    assert bruno.rooms[room]["my_seat"] == shown["seat"]
    said = await bruno.say(room, "back again")
    assert (await jada.message(room, said["seq"]))["by"] == shown["seat"]


async def test_how_many_can_read_is_told_when_it_changes(school: School, enter: Enter) -> None:
    rivera, jada = await enter(RIVERA), await enter(JADA)
    room = jada.room("General")
    before = jada.rooms[room]["readers"]
    await asyncio.to_thread(take_back, school, "mei-lin.c")
    told = (await jada.event("readers.changed", room=room))["readers"]
    assert told["students"] == before["students"] - 1
    assert told["waiting"] == before["waiting"] == 0, "who waits is staff's to know"
    staffs = (await rivera.event("readers.changed", room=room))["readers"]
    assert staffs["waiting"] == rivera.rooms[room]["readers"]["waiting"] + 1
    fresh = await enter(JADA)
    assert fresh.rooms[room]["readers"] == told


@pytest.mark.row("S18")
async def test_consent_taken_back_by_another_process_is_followed(school: School, enter: Enter) -> None:
    ewan, jada = await enter("ewan.g"), await enter(JADA)
    room = ewan.room("General")
    seat = ewan.rooms[room]["my_seat"]
    writing = asyncio.create_task(write_on(ewan, room))
    await jada.until(lambda: len(jada.of(room, "message.sent", by=seat)) > 2 or None, "Ewan's messages")
    await asyncio.to_thread(
        school.elsewhere,
        ACTING + "from consent.actions.consents import withdraw_consent\n"
        "withdraw_consent(actor, Member.objects.get(sign_in_name='ewan.g'), grantor='Isla Grant')",
    )
    assert await ewan.closed() == 4453
    await writing
    event = await jada.event("member.hidden", room=room)
    stored = school.value(
        "SELECT max(seq) FROM rooms_message WHERE room_id = ? AND author_id = ?", room, school.member("ewan.g")
    )
    assert stored < event["seq"] == hidden_at(school, room)
    assert jada.seqs(room) == list(range(jada.rooms[room]["last_seq"] + 1, jada.last_seq(room) + 1))


@pytest.mark.row("S18")
async def test_consent_that_runs_out_ends_the_socket_by_the_clock(school: School, enter: Enter) -> None:
    amara = await enter("amara.d")
    room = amara.room("General")
    until = school.elsewhere(
        ACTING + "from consent.actions.consents import record_consent\n"
        "from datetime import timedelta; from django.utils import timezone\n"
        "until = timezone.now() + timedelta(seconds=3)\n"
        "record_consent(actor, Member.objects.get(sign_in_name='amara.d'), scopes=['use'], grantor='Simone Diallo',\n"
        "    capacity='parent', method='phone', evidence='note', expires_at=until)\n"
        "print(until.isoformat())"
    )
    acked = await write_on(amara, room)
    assert await amara.closed() == 4453
    assert amara.frames[-1]["reason"] == "consent_expired"
    assert acked[room]
    stored = school.value("SELECT max(at) FROM rooms_message WHERE author_id = ?", school.member("amara.d"))
    assert datetime.fromisoformat(stored).replace(tzinfo=UTC) <= datetime.fromisoformat(until)


# Leaving one course


async def test_who_is_removed_from_a_course_keeps_everything_else(school: School, enter: Enter) -> None:
    """Rafael leaves Biology: its frames stop, its rooms are not found, Algebra goes on."""
    rafael, sato, rivera = await enter("rafael.c"), await enter("l.sato"), await enter(RIVERA)
    lost = {room for room, state in rafael.rooms.items() if state["course"] == rafael.rooms[biology(rafael)]["course"]}
    general, here = biology(rafael), rafael.room("General")
    assert len(lost) >= 3
    school.elsewhere(
        ACTING + "from rooms.actions.enrollments import end_enrollment; from rooms.models import Course\n"
        "member = Member.objects.get(sign_in_name='rafael.c')\n"
        "end_enrollment(actor, Course.objects.get(short_title='Biology'), member, removed=True)"
    )
    changed = await rafael.event("access.changed")
    assert {room["room"] for room in changed["rooms"]} == rafael.rooms.keys() - lost
    behind = len(rafael.frames)
    unheard = await sato.say(general, "only for Biology")
    await sato.message(general, unheard["seq"])
    heard = await rivera.say(here, "for Algebra")
    await rafael.message(here, heard["seq"])
    assert not [frame for frame in rafael.frames[behind:] if frame.get("room") in lost]
    for command, fields in (
        ("message.send", {"cid": uuid7(), "text": "still here?"}),
        ("message.edit", {"message": 1, "text": "x"}),
        ("message.remove", {"message": 1}),
        ("room.history", {}),
        ("room.read", {"seq": 1}),
        ("room.roster", {}),
    ):
        assert (await rafael.ask(command, room=general, **fields))["code"] == "not_found", command
    assert (await rafael.say(here, "here I am"))["t"] == "ack"


def biology(client: SocketClient) -> int:
    return client.room("General", "Biology")


async def test_a_new_course_opens_on_the_open_socket(school: School, enter: Enter) -> None:
    marcus, sato = await enter("marcus.o"), await enter("l.sato")
    room = biology(sato)
    assert room not in marcus.rooms
    school.elsewhere(
        ACTING + "from rooms.actions.enrollments import enroll; from rooms.models import Course\n"
        "member = Member.objects.get(sign_in_name='marcus.o')\n"
        "enroll(actor, Course.objects.get(short_title='Biology'), member, role='student')"
    )
    changed = await marcus.event("access.changed")
    state = next(each for each in changed["rooms"] if each["room"] == room)
    said = await sato.say(room, "welcome")
    await marcus.reach(room, said["seq"])
    assert marcus.seqs(room) == list(range(state["last_seq"] + 1, said["seq"] + 1))
    assert (await marcus.say(room, "thank you"))["t"] == "ack"


async def test_a_substitutes_time_ends_by_the_clock(school: School, enter: Enter) -> None:
    """Nothing is written when it is over: the server looks at the clock."""
    code = (
        ACTING + "from rooms.actions.enrollments import enroll; from rooms.models import Course\n"
        "from datetime import timedelta; from django.utils import timezone\n"
        "until = seconds and timezone.now() + timedelta(seconds=seconds)\n"
        "haddad = Member.objects.get(sign_in_name='f.haddad')\n"
        "enroll(actor, Course.objects.get(short_title='Algebra I'), haddad, role='instructor', until=until)"
    )
    school.elsewhere(code, seconds=None)
    haddad = await enter("f.haddad")
    room = haddad.room("General")
    assert (await haddad.say(room, "until four o'clock"))["t"] == "ack"
    school.elsewhere(code, seconds=2)
    await haddad.until(
        lambda: next(
            (f for f in haddad.frames if f["t"] == "access.changed" and room not in {r["room"] for r in f["rooms"]}),
            None,
        ),
        "the room's end",
    )
    assert (await haddad.say(room, "and after"))["code"] == "not_found"
    assert not haddad.is_over


async def test_a_parent_whose_link_ends_hears_no_more(school: School, enter: Enter) -> None:
    gareth, rivera = await enter("gareth.porter"), await enter(RIVERA)
    rooms = set(gareth.rooms)
    assert rooms
    school.elsewhere(
        ACTING + "from consent.actions.guardians import end_link; from consent.models import GuardianLink\n"
        "end_link(actor, GuardianLink.objects.get(guardian__sign_in_name='gareth.porter'))"
    )
    assert (await gareth.event("access.changed"))["rooms"] == []
    behind = len(gareth.frames)
    said = await rivera.say(rivera.room("General"), "nothing for Gareth")
    await rivera.message(said["room"], said["seq"])
    assert (await gareth.ask("room.history", room=said["room"]))["code"] == "not_found"
    assert not [frame for frame in gareth.frames[behind:] if "room" in frame]


# Out altogether


@pytest.mark.row("S6")
async def test_signing_out_ends_the_sockets_of_that_session_alone(school: School, enter: Enter) -> None:
    here, there = Browser.signed_in(school.live, "noah.b"), Browser.signed_in(school.live, "noah.b")
    one, two = await enter("noah.b", cookie=here.cookie_header), await enter("noah.b", cookie=here.cookie_header)
    other = await enter("noah.b", cookie=there.cookie_header)
    await asyncio.to_thread(here.fill_in, "/", action="/sign-out/")
    for socket in (one, two):
        assert await socket.closed() == 4451
        assert socket.frames[-1]["remedy"] == {"label": "Sign in", "url": "/sign-in/"}
    await other.event("access.changed")
    assert (await other.say(other.room("General"), "still here"))["t"] == "ack"


@pytest.mark.row("S6")
async def test_a_session_ended_by_another_process_ends_its_sockets(school: School, enter: Enter) -> None:
    thuy = await enter("thuy.t")
    school.elsewhere(
        ACTING + "from accounts.actions.sessions import end_all_sessions\n"
        "end_all_sessions(actor, Member.objects.get(sign_in_name='thuy.t').pk, why='signed_out_everywhere')"
    )
    assert await thuy.closed() == 4451
    school.forget("thuy.t")


@pytest.mark.row("S6")
async def test_a_session_that_expires_ends_its_sockets(school: School, enter: Enter) -> None:
    yusuf = await enter("yusuf.b")
    school.elsewhere(
        ACTING
        + "from datetime import timedelta; from django.db import transaction; from django.utils import timezone\n"
        "from accounts.actions.access import bump_access; from accounts.models import Session\n"
        "member = Member.objects.get(sign_in_name='yusuf.b').pk\n"
        "with transaction.atomic():\n"
        "    bump_access([member], reason='test')\n"
        "    Session.objects.filter(member=member).update(expire_date=timezone.now() + timedelta(seconds=2))"
    )
    assert await yusuf.closed() == 4451
    assert [frame["t"] for frame in yusuf.frames if frame["t"] in ("access.changed", "closing")][-1] == "closing"


async def test_who_is_suspended_is_sent_out_with_the_reason(school: School, enter: Enter) -> None:
    lena = await enter("lena.p")
    school.elsewhere(
        ACTING + "from accounts.actions.members import change_state\n"
        "change_state(actor, Member.objects.get(sign_in_name='lena.p'), 'suspended', reason='test')"
    )
    assert (await lena.closed(), lena.frames[-1]["reason"]) == (4455, "suspended")


@pytest.mark.row("S19")
async def test_when_the_agreement_ends_the_young_are_out_and_the_others_stay(school: School, enter: Enter) -> None:
    devon, hana, jada, paula = [await enter(name) for name in (DEVON, "hana.y", JADA, "paula.kim")]
    school.elsewhere(
        ACTING + "from consent.actions.schools import end_agreement; from consent.models import SchoolAgreement\n"
        "end_agreement(actor, SchoolAgreement.objects.get())"
    )
    for young in (devon, hana):
        assert (await young.closed(), young.frames[-1]["reason"]) == (4454, "agreement_ended")
    assert (await jada.say(jada.room("General"), "14 and here"))["t"] == "ack"
    assert not paula.is_over
