"""Editing, removing, restoring a message over the wire, and who may read what it was before."""

import pytest

from tests.chatserver.conftest import DEVON, JADA, RIVERA, Enter, School
from tests.socket_client import SocketClient

PAULA = "paula.kim"  # Devon's mother
NORA = "nora.porter"  # Liam's mother: sees Devon masked


async def said(client: SocketClient, text: str, title: str = "General") -> tuple[int, int]:
    """Room and seq of a message of this client's."""
    ack = await client.say(client.room(title), text)
    assert ack["t"] == "ack", ack
    return ack["room"], ack["seq"]


# Editing


async def test_an_edit_carries_the_whole_new_text_to_everybody(school: School, enter: Enter) -> None:
    devon, jada, paula = await enter(DEVON), await enter(JADA), await enter(PAULA)
    room, seq = await said(devon, "it is 4")
    ack = await devon.ask("message.edit", room=room, message=seq, text="it is **5**")
    assert ack == {"t": "ack", "ref": ack["ref"], "room": room, "message": seq, "version": 2}
    events = [await client.event("message.edited", room=room) for client in (devon, jada, paula)]
    assert events[0] == events[1] == events[2]
    message = events[0]["message"]
    assert (message["seq"], message["version"], message["text"]) == (seq, 2, "it is **5**")
    assert "<strong>5</strong>" in message["html"]
    assert events[0]["seq"] == seq + 1
    assert school.rows("SELECT version, text FROM rooms_messageversion WHERE text = 'it is 4'") == [(1, "it is 4")]


async def test_the_same_text_again_is_acknowledged_and_nothing_else(enter: Enter) -> None:
    devon, jada = await enter(DEVON), await enter(JADA)
    room, seq = await said(devon, "the same")
    ack = await devon.ask("message.edit", room=room, message=seq, text="the same")
    assert (ack["t"], ack["version"]) == ("ack", 1)
    _, later = await said(jada, "and on")
    assert later == seq + 1


async def test_nobody_edits_what_is_anothers(school: School, enter: Enter) -> None:
    devon, jada, rivera = await enter(DEVON), await enter(JADA), await enter(RIVERA)
    room, seq = await said(devon, "mine alone")
    for client in (jada, rivera):
        assert (await client.ask("message.edit", room=room, message=seq, text="yours"))["code"] == "not_allowed"
    assert school.value("SELECT text FROM rooms_message WHERE room_id = ? AND seq = ?", room, seq) == "mine alone"


@pytest.mark.parametrize(("text", "code"), [(" \n", "message_empty"), ("x" * 8_001, "message_too_long")])
async def test_an_edit_has_the_limits_of_a_message(enter: Enter, text: str, code: str) -> None:
    devon = await enter(DEVON)
    room, seq = await said(devon, f"to be edited: {code}")
    assert (await devon.ask("message.edit", room=room, message=seq, text=text))["code"] == code


async def test_what_is_no_message_cannot_be_changed(enter: Enter) -> None:
    devon = await enter(DEVON)
    room, seq = await said(devon, "edited, so that an event has the next seq")
    await devon.ask("message.edit", room=room, message=seq, text="edited")
    for command in ("message.edit", "message.remove", "message.restore", "message.versions"):
        for message in (seq + 1, seq + 1000):
            fields = {"text": "x"} if command == "message.edit" else {}
            assert (await devon.ask(command, room=room, message=message, **fields))["code"] == "not_found"


async def test_after_the_schools_time_a_student_edits_no_more(school: School, enter: Enter) -> None:
    """15 minutes for students, a day for staff (U19)."""
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room, seq = await said(devon, "sixteen minutes old")
    _, staffs = await said(rivera, "sixteen minutes old, too")
    school.elsewhere(
        "from datetime import timedelta; from django.db.models import F; from rooms.models import Message\n"
        "Message.objects.filter(room=room, seq__in=seqs).update(at=F('at') - timedelta(minutes=16))",
        room=room,
        seqs=[seq, staffs],
    )
    error = await devon.ask("message.edit", room=room, message=seq, text="too late")
    assert error["code"] == "edit_window_over"
    assert (await rivera.ask("message.edit", room=room, message=staffs, text="in time"))["t"] == "ack"
    assert (await devon.ask("message.remove", room=room, message=seq))["t"] == "ack", "at any time (S17)"


# Removing


@pytest.mark.row("S17")
async def test_a_removed_message_is_gone_for_the_others_at_once(enter: Enter) -> None:
    devon, jada, rivera, nora = [await enter(name) for name in (DEVON, JADA, RIVERA, NORA)]
    room, seq = await said(devon, "a word too much")
    assert (await devon.ask("message.remove", room=room, message=seq))["t"] == "ack"
    for client in (devon, jada, rivera, nora):
        event = await client.event("message.removed", room=room)
        assert "text" not in event["message"]
        assert event["message"]["removed"] == {
            "by_kind": "author",
            "at": event["message"]["removed"]["at"],
            "by": devon.rooms[room]["my_seat"],
        }


@pytest.mark.row("S17")
async def test_a_removed_text_is_in_no_replay_and_on_no_page_of_the_others(enter: Enter) -> None:
    devon, jada, paula, rivera = [await enter(name) for name in (DEVON, JADA, PAULA, RIVERA)]
    room, seq = await said(devon, "unsayable")
    await jada.message(room, seq)
    await devon.ask("message.remove", room=room, message=seq)
    pages = {
        name: (await client.ask("room.history", room=room, around=seq))["messages"]
        for name, client in (("devon", devon), ("jada", jada), ("paula", paula), ("rivera", rivera))
    }
    texts = {name: next(m.get("text") for m in page if m["seq"] == seq) for name, page in pages.items()}
    assert texts == {"devon": "unsayable", "jada": None, "paula": "unsayable", "rivera": None}
    for name in (DEVON, JADA, PAULA, RIVERA):
        late = await enter(name, last={room: seq - 1})
        await late.reach(room, seq + 1)
        assert late.seqs(room) == [seq, seq + 1]
        assert "unsayable" not in str(late.frames)


@pytest.mark.row("S17")
async def test_staff_remove_a_students_message_with_a_reason_on_record(school: School, enter: Enter) -> None:
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room, seq = await said(devon, "that was unkind")
    error = await rivera.ask("message.remove", room=room, message=seq)
    assert (error["code"], error["field"]) == ("field_invalid", "reason")
    assert (await rivera.ask("message.remove", room=room, message=seq, reason="unkind to a classmate"))["t"] == "ack"
    event = await devon.event("message.removed", room=room)
    assert event["message"]["removed"]["by_kind"] == "staff"
    recorded = school.rows("SELECT data FROM accounts_auditentry WHERE action = 'message.remove'")
    assert len([data for (data,) in recorded if f'"seq": {seq}' in data and "unkind to a classmate" in data]) == 1
    assert not any("that was unkind" in data for (data,) in recorded), "no content in the log"


async def test_students_remove_only_what_is_theirs_and_staff_nothing_of_staff(enter: Enter) -> None:
    jada, rivera, chen = await enter(JADA), await enter(RIVERA), await enter("m.chen")
    room, seq = await said(rivera, "read pages 10 to 12")
    for client in (jada, chen):
        error = await client.ask("message.remove", room=room, message=seq, reason="x")
        assert error["code"] == "not_allowed"
    _, students = await said(jada, "done")
    error = await (await enter("liam.p")).ask("message.remove", room=room, message=students, reason="x")
    assert error["code"] == "not_allowed"


async def test_removing_twice_is_once(enter: Enter) -> None:
    devon = await enter(DEVON)
    room, seq = await said(devon, "twice")
    first = await devon.ask("message.remove", room=room, message=seq)
    again = await devon.ask("message.remove", room=room, message=seq)
    assert again == {**first, "ref": again["ref"]}
    _, later = await said(devon, "and on")
    assert later == seq + 2


@pytest.mark.row("S17")
async def test_an_undo_brings_the_text_back(enter: Enter) -> None:
    devon, jada = await enter(DEVON), await enter(JADA)
    room, seq = await said(devon, "here again")
    await devon.ask("message.remove", room=room, message=seq)
    assert (await jada.ask("message.restore", room=room, message=seq))["code"] == "not_allowed"
    assert (await devon.ask("message.restore", room=room, message=seq))["t"] == "ack"
    event = await jada.event("message.restored", room=room)
    assert (event["message"]["text"], event["message"].get("removed")) == ("here again", None)


async def test_a_student_does_not_undo_what_staff_removed(enter: Enter) -> None:
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room, seq = await said(devon, "not again")
    await rivera.ask("message.remove", room=room, message=seq, reason="unkind")
    assert (await devon.ask("message.restore", room=room, message=seq))["code"] == "not_allowed"
    assert (await rivera.ask("message.restore", room=room, message=seq))["t"] == "ack"


async def test_after_a_while_nothing_is_undone(school: School, enter: Enter) -> None:
    devon = await enter(DEVON)
    room, seq = await said(devon, "gone for good")
    await devon.ask("message.remove", room=room, message=seq)
    school.elsewhere(
        "from datetime import timedelta; from django.db.models import F; from rooms.models import Message\n"
        "Message.objects.filter(room=room, seq=seq).update(removed_at=F('removed_at') - timedelta(seconds=16))",
        room=room,
        seq=seq,
    )
    assert (await devon.ask("message.restore", room=room, message=seq))["code"] == "edit_window_over"


async def test_what_is_removed_is_not_edited(enter: Enter) -> None:
    devon = await enter(DEVON)
    room, seq = await said(devon, "removed, then edited")
    await devon.ask("message.remove", room=room, message=seq)
    assert (await devon.ask("message.edit", room=room, message=seq, text="back"))["code"] == "not_allowed"


# Versions


async def test_earlier_texts_are_read_by_staff_and_the_family_alone(enter: Enter) -> None:
    """U19: staff, parents, and the student whom an adult wrote to."""
    devon, jada, rivera, paula, nora = [await enter(name) for name in (DEVON, JADA, RIVERA, PAULA, NORA)]
    room, seq = await said(devon, "first words")
    await devon.ask("message.edit", room=room, message=seq, text="second words")
    for client in (rivera, paula):
        versions = (await client.ask("message.versions", room=room, message=seq))["versions"]
        assert [(each["version"], each["text"]) for each in versions] == [(1, "first words")]
    for client in (jada, nora):
        assert "first words" not in str(await client.ask("message.versions", room=room, message=seq))


async def test_two_changes_at_once_leave_one_order(enter: Enter) -> None:
    """Two tabs of one person edit the same message: what everybody ends with is the later of the two."""
    one, two, reader = await enter(JADA), await enter(JADA), await enter(RIVERA)
    room, seq = await said(one, "draft")
    refs = [
        (await tab.push("message.edit", room=room, message=seq, text=f"from {n}")) for n, tab in enumerate((one, two))
    ]
    versions = [(await tab.answer(ref))["version"] for tab, ref in zip((one, two), refs, strict=True)]
    assert sorted(versions) == [2, 3]
    await reader.reach(room, seq + 2)
    last = reader.of(room, "message.edited")[-1]["message"]
    assert last["version"] == 3
    assert last["text"] == f"from {versions.index(3)}"
