"""A batch on SQLite: a statement for each step. `BEGIN IMMEDIATE` is the one lock of everything."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from msgspec.json import encode

from rooms.events import to_milliseconds
from rooms.writer.batch import Draft, Outcome, Receipt, Refusal, digest_of, new_salt

Row = tuple[Any, ...]

_EPOCHS = """
SELECT member_id, epoch FROM accounts_access WHERE member_id IN (SELECT value FROM json_each(?))
"""
_KNOWN = """
SELECT sent.key, m.room_id, m.seq, m.number, m.at
FROM json_each(?) AS sent CROSS JOIN rooms_message AS m
ON m.cid = json_extract(sent.value, '$[0]') AND m.author_id = json_extract(sent.value, '$[1]')
"""
_TAKE = """
UPDATE rooms_roomhead SET last_seq = last_seq + wanted.value, message_count = message_count + wanted.value,
    last_at = MAX(COALESCE(last_at, ?2), ?2)
FROM json_each(?1) AS wanted JOIN rooms_room AS room ON room.id = CAST(wanted.key AS INTEGER) AND room.state = 'open'
WHERE room_id = room.id
RETURNING room_id, last_seq, message_count, last_at
"""
_MESSAGE = """
INSERT INTO rooms_message (room_id, seq, number, author_id, seat, cid, at, text, html, renderer, digest, salt, reply_to,
    version, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
"""
_EVENT = """
INSERT INTO rooms_roomevent (room_id, seq, at, kind, actor_id, seat, message, data)
VALUES (?, ?, ?, 'message.sent', ?, ?, NULL, '{}')
"""
_MENTION = "INSERT OR IGNORE INTO rooms_mention (member_id, room_id, seq) VALUES (?, ?, ?)"
_READ = """
INSERT INTO rooms_readmark (member_id, room_id, seq, number, mentions_seen_seq, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (member_id, room_id) DO UPDATE SET
    seq = MAX(seq, excluded.seq), number = MAX(number, excluded.number),
    mentions_seen_seq = MAX(mentions_seen_seq, excluded.mentions_seen_seq), at = excluded.at
"""


class SqliteStore:
    def write(self, batch: Sequence[Draft]) -> list[Outcome]:
        with transaction.atomic():
            return _write(batch)

    def lock(self, batch: Sequence[Draft]) -> None:
        """The transaction holds the database already."""

    def refusal_of(self, problem: OperationalError) -> Refusal:
        words = str(problem).lower()
        if "full" in words or "readonly" in words or "disk i/o" in words:
            return Refusal.STORAGE_FULL
        return Refusal.BUSY if "locked" in words or "busy" in words else Refusal.TRY_LATER

    def keep_connection(self) -> None:
        """Each thread has one here."""


def _write(batch: Sequence[Draft]) -> list[Outcome]:
    now = to_milliseconds(timezone.now())
    outcomes: dict[int, Outcome] = dict(_refused(batch, now))
    accepted = [place for place in range(len(batch)) if place not in outcomes]
    outcomes.update(_store([(place, batch[place]) for place in accepted], now))
    return [outcomes[place] for place in range(len(batch))]


def _refused(batch: Sequence[Draft], now: datetime) -> Iterable[tuple[int, Outcome]]:
    """Drafts that take no number: sent before, or by somebody whose access has moved since."""
    epochs: dict[int, int] = dict(_fetch(_EPOCHS, encode(sorted({draft.author_id for draft in batch})).decode()))
    keys = encode([(draft.cid.hex, draft.author_id) for draft in batch]).decode()
    known = {place: row for place, *row in _fetch(_KNOWN, keys)}
    for place, draft in enumerate(batch):
        if place in known:
            yield place, _repeated(draft, *known[place])
        elif epochs.get(draft.author_id) != draft.epoch or (draft.until is not None and draft.until <= now):
            yield place, Refusal.ACCESS_CHANGED


def _repeated(draft: Draft, room_id: int, seq: int, number: int, at: object) -> Outcome:
    if room_id != draft.room_id:
        return Refusal.CID_REUSED
    return Receipt(room_id, seq, number, draft.cid, aware(at), repeated=True)


def _store(drafts: Sequence[tuple[int, Draft]], now: datetime) -> dict[int, Outcome]:
    wanted = Counter(draft.room_id for _, draft in drafts)
    taken = _take(wanted, now)
    outcomes: dict[int, Outcome] = {}
    stored: list[tuple[Draft, Receipt]] = []
    for place, draft in drafts:
        numbers = taken.get(draft.room_id)
        if numbers is None:
            outcomes[place] = Refusal.ROOM_CLOSED
            continue
        receipt = numbers.next(draft)
        outcomes[place] = receipt
        stored.append((draft, receipt))
    _insert(stored)
    return outcomes


class _Numbers:
    """The run of seqs and numbers that a batch took of one room."""

    def __init__(self, room_id: int, seq: int, number: int, at: datetime) -> None:
        self.room_id, self.seq, self.number, self.at = room_id, seq, number, at

    def next(self, draft: Draft) -> Receipt:
        self.seq += 1
        self.number += 1
        return Receipt(self.room_id, self.seq, self.number, draft.cid, draft.at or self.at)


def _take(wanted: Mapping[int, int], now: datetime) -> dict[int, _Numbers]:
    """room → what the batch took of it, in one statement for all. A room that isn't open is left out."""
    rows = _fetch(_TAKE, encode(wanted).decode(), stamp(now))
    return {
        room_id: _Numbers(room_id, last_seq - wanted[room_id], count - wanted[room_id], aware(last_at))
        for room_id, last_seq, count, last_at in rows
    }


def _insert(stored: Sequence[tuple[Draft, Receipt]]) -> None:
    messages: list[Row] = []
    events: list[Row] = []
    reads: list[Row] = []
    mentions: list[Row] = []
    for draft, receipt in stored:
        at, salt = stamp(receipt.at), new_salt()
        digest = digest_of(salt, receipt.room, receipt.seq, draft.author_id, receipt.at, 1, draft.text)
        head = (receipt.room, receipt.seq, receipt.number, draft.author_id, draft.seat, draft.cid.hex, at)
        messages.append((*head, draft.text, draft.html, draft.renderer, digest, salt, draft.reply_to, draft.source))
        events.append((receipt.room, receipt.seq, at, draft.author_id, draft.seat))
        reads.append((draft.author_id, receipt.room, receipt.seq, receipt.number, receipt.seq, at))
        mentions += [(member, receipt.room, receipt.seq) for member in draft.mentions if member != draft.author_id]
    _execute(_MESSAGE, messages)
    _execute(_EVENT, events)
    _execute(_READ, reads)
    if mentions:
        _execute(_MENTION, mentions)


# On the driver's connection: Django's cursor takes longer than most of these statements do.


def _fetch(sql: str, *values: Any) -> list[Row]:
    with connection.wrap_database_errors:
        rows: list[Row] = connection.connection.execute(sql, values).fetchall()
    return rows


def _execute(sql: str, rows: Sequence[Row]) -> None:
    with connection.wrap_database_errors:
        connection.connection.executemany(sql, rows)


@lru_cache(maxsize=64)  # a batch has one instant
def stamp(at: datetime) -> Any:
    """An instant as SQL is given it."""
    return connection.ops.adapt_datetimefield_value(at)


def aware(value: object) -> datetime:
    """An instant as SQL gives it back."""
    at = value if isinstance(value, datetime) else parse_datetime(str(value))
    if at is None:
        raise ValueError(f"no time: {value!r}")
    return at if at.tzinfo else at.replace(tzinfo=connection.timezone or timezone.get_default_timezone())
