"""append_event: every change of a room that is not a new message takes its seq here, inside its own transaction."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from realtime import hub
from rooms.events import run_of, to_milliseconds
from rooms.models import EventKind, RoomEvent
from rooms.queries.log import entries_of
from rooms.writer.store import aware, stamp

_TAKE_SEQ = """
UPDATE rooms_roomhead SET last_seq = last_seq + 1, last_at = MAX(COALESCE(last_at, %s), %s)
WHERE room_id = %s RETURNING last_seq, last_at
"""


def append_event(
    room_id: int,
    kind: EventKind,
    *,
    actor_id: int | None,
    seat: int = 0,
    message: int | None = None,
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> RoomEvent:
    """Write one entry of the log and publish it on commit. Call it inside `atomic()`, after the change itself.

    Lock order of the whole product: access rows, then room heads (by id), then audit heads. No entry is earlier than
    the one before it, whatever the clock does; only what fills a school with its past gives `at`.
    """
    now = to_milliseconds(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_SEQ, [stamp(at or now), stamp(at or now), room_id])
        seq, last_at = cursor.fetchone()
    event = RoomEvent.objects.create(
        room_id=room_id,
        seq=seq,
        at=at or aware(last_at),
        kind=kind,
        actor_id=actor_id,
        seat=seat,
        message=message,
        data=data or {},
    )
    transaction.on_commit(lambda: publish_entry(room_id, seq))
    return event


def publish_entry(room_id: int, seq: int) -> None:
    """Hand a committed entry to the hub, if one runs in this process; others read it from the log."""
    if hub.is_running():
        hub.publish([run_of(room_id, entries_of(room_id, after=seq - 1, upto=seq, limit=1))])
