"""Writing in a room: send, edit, remove, restore; and opening what was removed, which goes on record.

`send_message` hands a draft to the message writer, which is the transaction of all sends; the rest are transactions of
their own that take their place in the log through `append_event`. No write is accepted after the commit of whatever
took the author's access away: epoch and `until` are compared inside the transaction.
"""

from concurrent.futures import Future
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actor import Actor
from accounts.errors import EditWindowOver, FieldInvalid, MessageEmpty, MessageTooLong, NotAllowed, NotFound
from rooms import permissions, writer
from rooms import text as texts
from rooms.actions.clearances import Clearance, hold
from rooms.actions.log import append_event
from rooms.events import GUARDIAN
from rooms.models import EventKind, Mention, Message, MessageVersion, RoomHead
from rooms.queries.messages import visible_message
from rooms.queries.seats import members_at
from rooms.queries.standings import Standing
from rooms.writer import Draft, Receipt
from rooms.writer.batch import digest_of, new_salt

UNDO_SECONDS = 10
UNDO_GRACE_SECONDS = 5  # the notice closes after ten; a slow network may need longer
REASON_CHARS = 300
REMOVAL = ("removed_at", "removed_kind", "removed_seat", "removed_reason")


def needs_reading(text: str, reply_to: int | None) -> bool:
    """Whether `send_message` has to render or to look something up: then it belongs into a thread, not on the loop."""
    return reply_to is not None or not texts.is_plain(text)


def send_message(
    actor: Actor,
    standing: Standing,
    *,
    clearance: Clearance,
    cid: UUID,
    text: str,
    reply_to: int | None = None,
) -> "Future[Receipt]":
    """Send a message; the future holds the receipt once it is on disk, or raises the AppError of its refusal.

    Raises: NotAllowed, Muted, RoomClosed, MessageEmpty, MessageTooLong, NotFound (nothing to reply to).
    """
    draft = drafted(standing, clearance=clearance, cid=cid, text=text, reply_to=reply_to)
    return writer.current().submit(draft)


def drafted(standing: Standing, *, clearance: Clearance, cid: UUID, text: str, reply_to: int | None = None) -> Draft:
    """A message as the writer takes it: all of `send_message` but the submission, for whoever renders in a thread.

    Raises what `send_message` does.
    """
    permissions.can_post(standing, timezone.now())
    text = checked(text)
    if reply_to is not None:
        visible_message(standing, reply_to)
    rendered = texts.render(text)
    return Draft(
        room_id=standing.room.pk,
        author_id=standing.member_id,
        epoch=clearance.epoch,
        until=clearance.until,
        seat=standing.seat,
        cid=cid,
        text=text,
        html=rendered.html,
        renderer=texts.RENDERER,
        reply_to=reply_to,
        mentions=members_at(standing.room, rendered.mentions) if rendered.mentions else (),
        author_is_student=not standing.is_staff,
        own_child_only=standing.own_child_only,
    )


def checked(text: str) -> str:
    """The text as it will be stored, and as it is measured. Raises MessageEmpty, MessageTooLong."""
    text = texts.clean(text)
    if not text:
        raise MessageEmpty
    if len(text) > texts.TEXT_CHARS or len(text.encode()) > texts.TEXT_BYTES:
        raise MessageTooLong(limit=texts.TEXT_CHARS)
    return text


def edit_message(actor: Actor, standing: Standing, *, clearance: Clearance, seq: int, text: str) -> Message:
    """Replace one's own text; the earlier one is kept as a version. The same text again changes nothing.

    Raises: NotFound, NotAllowed, EditWindowOver, Muted, RoomClosed, MessageEmpty, MessageTooLong, AccessChanged.
    """
    permissions.can_edit(standing, _message(standing, seq), timezone.now())
    text = checked(text)
    rendered = texts.render(text)
    with transaction.atomic():
        message = _locked(standing, seq, clearance)
        permissions.can_edit(standing, message, timezone.now())
        if message.text == text:
            return message
        _replace(message, text, rendered.html, standing.member_id)
        _mention(standing, seq, rendered.mentions)
        _append(standing, EventKind.MESSAGE_EDITED, seq)
    return message


def _mention(standing: Standing, seq: int, seats: tuple[int, ...]) -> None:
    """Those whom the message names now, and nobody else any longer."""
    named = set(members_at(standing.room, seats)) - {standing.member_id}
    mentions = Mention.objects.filter(room=standing.room, seq=seq)
    mentions.exclude(member__in=named).delete()
    for member in sorted(named):
        mentions.get_or_create(member_id=member, room=standing.room, seq=seq)


def _replace(message: Message, text: str, html: str | None, by: int) -> None:
    now = timezone.now()
    replaced_at = message.edited_at or message.at
    MessageVersion.objects.create(
        message=message, version=message.version, text=message.text, html=message.html, at=replaced_at, by_id=by
    )
    message.version += 1
    message.text, message.html, message.renderer, message.edited_at = text, html, texts.RENDERER, now
    message.salt = new_salt()
    message.digest = digest_of(
        message.salt, message.room_id, message.seq, message.author_id, now, message.version, text
    )
    message.save(update_fields=["version", "text", "html", "renderer", "edited_at", "salt", "digest"])


def remove_message(actor: Actor, standing: Standing, *, clearance: Clearance, seq: int, reason: str = "") -> Message:
    """Take a message away from the others at once (S17). Removing it again changes nothing.

    One's own at any time; a student's by staff, with a reason that the student and the linked parents read.
    Raises: NotFound, NotAllowed, FieldInvalid (no reason), AccessChanged.
    """
    with transaction.atomic():
        message = _locked(standing, seq, clearance)
        is_moderation = permissions.can_remove(standing, message)
        given = reason_given(reason) if is_moderation else None
        if message.removed_at is not None:
            return message
        message.removed_at, message.removed_seat, message.removed_reason = timezone.now(), standing.seat, given
        message.removed_kind = Message.RemovedKind.STAFF if is_moderation else Message.RemovedKind.AUTHOR
        message.save(update_fields=REMOVAL)
        _append(standing, EventKind.MESSAGE_REMOVED, seq)
        if given is not None:
            _record(actor, standing, message, "message.remove", reason=given)
    return message


def reason_given(reason: str) -> str:
    """An adult's words to a child about a removal or a pause, as they are stored. Raises FieldInvalid: none."""
    reason = reason.strip()[:REASON_CHARS]
    if not reason:
        raise FieldInvalid(_("Give a reason: the student and the linked parents read it."), field="reason")
    return reason


def restore_message(actor: Actor, standing: Standing, *, clearance: Clearance, seq: int) -> Message:
    """Undo a removal within ten seconds, by whoever made it.

    Raises: NotFound, NotAllowed, EditWindowOver, AccessChanged.
    """
    with transaction.atomic():
        message = _locked(standing, seq, clearance)
        permissions.can_remove(standing, message)
        if message.removed_at is None:
            return message
        if message.removed_seat != standing.seat or not standing.seat:
            raise NotAllowed
        if timezone.now() - message.removed_at > timedelta(seconds=UNDO_SECONDS + UNDO_GRACE_SECONDS):
            raise EditWindowOver(_("It is too late to undo this."))
        was_moderation = message.removed_kind == Message.RemovedKind.STAFF
        message.removed_at = message.removed_kind = message.removed_seat = message.removed_reason = None
        message.save(update_fields=REMOVAL)
        _append(standing, EventKind.MESSAGE_RESTORED, seq)
        if was_moderation:
            _record(actor, standing, message, "message.restore")
    return message


def open_removed_message(actor: Actor, standing: Standing, *, clearance: Clearance, seq: int) -> Message:
    """An instructor reads what was removed from a room of the course: on demand, and on record (S17).

    Raises: NotFound, NotAllowed, AccessChanged.
    """
    with transaction.atomic():
        hold(standing.member_id, clearance)
        message = visible_message(standing, seq)
        permissions.can_open_removed(standing)
        _record(actor, standing, message, "message.open_removed")
    return message


def _locked(standing: Standing, seq: int, clearance: Clearance) -> Message:
    """The message, with everything locked that its change depends on, in the order of the whole product."""
    hold(standing.member_id, clearance)
    RoomHead.objects.select_for_update().get(room=standing.room)
    return _message(standing, seq)


def _message(standing: Standing, seq: int) -> Message:
    """The message of this room, for somebody who takes part in it. Raises NotFound."""
    if standing.view.startswith(GUARDIAN):
        raise NotFound
    return visible_message(standing, seq)


def _append(standing: Standing, kind: EventKind, seq: int) -> None:
    append_event(standing.room.pk, kind, actor_id=standing.member_id, seat=standing.seat, message=seq)


def _record(actor: Actor, standing: Standing, message: Message, action: str, **data: str) -> None:
    audit.record(
        actor,
        action,
        message,
        scope=scope_of(standing),
        subject=message.author_id,
        room=standing.room.pk,
        seq=message.seq,
        **data,
    )


def scope_of(standing: Standing) -> str:
    """Which chain of the audit log a change of this room belongs to."""
    return str(standing.room.course.school_id or "site")
