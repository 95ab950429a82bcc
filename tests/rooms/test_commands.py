"""What a client may ask: payload → action → answer, the same for socket and HTTP."""

import functools
import operator
from typing import Any

import msgspec
import pytest
from msgspec.json import decode, encode

from accounts.errors import FieldInvalid, InvalidFrame, NotAllowed, NotFound
from accounts.models import AuditEntry, Member
from rooms import commands
from rooms.commands import COMMANDS, MessageSend, Request, RoomCommand
from rooms.models import Message, Room
from tests.cast import acting
from tests.rooms.tables import unchanged
from tests.rooms_cast import clearance_of, edited, removed, seat_of, standing_of, written

Frame = dict[str, Any]
COMMAND: Any = functools.reduce(operator.or_, COMMANDS)


def ask(member: Member, room: Room, **frame: Any) -> Frame:
    """A frame as a client writes it, carried out as the member; the answer as it goes over the wire."""
    command = decode(encode({"ref": 7, "room": room.pk, **frame}), type=COMMAND)
    request = Request(acting(member, via="socket"), standing_of(member, room), clearance_of(member))
    answer: Frame = decode(encode(COMMANDS[type(command)](request, command)))
    assert (answer.pop("t"), answer.pop("ref")) == ("ack", 7)
    return answer


def test_every_command_of_a_room_has_a_name_of_its_own() -> None:
    commands_of_a_room: list[type[RoomCommand]] = [MessageSend, *COMMANDS]
    names = [command.__struct_config__.tag for command in commands_of_a_room]
    assert len(set(names)) == len(names)
    assert all("." in str(name) for name in names)


def test_edit_remove_restore_and_versions(room: Room, student: Member) -> None:
    sent = written(room, student, "first")
    answer = {"room": room.pk, "message": sent.seq, "version": 2}
    assert ask(student, room, t="message.edit", message=sent.seq, text="second") == answer
    versions = ask(student, room, t="message.versions", message=sent.seq)["versions"]
    assert [(version["version"], version["text"], "html" in version) for version in versions] == [(1, "first", False)]
    assert ask(student, room, t="message.remove", message=sent.seq) == answer
    assert Message.objects.get(room=room).removed_at is not None
    assert ask(student, room, t="message.restore", message=sent.seq) == answer
    assert Message.objects.get(room=room).removed_at is None


def test_the_same_text_again_is_acked_without_an_event(room: Room, student: Member) -> None:
    sent = written(room, student, "same")
    with unchanged():
        answer = ask(student, room, t="message.edit", message=sent.seq, text="same")
    assert answer == {"room": room.pk, "message": sent.seq, "version": 1}


def test_history_takes_one_place_to_begin(room: Room, student: Member) -> None:
    seqs = [written(room, student, f"{number}").seq for number in range(5)]

    def texts(**where: int) -> list[str]:
        return [message["text"] for message in ask(student, room, t="room.history", **where)["messages"]]

    assert texts() == ["0", "1", "2", "3", "4"]
    assert texts(before=seqs[2]) == ["0", "1"]
    assert texts(after=seqs[2]) == ["3", "4"]
    assert texts(around=seqs[2], limit=2) == ["1", "2"]
    assert texts(before=0) == []
    with pytest.raises(InvalidFrame):
        texts(before=3, after=1)


def test_reading_answers_what_is_left(room: Room, student: Member, instructor: Member) -> None:
    first = written(room, instructor, "one")
    written(room, instructor, f"@[{seat_of(student, room)}] two")
    answer = ask(student, room, t="room.read", seq=first.seq)
    assert answer == {"room": room.pk, "read_seq": first.seq, "unread": 1, "mentions": 1}


def test_marking_unread_answers_as_reading_does(room: Room, student: Member, instructor: Member) -> None:
    first = written(room, instructor, "one")
    second = written(room, instructor, f"@[{seat_of(student, room)}] two")
    ask(student, room, t="room.read", seq=second.seq)
    answer = ask(student, room, t="room.unread", seq=first.seq)
    assert answer == {"room": room.pk, "read_seq": first.seq, "unread": 1, "mentions": 1}


def test_the_last_words_of_a_room_are_answered_as_the_view_reads_them(
    room: Room, young_student: Member, student: Member, parent: Member
) -> None:
    assert ask(parent, room, t="room.last") == {"room": room.pk}
    sent = written(room, student, f"hello @[{seat_of(young_student, room)}]")
    last = ask(parent, room, t="room.last")["last"]
    seat = seat_of(student, room)
    assert (last["seq"], last["by"], last["name"]) == (sent.seq, seat, f"Student {seat}")
    assert last["text"] == "hello @Devon K."


def test_a_draft_is_answered_with_its_time(room: Room, student: Member) -> None:
    kept = ask(student, room, t="draft.save", text="not yet")
    assert set(kept) == {"room", "at"}
    assert ask(student, room, t="draft.save", text="not yet") == kept
    assert set(ask(student, room, t="draft.save", text="")) == {"room", "at"}


def test_a_known_roster_is_not_sent_again(room: Room, student: Member) -> None:
    answer = ask(student, room, t="room.roster")
    assert [seat["seat"] for seat in answer["seats"]] == [1, 2]
    assert ask(student, room, t="room.roster", version=answer["version"]) == {"version": answer["version"]}


def test_a_mute_answers_until_when(room: Room, student: Member, instructor: Member) -> None:
    answer = ask(instructor, room, t="member.mute", seat=seat_of(student, room), reason="shouting")
    assert set(answer) == {"seat", "until"}
    with pytest.raises(FieldInvalid):
        ask(instructor, room, t="member.mute", seat=seat_of(student, room), reason="shouting", minutes=90)


def test_let_write_again_answers_without_a_time(room: Room, student: Member, instructor: Member) -> None:
    seat = seat_of(student, room)
    ask(instructor, room, t="member.mute", seat=seat, reason="shouting")
    assert ask(instructor, room, t="member.unmute", seat=seat) == {"seat": seat}
    assert standing_of(student, room).muted_until is None


@pytest.mark.row("S17")
def test_versions_of_a_removed_message_hold_its_last_text_and_an_instructor_s_look_is_on_record(
    room: Room, young_student: Member, parent: Member, classmate: Member, instructor: Member
) -> None:
    sent = written(room, young_student, "first")
    edited(room, young_student, sent.seq, "second")
    removed(room, instructor, sent.seq, "Be kind.")
    looks = AuditEntry.objects.filter(action="message.open_removed")
    for reader, count in ((young_student, 0), (parent, 0), (instructor, 1), (instructor, 2)):
        answer = ask(reader, room, t="message.versions", message=sent.seq)
        assert [version["text"] for version in answer["versions"]] == ["first"]
        assert (answer["removed"]["text"], answer["removed"]["removed"]["reason"]) == ("second", "Be kind.")
        assert looks.count() == count
    with pytest.raises(NotAllowed):
        ask(classmate, room, t="message.versions", message=sent.seq)


@pytest.mark.row("S22")
def test_a_guardian_s_commands_change_nothing_but_the_own_mark(
    room: Room, young_student: Member, parent: Member
) -> None:
    sent = written(room, young_student, "mine")
    edited(room, young_student, sent.seq, "mine again")
    about = {"message": sent.seq}
    with unchanged():
        for frame in (
            {"t": "message.edit", "text": "x", **about},
            {"t": "message.remove", "reason": "x", **about},
            {"t": "message.restore", **about},
        ):
            with pytest.raises(NotFound):
                ask(parent, room, **frame)
        with pytest.raises(NotAllowed):
            ask(parent, room, t="member.mute", seat=1, reason="x")
        with pytest.raises(NotAllowed):
            ask(parent, room, t="member.unmute", seat=1)
        assert len(ask(parent, room, t="message.versions", **about)["versions"]) == 1
        assert len(ask(parent, room, t="room.history")["messages"]) == 1
        assert ask(parent, room, t="room.roster")["version"] > 0
    assert ask(parent, room, t="room.read", seq=sent.seq)["read_seq"] == sent.seq
    assert ask(parent, room, t="room.unread", seq=0)["read_seq"] == 0


@pytest.mark.parametrize(
    "frame",
    [
        {"t": "message.edit", "message": 1},
        {"t": "message.edit", "message": "1", "text": "x"},
        {"t": "message.edit", "message": 0, "text": "x"},
        {"t": "message.edit", "message": 2**60, "text": "x"},
        {"t": "message.edit", "message": True, "text": "x"},
        {"t": "message.edit", "message": 1, "text": None},
        {"t": "room.history", "limit": 51},
        {"t": "room.history", "limit": 0},
        {"t": "room.history", "before": -1},
        {"t": "room.read", "seq": 1.5},
        {"t": "room.unread", "seq": -1},
        {"t": "member.mute", "seat": 1, "minutes": 100000},
        {"t": "room.unknown"},
    ],
)
def test_wrong_types_and_wild_numbers_are_no_commands(frame: Frame) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(encode({"ref": 1, "room": 1, **frame}), type=COMMAND)


@pytest.mark.parametrize(
    ("cid", "is_right"),
    [
        ("01938a3e-7c1a-7def-8abc-0123456789ab", True),
        ("01938A3E-7C1A-7DEF-8ABC-0123456789AB", False),
        ("01938a3e-7c1a-4def-8abc-0123456789ab", False),  # version 4
        ("01938a3e-7c1a-7def-cabc-0123456789ab", False),  # another variant
        ("01938a3e7c1a7def8abc0123456789ab", False),
        ("01938a3e-7c1a-7def-8abc-0123456789ab\n", False),
        ("", False),
    ],
)
def test_a_cid_is_a_uuid_of_version_7(cid: str, is_right: bool) -> None:
    raw = encode({"t": "message.send", "ref": 1, "room": 1, "cid": cid, "text": "x"})
    if is_right:
        assert decode(raw, type=commands.MessageSend).cid == cid
    else:
        with pytest.raises(msgspec.ValidationError):
            decode(raw, type=commands.MessageSend)


def test_unknown_fields_of_old_and_new_pages_are_ignored() -> None:
    raw = encode({"t": "room.read", "ref": 1, "room": 1, "seq": 3, "colour": "green"})
    assert decode(raw, type=commands.RoomRead) == commands.RoomRead(ref=1, room=1, seq=3)
