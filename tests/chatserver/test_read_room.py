"""Reading a room over the wire: pages of its past, the read mark, the roster."""

import pytest

from tests.chatserver.conftest import DEVON, JADA, RIVERA, Enter, School
from tests.socket_client import Frame, SocketClient

PAULA = "paula.kim"  # Devon's mother
PAGE = 17  # no divisor of anything


async def all_before(client: SocketClient, room: int, before: int | None = None) -> list[Frame]:
    """The whole room, paged back from the end."""
    found: list[Frame] = []
    while True:
        where = {} if before is None else {"before": before}
        page = await client.ask("room.history", room=room, limit=PAGE, **where)
        assert page["t"] == "ack", page
        assert len(page["messages"]) == PAGE or not page["more_before"]
        found = page["messages"] + found
        if not page["more_before"]:
            return found
        before = page["messages"][0]["seq"]


async def all_after(client: SocketClient, room: int) -> list[Frame]:
    """The whole room, paged forward from the beginning."""
    found: list[Frame] = []
    after = 0
    while True:
        page = await client.ask("room.history", room=room, limit=PAGE, after=after)
        found += page["messages"]
        if not page["more_after"]:
            return found
        after = page["messages"][-1]["seq"]


def stored(school: School, room: int) -> list[tuple[int, int, int, str | None]]:
    """What the past of the room is; a removed text is no longer part of it."""
    return school.rows(
        "SELECT seq, number, seat, CASE WHEN removed_at IS NULL THEN text END FROM rooms_message"
        " WHERE room_id = ? ORDER BY seq",
        room,
    )


def shown(messages: list[Frame]) -> list[tuple[int, int, int, str | None]]:
    return [(m["seq"], m["number"], m["by"], None if "removed" in m else m["text"]) for m in messages]


@pytest.mark.parametrize("username", [RIVERA, JADA, PAULA])
async def test_paging_back_and_forth_shows_all_that_is_stored(school: School, enter: Enter, username: str) -> None:
    client = await enter(username)
    rooms = [client.room("General"), client.room("Homework help"), client.room("Announcements")]
    assert any(len(stored(school, room)) > 2 * PAGE for room in rooms)
    for room in rooms:
        expected = stored(school, room)
        assert shown(await all_before(client, room)) == expected
        assert shown(await all_after(client, room)) == expected


async def test_numbers_count_without_a_gap(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    messages = await all_before(rivera, rivera.room("General"))
    assert [message["number"] for message in messages] == list(range(1, len(messages) + 1))


async def test_a_page_around_a_message_holds_it(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    room = rivera.room("General")
    seqs = [message["seq"] for message in await all_before(rivera, room)]
    for at in (0, 1, len(seqs) // 2, len(seqs) - 1):
        page = await rivera.ask("room.history", room=room, around=seqs[at], limit=10)
        found = [message["seq"] for message in page["messages"]]
        assert seqs[at] in found
        start = seqs.index(found[0])
        assert found == seqs[start : start + len(found)], "complete between the first and the last"
        assert page["more_before"] == (found[0] != seqs[0])
        assert page["more_after"] == (found[-1] != seqs[-1])


async def test_a_page_has_one_place_only(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    answer = await rivera.ask("room.history", room=rivera.room("General"), before=5, after=1)
    assert answer["code"] == "invalid_frame"


async def test_beyond_the_end_there_is_nothing(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    room = rivera.room("General")
    page = await rivera.ask("room.history", room=room, after=10**9)
    assert (page["messages"], page["more_after"]) == ([], False)
    page = await rivera.ask("room.history", room=room, before=1)
    assert (page["messages"], page["more_before"]) == ([], False)


async def test_a_page_and_what_follows_it_make_a_whole(enter: Enter) -> None:
    """Snapshot and events: a page as of a seq, then everything after that seq."""
    rivera, jada = await enter(RIVERA), await enter(JADA)
    room = rivera.room("General")
    page = await rivera.ask("room.history", room=room, limit=5)
    said = await jada.say(room, "after the page")
    late = await enter(RIVERA, last={room: page["as_of_seq"]})
    await late.reach(room, said["seq"])
    assert late.seqs(room) == list(range(page["as_of_seq"] + 1, said["seq"] + 1))


# Read marks


@pytest.mark.row("S9")
async def test_a_read_mark_moves_forward_and_ones_other_sockets_hear_of_it(enter: Enter) -> None:
    one, other, jada = await enter("kenji.o"), await enter("kenji.o"), await enter(JADA)
    room = one.room("General")
    first, second = await jada.say(room, "one"), await jada.say(room, "two")
    read = await one.ask("room.read", room=room, seq=first["seq"])
    assert (read["read_seq"], read["unread"]) == (first["seq"], 1)
    moved = await other.event("read.moved")
    assert moved == {"t": "read.moved", "room": room, "read_seq": first["seq"], "unread": 1, "mentions": 0}
    await one.ask("room.read", room=room, seq=second["seq"])
    back = await one.ask("room.read", room=room, seq=first["seq"])
    assert (back["read_seq"], back["unread"]) == (second["seq"], 0), "never backwards"
    fresh = await enter("kenji.o")
    assert (fresh.rooms[room]["read_seq"], fresh.rooms[room]["unread"]) == (second["seq"], 0)
    assert one.of(room, "read.moved") == [], "the answer says it there"
    assert jada.of(room, "read.moved") == [], "nobody learns what somebody else has read"


async def test_marking_unread_moves_it_back_and_ones_other_sockets_hear_of_it(enter: Enter) -> None:
    one, other, jada = await enter("thuy.t"), await enter("thuy.t"), await enter(JADA)
    room = one.room("General")
    first, second = await jada.say(room, "one"), await jada.say(room, "two")
    await one.ask("room.read", room=room, seq=second["seq"])
    assert (await other.event("read.moved"))["unread"] == 0
    back = await one.ask("room.unread", room=room, seq=first["seq"])
    assert (back["read_seq"], back["unread"]) == (first["seq"], 1)
    moved = await other.event("read.moved")
    assert moved == {"t": "read.moved", "room": room, "read_seq": first["seq"], "unread": 1, "mentions": 0}
    fresh = await enter("thuy.t")
    assert (fresh.rooms[room]["read_seq"], fresh.rooms[room]["unread"]) == (first["seq"], 1)
    assert jada.of(room, "read.moved") == [], "nobody learns what somebody else has read"


async def test_nobody_reads_what_is_not_there_yet(enter: Enter) -> None:
    kenji = await enter("kenji.o")
    room = kenji.room("General")
    last = kenji.rooms[room]["last_seq"]
    for command in ("room.read", "room.unread"):
        assert (await kenji.ask(command, room=room, seq=last + 1000))["code"] == "not_found"


async def test_ones_own_message_is_read(enter: Enter) -> None:
    noah, jada = await enter("noah.b"), await enter(JADA)
    room = noah.room("Homework help")
    await jada.say(room, "unread for Noah")
    await noah.say(room, "so he has seen it")
    assert (await enter("noah.b")).rooms[room]["unread"] == 0


@pytest.mark.row("S22")
async def test_a_parents_reading_marks_nothing_for_the_child(enter: Enter) -> None:
    paula, devon, jada = await enter(PAULA), await enter(DEVON), await enter(JADA)
    room = devon.room("Homework help")
    said = await jada.say(room, "still unread for Devon")
    before = (await enter(DEVON)).rooms[room]
    assert before["unread"] > 0
    await paula.ask("room.read", room=room, seq=said["seq"])
    after = (await enter(DEVON)).rooms[room]
    assert (after["read_seq"], after["unread"]) == (before["read_seq"], before["unread"])
    assert devon.of(room, "read.moved") == []


# The roster


def names(roster: Frame) -> dict[int, str]:
    return {seat["seat"]: seat["name"] for seat in roster["seats"]}


@pytest.mark.row("S22")
async def test_the_roster_names_people_as_far_as_each_view_may_know(enter: Enter) -> None:
    rivera, jada, paula = await enter(RIVERA), await enter(JADA), await enter(PAULA)
    room = rivera.room("General")
    rosters = [await client.ask("room.roster", room=room) for client in (rivera, jada, paula)]
    staffs, peers, parents = map(names, rosters)
    devon = paula.rooms[room]["children"][0]
    assert staffs[devon] == peers[devon] == parents[devon] == "Devon K."
    assert "Sofia N." in staffs.values()
    assert "Sofia N." not in {*peers.values(), *parents.values()}, "she never came in"
    students = {seat["seat"] for seat in rosters[2]["seats"] if seat["role"] == "student"} - {devon}
    assert len(students) > 20
    assert all(parents[seat] == f"Student {seat}" for seat in students)
    assert peers.items() <= staffs.items(), "all of this class are visible to their peers"
    assert {"Ms. Rivera", "Mr. Chen"} <= set(parents.values())


async def test_a_known_version_brings_no_names(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    room = rivera.room("General")
    roster = await rivera.ask("room.roster", room=room)
    again = await rivera.ask("room.roster", room=room, version=roster["version"])
    assert again == {"t": "ack", "ref": again["ref"], "version": roster["version"]}
    old = await rivera.ask("room.roster", room=room, version=roster["version"] - 1)
    assert old["seats"] == roster["seats"]
    course = rivera.rooms[room]["course"]
    assert {each["course"]: each["roster_version"] for each in rivera.ready["courses"]}[course] == roster["version"]
