"""The generated half of docs/protocol.md: every frame, error and close code, from the structs and tables themselves."""

import types
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.utils import translation
from msgspec import Struct

from accounts.errors import CODES
from chatserver import protocol
from realtime.closing import CLOSINGS
from rooms.commands import COMMANDS, Ack, SendAck
from rooms.events import EVENTS, Withheld

BEGIN, END = "<!-- generated: ./chat manage protocol -->", "<!-- end of what is generated -->"
SERVER_FRAMES: tuple[type[Struct], ...] = (
    protocol.Ready,
    protocol.Error,
    protocol.Closing,
    protocol.Gap,
    Withheld,
    *EVENTS,
    *protocol.UNSEQUENCED,
)
# What an error of the socket can be called; the others are pages' alone.
WIRE_CODES = (
    *("invalid_frame", "unknown_command", "not_found", "not_allowed", "field_invalid", "message_empty"),
    *("message_too_long", "cid_reused", "too_fast", "muted", "room_closed", "access_changed"),
    *("edit_window_over", "storage_full", "busy", "try_later"),
)


def reference() -> str:
    """Markdown between the two markers."""
    with translation.override("en"):
        parts = [
            _section("From the client", protocol.CLIENT_FRAMES),
            _section("Answers", list(_acks()), name=lambda struct: struct.__name__),
            _section("From the server", SERVER_FRAMES),
            _section("What stands in them", _parts(), name=lambda struct: struct.__name__),
            _errors(),
            _closings(),
        ]
    return "\n".join([BEGIN, "", *parts, END])


def updated(text: str) -> str:
    """The document with its generated half as it is now. ValueError where the markers are missing."""
    head, found, rest = text.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not found or not ended:
        raise ValueError("docs/protocol.md has lost its markers")
    return head + reference() + tail


def document() -> Path:
    from django.conf import settings

    return Path(settings.BASE_DIR) / "docs" / "protocol.md"


def _acks() -> Iterator[type[Struct]]:
    yield SendAck
    for handler in COMMANDS.values():
        answer = typing.get_type_hints(handler)["return"]
        if answer is not Ack:
            yield answer


def _parts() -> list[type[Struct]]:
    """The structs inside of frames and answers, and inside of those."""
    found: dict[type[Struct], None] = {}
    waiting: list[Any] = [*SERVER_FRAMES, *_acks()]
    while waiting:
        for field in msgspec.structs.fields(waiting.pop(0)):
            fresh = [part for part in _structs_in(field.type) if part not in found]
            found |= dict.fromkeys(fresh)
            waiting += fresh
    return list(found)


def _structs_in(kind: Any) -> Iterator[type[Struct]]:
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
    for argument in typing.get_args(kind):
        yield from _structs_in(argument)


def _section(title: str, structs: Iterable[type[Struct]], *, name: Any = None) -> str:
    tag = name or (lambda struct: str(struct.__struct_config__.tag))
    blocks = [_block(tag(struct), struct) for struct in dict.fromkeys(structs)]
    return f"## {title}\n\n" + "\n".join(blocks) + "\n"


def _block(name: str, struct: type[Struct]) -> str:
    fields = ", ".join(_field(field) for field in msgspec.structs.fields(struct))
    doc = struct.__doc__ if struct.__doc__ and "__doc__" in vars(struct) else ""
    words = " ".join((doc or "").split())
    return f"- **{name}** `{{{fields}}}`" + (f"  \n  {words}" if words else "")


def _field(field: msgspec.structs.FieldInfo) -> str:
    optional = "" if field.required else "?"
    null = " | null" if field.required and type(None) in typing.get_args(field.type) else ""
    return f"{field.encode_name}{optional}: {_type(field.type)}{null}"


def _type(kind: Any) -> str:
    """A type as a reader of JSON knows it."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_type(argument) for argument in arguments if argument is not type(None))
    if origin is typing.Literal:
        return " | ".join(f'"{argument}"' for argument in arguments)
    if origin is list:
        return f"[{_type(arguments[0])}]"
    if origin is dict:
        return f"{{{_type(arguments[0])}: {_type(arguments[1])}}}"
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind.__name__
    return {int: "int", str: "string", bool: "bool", float: "number"}.get(kind, str(kind))


def _errors() -> str:
    rows = [f"| `{code}` | {_sentence(code)} |" for code in WIRE_CODES]
    return "\n".join(["## Error codes", "", "| code | what the person reads |", "|---|---|", *rows, ""])


def _sentence(code: str) -> str:
    return CODES[code]().text


def _closings() -> str:
    rows = [f"| {row.code.value} | {row.meaning} | {row.client} |" for row in CLOSINGS]
    return "\n".join(["## Close codes", "", "| code | meaning | the client |", "|---|---|---|", *rows, ""])
