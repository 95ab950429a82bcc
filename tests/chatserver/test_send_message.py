"""A message over the wire: stored before it is acknowledged, once, in order, seen by everybody who may."""

import asyncio
from html.parser import HTMLParser

import pytest

from tests.chatserver.conftest import DEVON, JADA, LIAM, RIVERA, Enter, School, same
from tests.socket_client import SocketClient, uuid7

PAULA = "paula.kim"  # Devon's mother
STUDENTS = ["kenji.o", "noah.b", "amara.d", "mateo.r", "hana.y"]


async def test_an_ack_comes_first_and_the_message_is_on_disk_by_then(school: School, enter: Enter) -> None:
    devon = await enter(DEVON)
    room, cid = devon.room("General"), uuid7()
    ack = await devon.say(room, "what does factoring mean?", cid=cid)
    stored = school.rows("SELECT seq, text FROM rooms_message WHERE cid = ?", cid.replace("-", ""))
    assert stored == [(ack["seq"], "what does factoring mean?")]
    assert ack == {"t": "ack", "ref": ack["ref"], "room": room, "seq": ack["seq"], "cid": cid, "at": ack["at"]}
    event = await devon.message(room, ack["seq"])
    assert devon.frames.index(ack) < devon.frames.index(event)
    assert (event["cid"], event["by"], event["at"]) == (cid, devon.rooms[room]["my_seat"], ack["at"])


@pytest.mark.parametrize("text", ["*rendered* in a thread", "with a [link](https://example.org)"])
async def test_the_ack_comes_first_however_long_the_text_takes(school: School, enter: Enter, text: str) -> None:
    devon = await enter(DEVON)
    room = devon.room("General")
    for number in range(4):
        ack = await devon.say(room, f"{text} {number}")
        event = await devon.message(room, ack["seq"])
        assert devon.frames.index(ack) < devon.frames.index(event)


async def test_everybody_in_the_room_gets_the_same_bytes(enter: Enter) -> None:
    clients = [await enter(name) for name in (DEVON, DEVON, RIVERA, JADA, PAULA)]
    room = clients[0].room("General")
    ack = await clients[0].say(room, "who has page 214?")
    events = [await client.message(room, ack["seq"]) for client in clients]
    assert all(event == events[0] for event in events)
    assert events[0]["message"] == {
        "seq": ack["seq"],
        "number": events[0]["message"]["number"],
        "by": clients[0].rooms[room]["my_seat"],
        "at": ack["at"],
        "cid": ack["cid"],
        "version": 1,
        "text": "who has page 214?",
    }


async def test_nobody_outside_the_room_hears_of_it(enter: Enter) -> None:
    """Tobias is in Chemistry alone; a word there, later, shows that nothing came before it."""
    rivera, chen, tobias = await enter(RIVERA), await enter("m.chen"), await enter("tobias.r")
    said = await rivera.say(rivera.room("General"), "only for Algebra")
    await chen.message(rivera.room("General"), said["seq"])
    later = await chen.say(chen.room("General", "Chemistry"), "goggles on Tuesday")
    await tobias.message(later["room"], later["seq"])
    assert tobias.of(said["room"]) == []


async def test_many_at_once_are_seen_by_all_in_one_order(school: School, enter: Enter) -> None:
    writers = [await enter(name) for name in STUDENTS]
    reader, parent = await enter(RIVERA), await enter(PAULA)
    room = reader.room("Homework help")
    sent = [
        [await writer.push("message.send", room=room, cid=uuid7(), text=f"{n} of {number}") for n in range(8)]
        for number, writer in enumerate(writers)
    ]
    acks = [[await writer.answer(ref) for ref in refs] for writer, refs in zip(writers, sent, strict=True)]
    last = max(ack["seq"] for each in acks for ack in each)
    for each in acks:
        assert [ack["seq"] for ack in each] == sorted(ack["seq"] for ack in each), "each author's own order"
    first = min(ack["seq"] for each in acks for ack in each)
    expected = list(range(first, last + 1))
    assert len(expected) == 40
    for client in (*writers, reader, parent):
        await client.reach(room, last)
        assert client.seqs(room) == expected
    stored = school.rows("SELECT seq, text FROM rooms_message WHERE room_id = ? AND seq >= ? ORDER BY seq", room, first)
    assert [(e["seq"], e["message"]["text"]) for e in reader.of(room, "message.sent")] == stored


async def test_a_plain_message_waits_behind_one_that_is_rendered(enter: Enter) -> None:
    client = await enter("leila.f")
    room = client.room("Homework help")
    texts = ["**bold** @[1]\n\n" + "> quote\n\n" * 400, "plain", "`code`", "plain again"]
    refs = [await client.push("message.send", room=room, cid=uuid7(), text=text) for text in texts]
    seqs = [(await client.answer(ref))["seq"] for ref in refs]
    assert seqs == sorted(seqs)
    await client.reach(room, seqs[-1])
    events = client.of(room, "message.sent")
    assert [event["seq"] for event in events] == seqs
    assert ["html" in event["message"] for event in events] == [True, False, True, False]


# Once


async def test_the_same_cid_is_one_message_and_one_answer(school: School, enter: Enter) -> None:
    devon, jada = await enter(DEVON), await enter(JADA)
    room, cid = devon.room("General"), uuid7()
    refs = [await devon.push("message.send", room=room, cid=cid, text="did it go out?") for _ in range(4)]
    first, *others = [await devon.answer(ref) for ref in refs]
    assert "repeated" not in first
    assert all(other == {**first, "ref": other["ref"], "repeated": True} for other in others)
    again = await (await enter(DEVON)).say(room, "another text", cid=cid)
    assert again == {**first, "ref": again["ref"], "repeated": True}
    later = await jada.say(room, "it did")
    await jada.message(room, later["seq"])
    assert [event["cid"] for event in jada.of(room, "message.sent")].count(cid) == 1
    assert school.value("SELECT count(*) FROM rooms_message WHERE cid = ?", cid.replace("-", "")) == 1
    assert later["seq"] == first["seq"] + 1, "a repeated cid takes no number"


async def test_the_same_cid_in_another_room_is_refused(enter: Enter) -> None:
    devon, cid = await enter(DEVON), uuid7()
    assert (await devon.say(devon.room("General"), "one", cid=cid))["t"] == "ack"
    assert (await devon.say(devon.room("Homework help"), "one", cid=cid))["code"] == "cid_reused"


async def test_the_same_cid_of_two_authors_is_two_messages(enter: Enter) -> None:
    devon, jada, cid = await enter(DEVON), await enter(JADA), uuid7()
    room = devon.room("General")
    one, other = await devon.say(room, "mine", cid=cid), await jada.say(room, "mine too", cid=cid)
    assert (one["t"], other["t"], other.get("repeated")) == ("ack", "ack", None)
    assert one["seq"] != other["seq"]


# Limits


async def test_the_21st_message_in_ten_seconds_has_to_wait(school: School, enter: Enter) -> None:
    zoe, tab, elif_ = await enter("zoe.m"), await enter("zoe.m"), await enter("elif.a")
    room, other = zoe.room("Homework help"), zoe.room("General")
    refs = [await zoe.push("message.send", room=room, cid=uuid7(), text=f"{n}") for n in range(20)]
    assert {(await zoe.answer(ref))["t"] for ref in refs} == {"ack"}
    for client, where in ((zoe, room), (zoe, other), (tab, room)):
        error = await client.say(where, "too much")
        assert (error["code"], error["retry_after_seconds"]) == ("too_fast", 1)
        assert error["text"] == "That was quick. Your message is still here; you can send it in 1 second."
    assert (await elif_.say(room, "others go on"))["t"] == "ack"
    assert (await zoe.ask("room.history", room=room, limit=1))["t"] == "ack"
    assert school.value("SELECT count(*) FROM rooms_message WHERE text = 'too much'") == 0


@pytest.mark.parametrize("text", ["", " ", "\n\t \n", "\u200b", "\u2060\ufeff", "\x00", "\u202e"])
async def test_an_empty_message_is_refused(school: School, enter: Enter, text: str) -> None:
    devon = await enter(DEVON)
    before = school.value("SELECT count(*) FROM rooms_message")
    assert (await devon.say(devon.room("General"), text))["code"] == "message_empty"
    assert school.value("SELECT count(*) FROM rooms_message") == before


async def test_8000_characters_pass_and_one_more_does_not(enter: Enter) -> None:
    chen, reader = await enter("m.chen"), await enter(RIVERA)
    room = chen.room("General")
    for text in ("x" * 8_000, "\U0001f600" * 8_000, "é" * 8_000):
        ack = await chen.say(room, text)
        assert (await reader.message(room, ack["seq"]))["message"]["text"] == text
    for text in ("x" * 8_001, "\U0001f600" * 8_001, "x" * 32 * 1024, "x" * 40_000):
        error = await chen.say(room, text)
        assert error["code"] == "message_too_long"
        assert "8000" in error["text"]


HOSTILE = [
    "<script>alert(1)</script> **x**",
    "<img src=x onerror=alert(1)> **x**",
    "[x](javascript:alert(1)) **x**",
    "[x](data:text/html,x) http://user@evil.example/",
    "**<b onclick=x>**",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "> <iframe src=//evil.example>\n\n- <svg/onload=alert(1)>",
]


class Tags(HTMLParser):
    """The elements of a text's html, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


async def test_no_markup_of_a_text_reaches_the_html(enter: Enter) -> None:
    hana, rivera = await enter("hana.y"), await enter(RIVERA)
    room = hana.room("General")
    for text in HOSTILE:
        ack = await hana.say(room, text)
        html = (await rivera.message(room, ack["seq"]))["message"].get("html", "")
        for tag, attributes in Tags(html).found:
            assert tag in {"p", "strong", "code", "pre", "blockquote", "ul", "li", "a", "br", "div", "span"}, html
            assert attributes.keys() <= {"href", "rel", "target", "class", "tabindex"}, html
            assert (attributes.get("href") or "http:").startswith("http"), html
            assert "@" not in (attributes.get("href") or ""), html


# Who may


async def test_a_foreign_room_and_one_that_does_not_exist_answer_alike(school: School, enter: Enter) -> None:
    """Jada isn't in Chemistry, and not in the chat of Ms. Rivera and Devon."""
    jada, devon, tobias = await enter(JADA), await enter(DEVON), await enter("tobias.r")
    foreign = [
        next(room for room, state in devon.rooms.items() if state["kind"] == "direct"),
        tobias.room("General", "Chemistry"),
    ]
    commands: list[tuple[str, dict[str, object]]] = [
        ("message.send", {"cid": uuid7(), "text": "hello"}),
        ("message.edit", {"message": 1, "text": "hello"}),
        ("message.remove", {"message": 1, "reason": "x"}),
        ("message.restore", {"message": 1}),
        ("message.versions", {"message": 1}),
        ("room.history", {}),
        ("room.history", {"around": 1}),
        ("room.read", {"seq": 1}),
        ("room.roster", {"version": 0}),
        ("member.mute", {"seat": 1, "minutes": 10, "reason": "x"}),
    ]
    heads = school.rows("SELECT * FROM rooms_roomhead")
    for command, fields in commands:
        absent = await jada.ask(command, room=999_999, **fields)
        assert absent["code"] == "not_found", command
        for room in foreign:
            assert same(await jada.ask(command, room=room, **fields), absent), command
    assert school.rows("SELECT * FROM rooms_roomhead") == heads


async def test_students_do_not_write_in_announcements(enter: Enter) -> None:
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room = devon.room("Announcements")
    assert devon.rooms[room]["may"] == ["remove"]
    assert (await devon.say(room, "me too"))["code"] == "not_allowed"
    said = await rivera.say(room, "no homework tomorrow")
    await devon.message(room, said["seq"])


@pytest.mark.row("S22")
async def test_a_parent_who_reads_along_writes_nothing(school: School, enter: Enter) -> None:
    paula, devon = await enter(PAULA), await enter(DEVON)
    room = devon.room("General")
    said = await devon.say(room, "mum can read this")
    assert (await paula.message(room, said["seq"]))["message"]["text"] == "mum can read this"
    assert paula.rooms[room]["may"] == []
    heads = school.rows("SELECT * FROM rooms_roomhead WHERE room_id = ?", room)
    refused = [
        await paula.say(room, "may I?"),
        await paula.ask("message.edit", room=room, message=said["seq"], text="changed"),
        await paula.ask("message.remove", room=room, message=said["seq"], reason="x"),
        await paula.ask("message.restore", room=room, message=said["seq"]),
        await paula.ask("member.mute", room=room, seat=1, minutes=1, reason="x"),
    ]
    assert {answer["t"] for answer in refused} == {"error"}
    assert {answer["code"] for answer in refused} <= {"not_allowed", "not_found"}
    assert school.rows("SELECT * FROM rooms_roomhead WHERE room_id = ?", room) == heads


async def test_a_closed_room_takes_nothing_from_the_moment_it_is_closed(school: School, enter: Enter) -> None:
    """By the writer itself: no connection was told."""
    jada = await enter(JADA)
    room = jada.room("Quiz 4 review")
    assert (await jada.say(room, "when does it open?"))["t"] == "ack"
    school.elsewhere("from rooms.models import Room; Room.objects.filter(pk=room).update(state='closed')", room=room)
    assert (await jada.say(room, "and now?"))["code"] == "room_closed"
    fresh = await enter(JADA)
    assert "send" not in fresh.rooms[room]["may"]
    assert (await fresh.say(room, "and now?"))["code"] == "room_closed"
    assert (await fresh.ask("room.history", room=room, limit=1))["messages"][0]["text"] == "when does it open?"


# Replies and mentions


async def test_a_reply_names_its_message_and_nothing_can_be_replied_to_nothing(enter: Enter) -> None:
    jada, liam = await enter(JADA), await enter(LIAM)
    room = jada.room("General")
    asked = await jada.say(room, "is it 4 or 5?")
    answer = await liam.say(room, "5", reply_to=asked["seq"])
    assert (await jada.message(room, answer["seq"]))["message"]["reply_to"] == asked["seq"]
    last = answer["seq"]
    assert (await liam.say(room, "hm", reply_to=last + 1000))["code"] == "not_found"


@pytest.mark.row("S9")
async def test_a_mention_counts_for_who_is_named_until_it_is_read(enter: Enter) -> None:
    priya, rivera = await enter("priya.s"), await enter(RIVERA)
    room = priya.room("General")
    before = priya.rooms[room]["mentions"]
    seat = priya.rooms[room]["my_seat"]
    said = await rivera.say(room, f"@[{seat}] could you read your answer? @[{seat}]")
    other = await rivera.say(room, "and then the rest")
    assert f'data-seat="{seat}"' in (await priya.message(room, said["seq"]))["message"]["html"]
    fresh = await enter("priya.s")
    assert fresh.rooms[room]["mentions"] == before + 1
    assert (await enter("elif.a")).rooms[room]["mentions"] == 0
    read = await priya.ask("room.read", room=room, seq=said["seq"] - 1)
    assert (read["unread"], read["mentions"]) == (2, 1)
    assert (await priya.ask("room.read", room=room, seq=said["seq"]))["mentions"] == 0
    assert (await priya.ask("room.read", room=room, seq=other["seq"]))["unread"] == 0
    assert (await enter("priya.s")).rooms[room]["mentions"] == 0


async def test_two_sockets_of_one_author_see_their_message_alike(enter: Enter) -> None:
    one, two = await enter("oskar.l"), await enter("oskar.l")
    room = one.room("General")
    acks = await asyncio.gather(one.say(room, "from here"), two.say(room, "from there"))
    last = max(ack["seq"] for ack in acks)
    await reach(room, last, one, two)
    assert one.of(room, "message.sent") == two.of(room, "message.sent")


async def reach(room: int, seq: int, *clients: SocketClient) -> None:
    for client in clients:
        await client.reach(room, seq)
