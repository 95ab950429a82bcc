"""The wire, chatserver.v1: the union of all commands, and the frames that belong to the socket itself.

docs/protocol.md is generated from these structs and kept current by a test. Unknown fields are ignored, so that old
pages live on. A frame that can't be decoded is answered, with its `ref` where it has one.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from accounts.queries.settings import SettingsState
from realtime.frames import text_frame
from rooms.actions.drafts import DraftChanged
from rooms.commands import COMMANDS, Command, Id, MessageSend, RoomCommand, Seq
from rooms.queries.drafts import DraftState
from rooms.queries.mutes import MutedSeat
from rooms.queries.states import CourseState, ReaderCounts, RoomState

PROTOCOL, SUBPROTOCOL = 1, "chatserver.v1"
ROOMS_IN_HELLO = 2000
MOST_REF = 2**53


class Hello(Command, tag="hello", kw_only=True):
    """The first frame of a client, within 10 s. `last`: room → last seq it has; unknown rooms are ignored."""

    last: Annotated[dict[int, Seq], Meta(max_length=ROOMS_IN_HELLO)] = {}
    client: Annotated[str, Meta(max_length=80)] = ""


class Typing(Struct, tag_field="t", tag="typing"):
    """No answer; more than one a second is dropped silently."""

    room: Id


class Presence(Struct, tag_field="t", tag="presence"):
    state: Literal["here", "away"]


class Limits(Struct):
    text_chars: int
    frame_bytes: int
    edit_seconds: int


class Me(Struct):
    """`settings.locale` is the language of all sentences on this socket; a page in another one loads itself again."""

    id: int
    name: str
    sign_in_name: str
    settings: SettingsState


class Server(Struct):
    version: str
    at: str


class Ready(Struct, tag_field="t", tag="ready"):
    """The truth of everything that has no seq. Rosters are fetched by version, never sent here."""

    ref: int
    protocol: int
    server: Server
    member: Me
    limits: Limits
    rooms: list[RoomState]
    courses: list[CourseState]
    notices: list[str]
    drafts: list[DraftState]


class Error(Struct, tag_field="t", tag="error", omit_defaults=True):
    """`text` is a sentence for a person, `code` for the page. `ref` null: none could be read."""

    ref: int | None
    code: str
    text: str
    field: str | None = None
    retry_after_seconds: int | None = None


class RemedyLink(Struct, omit_defaults=True):
    label: str
    url: str | None = None


class Closing(Struct, tag_field="t", tag="closing", omit_defaults=True):
    """Always before a close for a reason of the server."""

    code: int
    reason: str
    text: str
    remedy: RemedyLink
    retry_after_seconds: int | None = None


class Gap(Struct, tag_field="t", tag="gap"):
    """The client drops its state of the room and pages."""

    room: int
    first_seq: int
    last_seq: int


class TypingSeats(Struct, tag_field="t", tag="typing"):
    room: int
    seats: list[int]


class PresenceSeats(Struct, tag_field="t", tag="presence"):
    room: int
    here: list[int]
    gone: list[int]


class ReadMoved(Struct, tag_field="t", tag="read.moved"):
    """To the member's other sockets."""

    room: int
    read_seq: int
    unread: int
    mentions: int


class RosterChanged(Struct, tag_field="t", tag="roster.changed"):
    course: int
    version: int


class ReadersChanged(Struct, tag_field="t", tag="readers.changed"):
    room: int
    readers: ReaderCounts


class MutesChanged(Struct, tag_field="t", tag="mutes.changed"):
    """Who is paused in a course now, to its staff; to a parent, the own child."""

    course: int
    mutes: list[MutedSeat]


class AccessChanged(Struct, tag_field="t", tag="access.changed"):
    """The member's rooms as they are now: new ones, lost ones, other rights."""

    rooms: list[RoomState]
    courses: list[CourseState]


class SettingsChanged(Struct, tag_field="t", tag="settings.changed"):
    """The member has chosen something, here or on another device. What follows is said in the new language."""

    settings: SettingsState


UNSEQUENCED: tuple[type[Struct], ...] = (
    TypingSeats,
    PresenceSeats,
    ReadMoved,
    RosterChanged,
    ReadersChanged,
    MutesChanged,
    AccessChanged,
    SettingsChanged,
    DraftChanged,
)

ClientFrame = Hello | RoomCommand | Typing | Presence
CLIENT_FRAMES: tuple[type[Struct], ...] = (Hello, MessageSend, *COMMANDS, Typing, Presence)

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reduce(or_, CLIENT_FRAMES))
_encode = msgspec.json.Encoder().encode


class _AnyFrame(Struct):
    """The lax reading of a frame that failed: what to answer, and to what."""

    ref: Any = None
    t: Any = None


_lax = msgspec.json.Decoder(_AnyFrame)
_TYPES = frozenset(str(frame.__struct_config__.tag) for frame in CLIENT_FRAMES)
# Invalid UTF-8 is no MsgspecError, and neither are ten thousand brackets.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class BadFrame(Exception):
    """A frame that is none of ours. `ref` where it could be read; hopeless: not even that."""

    def __init__(self, code: str, ref: int | None, *, is_hopeless: bool) -> None:
        super().__init__(code)
        self.code, self.ref, self.is_hopeless = code, ref, is_hopeless


def decode(payload: bytes) -> ClientFrame:
    """A client's frame. Raises BadFrame and nothing else."""
    try:
        frame: ClientFrame = _decoder.decode(payload)
    except _UNREADABLE as problem:
        raise _bad(payload) from problem
    return frame


def _bad(payload: bytes) -> BadFrame:
    try:
        lax = _lax.decode(payload)
    except _UNREADABLE:
        return BadFrame("invalid_frame", None, is_hopeless=True)
    ref = lax.ref if type(lax.ref) is int and 0 <= lax.ref <= MOST_REF else None
    is_known = isinstance(lax.t, str) and lax.t in _TYPES
    return BadFrame("invalid_frame" if is_known else "unknown_command", ref, is_hopeless=False)


def framed(frame: Struct) -> bytes:
    return text_frame(_encode(frame))
