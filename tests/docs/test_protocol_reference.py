"""docs/protocol.md says what the code does: its frames, its error codes and its close codes, both ways."""

import ast
import inspect
import re
from collections.abc import Iterator

import pytest
from django.utils import translation
from msgspec import Struct

from accounts.errors import CODES, error_classes
from chatserver import farewells, protocol, wire_reference
from realtime.closing import CLOSINGS, CloseCode
from rooms import commands, events
from rooms.writer import Refusal
from tests.architecture.source import modules

# What a socket can make the server do. Pages have errors of their own.
BEHIND_THE_SOCKET = ("chatserver/client.py", "chatserver/commands.py", "chatserver/protocol.py", "rooms/")
NOT_OURS_TO_SEND = {
    CloseCode.PAGE_LEFT,
    CloseCode.CUT,
    CloseCode.FRAME_TOO_LARGE,
}  # the client's, nobody's, the parser's


def text() -> str:
    return wire_reference.document().read_text()


def test_the_generated_half_is_current() -> None:
    assert wire_reference.updated(text()) == text(), "run ./chat manage protocol"


def tagged(module: object) -> Iterator[type[Struct]]:
    """The frames that a module defines."""
    for _, kind in inspect.getmembers(module, inspect.isclass):
        is_its_own = kind.__module__ == getattr(module, "__name__", "")
        if is_its_own and issubclass(kind, Struct) and kind.__struct_config__.tag is not None:
            yield kind


@pytest.mark.parametrize("module", [protocol, commands, events])
def test_every_frame_is_in_it(module: object) -> None:
    abstract = {"Command", "RoomCommand", "Ack", "Event"}
    frames = [kind for kind in tagged(module) if kind.__name__ not in abstract]
    assert frames
    for kind in frames:
        tag = kind.__struct_config__.tag
        name = kind.__name__ if tag == "ack" else tag
        assert f"- **{name}** `{{" in text(), kind


# Error codes


def raised() -> set[str]:
    """The codes that the code behind the socket names: by the error's class, as a refusal, or in a BadFrame."""
    by_name = {error.__name__: error.code for error in error_classes()}
    found = {refusal.value for refusal in Refusal}
    for path, tree in modules().items():
        if path.startswith(BEHIND_THE_SOCKET):
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and node.id in by_name:
                    found.add(by_name[node.id])
    for node in ast.walk(modules()["chatserver/protocol.py"]):
        if isinstance(node, ast.Constant) and node.value in CODES:
            found.add(str(node.value))
    return found


def test_every_error_that_can_come_is_in_the_table_and_no_other() -> None:
    table = re.findall(r"^\| `(\w+)` \|", text(), re.M)
    assert set(table) == raised()
    assert len(table) == len(set(table))


def test_every_error_has_a_sentence_in_both_languages() -> None:
    for code in wire_reference.WIRE_CODES:
        said = {}
        for locale in ("en", "es"):
            with translation.override(locale):
                said[locale] = CODES[code]().text
        assert all(sentence.endswith(".") for sentence in said.values()), code
        assert said["en"] != said["es"], code


# Close codes


def closed_with() -> set[CloseCode]:
    """The codes that the code names."""
    return {
        CloseCode[node.attr]
        for path, tree in modules().items()
        if path != "realtime/closing.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "CloseCode"
        if node.attr in CloseCode.__members__
    }


def test_every_close_code_is_in_the_table_and_no_other() -> None:
    table = [int(code) for code in re.findall(r"^\| (\d{4}) \|", text(), re.M)]
    assert sorted(table) == sorted(CloseCode)
    assert table == [row.code.value for row in CLOSINGS]


def test_every_close_code_of_the_table_can_come() -> None:
    assert closed_with() | NOT_OURS_TO_SEND == set(CloseCode)


def test_no_close_for_a_reason_of_the_server_is_1000() -> None:
    numbers = [
        (path, node.value)
        for path, tree in modules().items()
        if path.startswith(("chatserver/", "realtime/", "consent/"))
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "close"
        for node in call.args
        if isinstance(node, ast.Constant) and isinstance(node.value, int)
    ]
    assert {number for _, number in numbers} <= {1011}, numbers


@pytest.mark.parametrize("locale", ["en", "es"])
def test_before_each_close_of_ours_something_is_said(locale: str) -> None:
    for code in CloseCode:
        if code.has_farewell:
            assert b'"t":"closing"' in farewells.farewell(code, locale)
            assert f'"code":{code.value}'.encode() in farewells.farewell(code, locale)
    restart = {which: farewells.farewell(CloseCode.RESTART, which) for which in ("en", "es")}
    assert restart["en"] != restart["es"]
