"""A batch on PostgreSQL: locks, then one statement for all of it, sent as one pipeline: one round trip, one commit.

Invariant: the locks are statements of their own. At READ COMMITTED a statement reads what was committed when it began;
one that takes the locks itself has begun before it waits, and stored messages after a withdrawal (tried).
"""

import copy
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone
from msgspec import Struct

from rooms.events import to_milliseconds
from rooms.writer.batch import Draft, Outcome, Receipt, Refusal, new_salt

# FOR SHARE waits for whoever is moving an epoch, and makes them wait for the commit of what was accepted before.
_LOCK_ACCESS = """
SELECT 1 FROM accounts_access WHERE member_id = ANY(%s::bigint[]) ORDER BY member_id FOR SHARE
"""
_LOCK_HEADS = """
SELECT 1 FROM rooms_roomhead WHERE room_id = ANY(%s::bigint[]) ORDER BY room_id FOR UPDATE
"""

# The plan is made once and has to be right for every size of batch and table: OFFSET 0 keeps each LATERAL a look into
# an index per row, ANY(ARRAY(…)) the same for the heads. `digest` is batch.digest_of, whose parts are known here only.
_WRITE = """
WITH sent AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%s::json) AS sent (
        place int, room bigint, author bigint, epoch int, is_over boolean, seat int, cid uuid, text text, html text,
        renderer int, salt text, reply_to bigint, source text, at timestamptz, mentions bigint[])
), judged AS MATERIALIZED (
    SELECT sent.*, known.room_id AS known_room, known.seq AS known_seq, known.number AS known_number,
        known.at AS known_at, known.room_id IS NULL AND access.epoch = sent.epoch AND NOT is_over AS may_write
    FROM sent
    LEFT JOIN LATERAL (
        SELECT room_id, seq, number, at FROM rooms_message WHERE cid = sent.cid AND author_id = sent.author OFFSET 0
    ) AS known ON true
    LEFT JOIN LATERAL (SELECT epoch FROM accounts_access WHERE member_id = sent.author OFFSET 0) AS access ON true
), accepted AS MATERIALIZED (
    SELECT judged.*, row_number() OVER (PARTITION BY judged.room ORDER BY place) AS nth
    FROM judged
    CROSS JOIN LATERAL (SELECT state FROM rooms_room WHERE id = judged.room OFFSET 0) AS room
    WHERE may_write AND room.state = 'open'
), wanted AS MATERIALIZED (
    SELECT room, count(*) AS n FROM accepted GROUP BY room
), taken AS (
    UPDATE rooms_roomhead AS head SET last_seq = last_seq + n, message_count = message_count + n,
        last_at = greatest(last_at, %s::timestamptz)
    FROM wanted WHERE head.room_id = wanted.room AND head.room_id = ANY(ARRAY(SELECT room FROM wanted))
    RETURNING head.room_id, head.last_seq - n AS seq, head.message_count - n AS number, head.last_at
), fresh AS MATERIALIZED (
    SELECT place, room, author, seat, cid, text, html, renderer, decode(salt, 'hex') AS salt, reply_to, source,
        mentions, taken.seq + nth AS seq, taken.number + nth AS number, coalesce(at, taken.last_at) AS at
    FROM accepted JOIN taken ON taken.room_id = accepted.room
), messages AS (
    INSERT INTO rooms_message (room_id, seq, number, author_id, seat, cid, at, text, html, renderer, digest, salt,
        reply_to, version, source)
    SELECT room, seq, number, author, seat, cid, at, text, html, renderer, sha256(salt || convert_to(
        concat_ws(',', room, seq, author, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 1, text),
        'UTF8')), salt, reply_to, 1, source
    FROM fresh ORDER BY place
), events AS (
    INSERT INTO rooms_roomevent (room_id, seq, at, kind, actor_id, seat, message, data)
    SELECT room, seq, at, 'message.sent', author, seat, NULL, '{}' FROM fresh ORDER BY place
), marks AS (
    INSERT INTO rooms_readmark AS mark (member_id, room_id, seq, number, mentions_seen_seq, at)
    SELECT author, room, max(seq), max(number), max(seq), max(at) FROM fresh GROUP BY author, room
    ON CONFLICT (member_id, room_id) DO UPDATE SET
        seq = greatest(mark.seq, excluded.seq), number = greatest(mark.number, excluded.number),
        mentions_seen_seq = greatest(mark.mentions_seen_seq, excluded.mentions_seen_seq), at = excluded.at
), named AS (
    INSERT INTO rooms_mention (member_id, room_id, seq)
    SELECT DISTINCT member, room, seq FROM fresh CROSS JOIN LATERAL unnest(mentions) AS member WHERE member <> author
    ON CONFLICT DO NOTHING
)
SELECT known_room, known_seq, known_number, known_at, may_write, fresh.seq, fresh.number, fresh.at
FROM judged LEFT JOIN fresh USING (place) ORDER BY place
"""

_STORAGE_FULL = ("53100", "58030")  # disk_full, io_error
_BUSY = ("55P03", "40P01", "40001", "57014")  # a lock not had in time, a deadlock, a conflict, a statement cut short


class _Sent(Struct):
    """A draft as the statement reads it."""

    place: int
    room: int
    author: int
    epoch: int
    is_over: bool
    seat: int
    cid: str
    text: str
    html: str | None
    renderer: int
    salt: str
    reply_to: int | None
    source: str
    at: datetime | None
    mentions: tuple[int, ...]


_encode = msgspec.json.Encoder().encode


class PostgresStore:
    def write(self, batch: Sequence[Draft]) -> list[Outcome]:
        if connection.in_atomic_block:
            with transaction.atomic():
                return _write(batch)
        return _write(batch, begins=True)

    def lock(self, batch: Sequence[Draft]) -> None:
        with connection.cursor() as cursor:
            for statement, ids in _locks(batch):
                cursor.execute(statement, [ids])

    def refusal_of(self, problem: OperationalError) -> Refusal:
        state = getattr(problem.__cause__, "sqlstate", None)
        if state in _STORAGE_FULL:
            return Refusal.STORAGE_FULL
        return Refusal.BUSY if state in _BUSY else Refusal.TRY_LATER

    def keep_connection(self) -> None:
        """Not from the pool, which pauses between its tries when the database was away."""
        own = connections.create_connection(connection.alias)
        own.settings_dict = copy.deepcopy(own.settings_dict)
        own.settings_dict["OPTIONS"].pop("pool", None)
        connections[connection.alias] = own


def _write(batch: Sequence[Draft], *, begins: bool = False) -> list[Outcome]:
    now = to_milliseconds(timezone.now())
    rows = _encode([_sent(place, draft, now) for place, draft in enumerate(batch)]).decode()
    statements = [*((statement, (ids,)) for statement, ids in _locks(batch)), (_WRITE, (rows, now))]
    with connection.wrap_database_errors:
        found = _in_one_go(statements, begins=begins)
    return [_outcome(draft, row) for draft, row in zip(batch, found, strict=True)]


def _locks(batch: Sequence[Draft]) -> list[tuple[str, str]]:
    """The statements that lock and the ids that each is about, as an array is written."""
    members = ",".join(map(str, {draft.author_id for draft in batch}))
    rooms = ",".join(map(str, {draft.room_id for draft in batch}))
    return [(_LOCK_ACCESS, f"{{{members}}}"), (_LOCK_HEADS, f"{{{rooms}}}")]


def _sent(place: int, draft: Draft, now: datetime) -> _Sent:
    return _Sent(
        place,
        draft.room_id,
        draft.author_id,
        draft.epoch,
        draft.until is not None and draft.until <= now,
        draft.seat,
        draft.cid.hex,
        draft.text,
        draft.html,
        draft.renderer,
        new_salt().hex(),
        draft.reply_to,
        draft.source,
        draft.at,
        draft.mentions,
    )


def _in_one_go(statements: Sequence[tuple[str, tuple[Any, ...]]], *, begins: bool) -> list[tuple[Any, ...]]:
    """Send all at once; the rows of the last one, once everything was done and, if it begins here, committed."""
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[Any, ...]] = connection.connection
    cursor = psycopg.Cursor(raw)
    try:
        with raw.pipeline():
            if begins:
                psycopg.Cursor(raw).execute("BEGIN")
            for statement, values in statements:
                cursor.execute(statement, values, prepare=True)
            if begins:
                psycopg.Cursor(raw).execute("COMMIT")
    except psycopg.Error:
        if begins and not raw.closed:
            raw.rollback()
        raise
    return cursor.fetchall()


def _outcome(draft: Draft, row: tuple[Any, ...]) -> Outcome:
    known_room, known_seq, known_number, known_at, may_write, seq, number, at = row
    if known_room is not None:
        if known_room != draft.room_id:
            return Refusal.CID_REUSED
        return Receipt(known_room, known_seq, known_number, draft.cid, known_at, repeated=True)
    if not may_write:
        return Refusal.ACCESS_CHANGED
    return Receipt(draft.room_id, seq, number, draft.cid, at) if seq is not None else Refusal.ROOM_CLOSED
