"""append_event: every change of a room that is not a new message takes its seq here, inside its own transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from realtime import hub
from rooms.events import run_of, to_milliseconds
from rooms.models import EventKind, RoomEvent, RoomHead
from rooms.queries.log import entries_of


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

    Lock order of the whole product: access rows, courses, room heads (each by id), audit heads last. No entry is
    earlier than the one before it, whatever the clock does; only what fills a school with its past gives `at`.
    """
    head = RoomHead.objects.select_for_update().get(room=room_id)
    head.last_seq += 1
    head.last_at = _not_before(head.last_at, at or to_milliseconds(timezone.now()))
    head.save(update_fields=["last_seq", "last_at"])
    event = RoomEvent.objects.create(
        room_id=room_id,
        seq=head.last_seq,
        at=at or head.last_at,
        kind=kind,
        actor_id=actor_id,
        seat=seat,
        message=message,
        data=data or {},
    )
    transaction.on_commit(lambda: publish_entry(room_id, event.seq))
    return event


def _not_before(earliest: datetime | None, at: datetime) -> datetime:
    return at if earliest is None else max(earliest, at)


def publish_entry(room_id: int, seq: int) -> None:
    """Hand a committed entry to the hub, if one runs in this process; others read it from the log."""
    if hub.is_running():
        hub.publish([run_of(room_id, entries_of(room_id, after=seq - 1, upto=seq, limit=1))])
