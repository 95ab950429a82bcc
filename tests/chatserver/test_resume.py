"""Coming back: from wherever a client was, everything it may see, exactly once, in order, or a `gap` that says so."""

import asyncio
import random

import pytest

from tests.chatserver.conftest import DEVON, JADA, RIVERA, Enter, School
from tests.socket_client import SocketClient, uuid7

SETTINGS = {"limits": "bench"}
PAULA = "paula.kim"  # Devon's mother
WRITERS = ["kenji.o", "noah.b", "elif.a", "rafael.c"]


def head(school: School, room: int) -> tuple[int, int]:
    ((first, last),) = school.rows("SELECT first_seq, last_seq FROM rooms_roomhead WHERE room_id = ?", room)
    return first, last


def talk(school: School, username: str, room: int, count: int) -> None:
    """Somebody writes from another process: nothing of it goes through the server."""
    school.elsewhere(
        "import uuid; from accounts.actor import Actor; from accounts.models import Member\n"
        "from rooms.actions.clearances import Clearance; from rooms.actions.messages import send_message\n"
        "from rooms.queries.places import places_for\n"
        "author = Member.objects.get(sign_in_name=username); actor = Actor.of_member(author.pk)\n"
        "standing, clearance = places_for(author.pk).standings[room], Clearance(author.access.epoch)\n"
        "for n in range(count):\n"
        "    send_message(actor, standing, clearance=clearance, cid=uuid.uuid4(), text=f'line {n}').result()",
        username=username,
        room=room,
        count=count,
    )


@pytest.mark.parametrize("username", [RIVERA, JADA, PAULA])
async def test_from_the_beginning_everything_comes_once_and_in_order(
    school: School, enter: Enter, username: str
) -> None:
    client = await enter(username)
    rooms = list(client.rooms)
    late = await enter(username, last=dict.fromkeys(rooms, 0))
    for room in rooms:
        _, last = head(school, room)
        await late.reach(room, last)
        assert late.seqs(room) == list(range(1, last + 1))
        stored = school.rows("SELECT seq, kind FROM rooms_roomevent WHERE room_id = ? ORDER BY seq", room)
        assert [(f["seq"], f["t"]) for f in late.of(room) if "seq" in f] == stored


async def test_whoever_has_everything_gets_nothing_again(school: School, enter: Enter) -> None:
    jada, noah = await enter(JADA), await enter("noah.b")
    room = jada.room("General")
    back = await enter(JADA, last={room: head(school, room)[1]})
    said = await noah.say(room, "only this")
    await back.reach(room, said["seq"])
    assert back.seqs(room) == [said["seq"]]


async def test_without_a_last_seq_it_begins_where_ready_ends(enter: Enter) -> None:
    jada, noah = await enter(JADA), await enter("noah.b")
    room = jada.room("General")
    said = [await noah.say(room, f"{n}") for n in range(3)]
    await jada.reach(room, said[-1]["seq"])
    assert jada.seqs(room) == list(range(jada.rooms[room]["last_seq"] + 1, said[-1]["seq"] + 1))


async def test_cut_again_and_again_while_others_write_nothing_is_lost_or_twice(enter: Enter) -> None:
    dice = random.Random(7)
    writers = [await enter(name) for name in WRITERS]
    reader = await enter(RIVERA)
    room = reader.room("Homework help")
    start = reader.rooms[room]["last_seq"]
    writing = asyncio.gather(*(write(writer, room, 18) for writer in writers))
    seen: list[int] = []
    while not writing.done():
        await some_more(reader, room, dice.randrange(1, 6), writing)
        await reader.cut()
        seen += reader.seqs(room)
        reader = await enter(RIVERA, last={room: seen[-1] if seen else start})
    last = max(max(seqs) for seqs in await writing)
    if seen[-1] < last:
        await reader.reach(room, last)
        seen += reader.seqs(room)
    assert seen == list(range(start + 1, last + 1))


async def write(writer: SocketClient, room: int, count: int) -> list[int]:
    """One after the other, every third one plain; the seqs."""
    acks = [await writer.say(room, f"{n} **x**" if n % 3 else f"{n}") for n in range(count)]
    return [ack["seq"] for ack in acks]


async def some_more(reader: SocketClient, room: int, count: int, unless: asyncio.Future[list[list[int]]]) -> None:
    wanted = len(reader.seqs(room)) + count
    await reader.until(lambda: len(reader.seqs(room)) >= wanted or unless.done() or None, "some more")


async def test_many_sockets_joining_one_after_the_other_meet_a_moving_room(enter: Enter) -> None:
    """Each joins at another moment of the same fan-outs, from another seq."""
    noah = await enter("noah.b")
    room = noah.room("General")
    start = noah.rooms[room]["last_seq"]
    elif_ = await enter("elif.a")
    refs = [(elif_, await elif_.push("message.send", room=room, cid=uuid7(), text=f"{n}")) for n in range(12)]
    readers = []
    for back in range(12):
        refs.append((noah, await noah.push("message.send", room=room, cid=uuid7(), text=f"{back}")))
        readers.append((start - back, await enter(RIVERA, last={room: start - back})))
    last = max([(await client.answer(ref))["seq"] for client, ref in refs])
    for after, reader in readers:
        await reader.reach(room, last)
        assert reader.seqs(room) == list(range(after + 1, last + 1))


async def test_more_than_500_events_behind_is_a_gap_and_then_live(school: School, enter: Enter) -> None:
    jada, noah = await enter(JADA), await enter("noah.b")
    room = jada.room("General", "Biology")
    _, before = head(school, room)
    talk(school, "l.sato", room, 501)
    first, last = head(school, room)
    assert last == before + 501
    await jada.reach(room, last)
    assert jada.seqs(room) == list(range(before + 1, last + 1)), "who was there gets all of it, from the poll"
    late, near = await enter(JADA, last={room: before}), await enter(JADA, last={room: before + 1})
    gap = await late.event("gap")
    assert gap == {"t": "gap", "room": room, "first_seq": first, "last_seq": last}
    await near.reach(room, last)
    assert near.seqs(room) == list(range(before + 2, last + 1)), "500 are still sent"
    said = await noah.say(room, "and on")
    await late.reach(room, said["seq"])
    assert late.seqs(room) == [last, said["seq"]]


async def test_a_client_that_is_ahead_of_the_server_is_told_where_it_is(school: School, enter: Enter) -> None:
    """As after a restore of yesterday's backup."""
    jada, noah = await enter(JADA), await enter("noah.b")
    room = jada.room("General")
    _, last = head(school, room)
    ahead = await enter(JADA, last={room: last + 10})
    gap = await ahead.event("gap")
    assert (gap["room"], gap["last_seq"]) == (room, last)
    said = await noah.say(room, "here we are")
    await ahead.reach(room, said["seq"])
    assert ahead.seqs(room) == [last, said["seq"]]


async def test_what_was_purged_is_a_gap_or_withheld(school: School, enter: Enter) -> None:
    """Withheld for the second in which the server doesn't know yet what another process purged."""
    jada = await enter(JADA)
    room = jada.room("Announcements")
    _, last = head(school, room)
    kept = last - 2
    school.elsewhere(
        "from rooms.models import RoomEvent, RoomHead\n"
        "RoomHead.objects.filter(room=room).update(first_seq=kept)\n"
        "RoomEvent.objects.filter(room=room, seq__lt=kept).delete()",
        room=room,
        kept=kept,
    )
    for after in (0, kept - 3, kept - 1):
        late = await enter(JADA, last={room: after})
        assert late.rooms[room]["first_seq"] == kept
        await late.reach(room, last)
        assert late.seqs(room) in ([last], list(range(after + 1, last + 1)))
        assert all(frame["seq"] >= kept for frame in late.of(room, "message.sent"))
    page = await late.ask("room.history", room=room, before=last + 1)
    assert all(message["seq"] >= kept for message in page["messages"])
    assert not page["more_before"]


@pytest.mark.row("S20")
async def test_what_a_view_may_not_see_keeps_its_place(school: School, enter: Enter) -> None:
    """Zoe's family takes the yes back: classmates and other parents get her seqs without anything in them."""
    zoe, jada = await enter("zoe.m"), await enter(JADA)
    room = zoe.room("General")
    said = await zoe.say(room, "a sentence of Zoe's")
    await jada.message(room, said["seq"])
    seat = zoe.rooms[room]["my_seat"]
    withdraw(school, "zoe.m")
    assert await zoe.closed() == 4453
    _, last = head(school, room)
    for username, sees in ((JADA, False), (PAULA, False), (RIVERA, True), ("beatriz.morales", True)):
        late = await enter(username, last={room: 0})
        await late.reach(room, last)
        assert late.seqs(room) == list(range(1, last + 1)), username
        authors = {frame["message"]["by"] for frame in late.of(room, "message.sent")}
        assert (seat in authors) is sees, username
        assert ("a sentence of Zoe's" in str(late.frames)) is sees, username


@pytest.mark.row("S22")
async def test_where_a_school_shows_only_the_own_child_all_others_are_withheld(school: School, enter: Enter) -> None:
    code = "from consent.models import School; School.objects.update(masking=masking)"
    school.elsewhere(code, masking="own_child_only")
    devon, jada, rivera = await enter(DEVON), await enter(JADA), await enter(RIVERA)
    room = devon.room("General")
    paula = await enter(PAULA, last={room: 0})
    assert paula.rooms[room]["view"] == "guardian_own"
    lines = [await client.say(room, "a line") for client in (devon, jada, rivera)]
    last = max(line["seq"] for line in lines)
    await paula.reach(room, last)
    assert paula.seqs(room) == list(range(1, last + 1))
    roster = (await paula.ask("room.roster", room=room))["seats"]
    students = {seat["seat"] for seat in roster if seat["role"] == "student"}
    authors = {frame["message"]["by"] for frame in paula.of(room, "message.sent")}
    assert authors & students == set(paula.rooms[room]["children"])
    assert authors - students
    late = await enter(PAULA, last={room: lines[0]["seq"] - 1})
    await late.reach(room, last)
    assert [frame["t"] for frame in late.of(room) if "at" in frame or frame["t"] == "withheld"] == [
        "message.sent",
        "withheld",
        "message.sent",
    ]
    school.elsewhere(code, masking="pseudonyms")


def withdraw(school: School, username: str) -> None:
    school.elsewhere(
        "from accounts.actor import Actor; from accounts.models import Member\n"
        "from consent.actions.consents import withdraw_consent\n"
        "withdraw_consent(Actor.command('test'), Member.objects.get(sign_in_name=username), grantor='A. Parent')",
        username=username,
    )
