"""Drafts kept and forgotten. Nobody's but the writer's: no audit entry, no log and no frame to anybody else holds one.

Invariant: a draft is kept only for somebody who may write in the room now, compared under the lock like any message;
forgetting one is always possible.
"""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import MessageTooLong, NotFound
from realtime import hub
from realtime.frames import text_frame
from rooms import permissions
from rooms import text as texts
from rooms.actions.clearances import Clearance, hold
from rooms.events import encode, to_milliseconds, wire_time
from rooms.models import Draft
from rooms.queries.drafts import DraftState, draft_state
from rooms.queries.messages import visible_message
from rooms.queries.standings import Standing

KEPT_DAYS = 30


class DraftChanged(DraftState, tag_field="t", tag="draft.changed", omit_defaults=True):
    """To the member's own sockets and nobody else's. `at` says which of two is newer; `text` empty: there is none."""


def save_draft(
    actor: Actor, standing: Standing, *, clearance: Clearance, text: str, reply_to: int | None = None
) -> DraftState:
    """Keep what the member is writing in a room; an empty text forgets it. The same again changes nothing.

    Raises: NotAllowed, Muted, RoomClosed, MessageTooLong, NotFound (nothing to reply to), AccessChanged.
    """
    text = texts.clean(text)
    if not text:
        return discard_draft(actor, standing)
    permissions.can_post(standing, timezone.now())
    if len(text) > texts.TEXT_CHARS or len(text.encode()) > texts.TEXT_BYTES:
        raise MessageTooLong(limit=texts.TEXT_CHARS)
    if reply_to is not None:
        visible_message(standing, reply_to)
    own = Draft.objects.filter(member=standing.member_id, room=standing.room)
    if (same := own.filter(text=text, reply_to=reply_to).first()) is not None:
        return draft_state(same)
    with transaction.atomic():
        hold(standing.member_id, clearance)
        draft, _ = Draft.objects.update_or_create(
            member_id=standing.member_id,
            room=standing.room,
            defaults={"text": text, "reply_to": reply_to, "at": to_milliseconds(timezone.now())},
        )
        _tell(standing.member_id, draft_state(draft))
    return draft_state(draft)


def discard_draft(actor: Actor, standing: Standing) -> DraftState:
    """There is nothing left to send. The state that it leaves behind has an empty text."""
    gone = DraftState(standing.room.pk, "", wire_time(timezone.now()))
    own = Draft.objects.filter(member=standing.member_id, room=standing.room)
    if own.exists():
        with transaction.atomic():
            own.delete()
            _tell(standing.member_id, gone)
    return gone


def _tell(member_id: int, draft: DraftState) -> None:
    frame = text_frame(encode(DraftChanged(draft.room, draft.text, draft.at, draft.reply_to)))
    transaction.on_commit(partial(hub.tell_members, [member_id], frame))


# Forgetting


def forget_own_drafts(actor: Actor) -> int:
    """All of one's own: when the last session is signed out. Raises NotFound for nobody."""
    if actor.member_id is None:
        raise NotFound
    with transaction.atomic():
        return forget_drafts(actor.member_id)


def forget_drafts(member_id: int, *, course_id: int | None = None) -> int:
    """Inside the transaction that takes access away, after its lock: of all rooms, or of those of one course."""
    drafts = Draft.objects.filter(member=member_id)
    if course_id is not None:
        drafts = drafts.filter(room__course=course_id)
    return drafts.delete()[0]


def forget_old_drafts() -> int:
    """What nobody has gone on with for a month; the clock's. Returns how many."""
    with transaction.atomic():
        return Draft.objects.filter(at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()[0]
