"""What goes into a batch and what comes out of it."""

import hashlib
import os
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from rooms.events import LogEntry, MessageBody, wire_time
from rooms.models import EventKind


@dataclass(slots=True, eq=False)
class Draft:
    """A message that may be sent, as far as its author's connection knows; the transaction checks epoch and until."""

    room_id: int
    author_id: int
    epoch: int
    until: datetime | None
    seat: int
    cid: UUID
    text: str
    html: str | None
    renderer: int
    reply_to: int | None = None
    mentions: tuple[int, ...] = ()
    author_is_student: bool = True
    own_child_only: bool = False
    source: str = "member"
    at: datetime | None = None  # only what fills a school with its past sets this
    done: "Future[Receipt]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ack says: the message is on disk under this seq."""

    room: int
    seq: int
    number: int
    cid: UUID
    at: datetime
    repeated: bool = False


class Refusal(Enum):
    """Why the transaction did not take a draft; each is an error code of the wire."""

    ACCESS_CHANGED = "access_changed"
    CID_REUSED = "cid_reused"
    NOT_FOUND = "not_found"
    ROOM_CLOSED = "room_closed"
    TRY_LATER = "try_later"
    STORAGE_FULL = "storage_full"
    BUSY = "busy"


Outcome = Receipt | Refusal


def digest_of(salt: bytes, room: int, seq: int, author: int, at: datetime, version: int, text: str) -> bytes:
    """sha256(salt ‖ room, seq, author, at, version, text): what the archive's chain stands on."""
    head = f"{room},{seq},{author},{wire_time(at)},{version},"
    return hashlib.sha256(salt + head.encode() + text.encode()).digest()


def new_salt() -> bytes:
    return os.urandom(16)


def entry_of(draft: Draft, receipt: Receipt) -> LogEntry:
    """The log's entry of a message that was just stored, made without reading it back."""
    body = MessageBody(
        seq=receipt.seq,
        number=receipt.number,
        by=draft.seat,
        at=wire_time(receipt.at),
        cid=str(receipt.cid),
        version=1,
        text=draft.text,
        html=draft.html,
        reply_to=draft.reply_to,
    )
    return LogEntry(
        room=draft.room_id,
        seq=receipt.seq,
        at=receipt.at,
        kind=EventKind.MESSAGE_SENT,
        seat=draft.seat,
        message=body,
        author_is_student=draft.author_is_student,
        own_child_only=draft.own_child_only,
    )
