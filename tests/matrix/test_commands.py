"""Every command of the protocol, sent by everybody to one room: served is exactly who the table names."""

from collections.abc import Mapping
from typing import Any

import pytest

from chatserver import protocol
from tests.chatserver.conftest import Enter, School
from tests.matrix.policy import COMMANDS, SOCKETS
from tests.socket_client import SocketClient, uuid7

SETTINGS = {"limits": "bench"}
WITHOUT_ANSWER = {"typing", "presence"}
REFUSED = {"not_found", "not_allowed"}


def test_every_command_has_its_row_in_the_table() -> None:
    commands = {str(frame.__struct_config__.tag) for frame in protocol.CLIENT_FRAMES}
    assert commands - WITHOUT_ANSWER - {"hello"} == COMMANDS.keys()


@pytest.mark.row("S9", "S17", "S22")
@pytest.mark.timeout(120)
async def test_a_command_is_carried_out_for_exactly_who_the_table_names(school: School, enter: Enter) -> None:
    clients = {name: await enter(username) for name, username in SOCKETS.items()}
    author = clients["author"]
    room = author.room("General")
    wrong = []
    for command, allowed in COMMANDS.items():
        for name, client in clients.items():
            message = await prepared(command, clients, room)
            answer = await client.ask(command, room=room, **fields(command, message, author.rooms[room]["my_seat"]))
            is_served = answer["t"] == "ack"
            if is_served != (name in allowed) or not (is_served or answer["code"] in REFUSED):
                wrong.append(f"{name}: {command}: {answer.get('code', 'ack')}")
    assert wrong == []


async def prepared(command: str, clients: Mapping[str, SocketClient], room: int) -> int:
    """A new message of the author's, in the state that the command is for; its seq."""
    if not command.startswith("message."):
        return 1
    said = await clients["author"].say(room, "what it is about")
    if command == "message.restore":
        await clients["author"].ask("message.remove", room=room, message=said["seq"])
    return int(said["seq"])


def fields(command: str, message: int, seat: int) -> dict[str, Any]:
    of_command: dict[str, dict[str, Any]] = {
        "message.send": {"cid": uuid7(), "text": "may I?"},
        "message.edit": {"message": message, "text": "changed"},
        "message.remove": {"message": message, "reason": "a reason"},
        "message.restore": {"message": message},
        "message.versions": {"message": message},
        "room.read": {"seq": 1},
        "room.unread": {"seq": 1},
        "member.mute": {"seat": seat, "reason": "a break"},
        "member.unmute": {"seat": seat},
        "draft.save": {"text": "begun"},
    }
    return of_command.get(command, {})


@pytest.mark.row("S18")
async def test_whom_the_gate_holds_is_told_why_and_let_out(school: School, enter: Enter) -> None:
    sofia = await enter("sofia.n", hello=False)
    assert await sofia.closed() == 4453
