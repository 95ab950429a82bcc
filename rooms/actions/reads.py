"""How far somebody has read: forward by itself, back only where the member says so (U8)."""

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotFound
from rooms.models import Message, ReadMark, RoomHead
from rooms.queries.standings import Standing
from rooms.queries.unread import Unread, unread_in


def mark_read(actor: Actor, standing: Standing, *, seq: int) -> tuple[Unread, int]:
    """Everything up to `seq` was seen; returns the mark and how many messages are unread after it.

    Raises NotFound for a seq that the room does not have.
    """
    head = RoomHead.objects.get(room=standing.room)
    if not 0 <= seq <= head.last_seq:
        raise NotFound
    _move(standing.member_id, standing.room.pk, seq, _number_at(head, seq))
    mark = unread_in(standing.member_id, standing.room.pk)
    return mark, mark.count(head.message_count)


def mark_unread(actor: Actor, standing: Standing, *, seq: int) -> tuple[Unread, int]:
    """Everything after `seq` is new again; returns the mark and how many messages are unread after it.

    Where less was read, nothing changes. Raises NotFound for a seq that the room does not have.
    """
    head = RoomHead.objects.get(room=standing.room)
    if not 0 <= seq <= head.last_seq:
        raise NotFound
    _move_back(standing.member_id, standing.room.pk, seq, _number_at(head, seq))
    mark = unread_in(standing.member_id, standing.room.pk)
    return mark, mark.count(head.message_count)


def mark_as_read(head: RoomHead, member_id: int) -> None:
    """All of a room that there is until now, for somebody who comes in."""
    _move(member_id, head.room_id, head.last_seq, head.message_count)


def _number_at(head: RoomHead, seq: int) -> int:
    """How many messages there are up to a seq, those too that were purged since."""
    later = Message.objects.filter(room=head.room_id, seq__gt=seq, seq__lte=head.last_seq).order_by("seq").first()
    return later.number - 1 if later is not None else head.message_count


def _move(member_id: int, room_id: int, seq: int, number: int) -> None:
    if ReadMark.objects.filter(member=member_id, room=room_id, seq__gte=seq).exists():
        return  # several windows say the same: no turn among the writers for that
    with transaction.atomic():
        mark, _ = ReadMark.objects.select_for_update().get_or_create(
            member_id=member_id, room_id=room_id, defaults={"at": timezone.now()}
        )
        if seq > mark.seq:
            mark.seq, mark.at = seq, timezone.now()
            mark.number = max(mark.number, number)
            mark.mentions_seen_seq = max(mark.mentions_seen_seq, seq)
            mark.save(update_fields=["seq", "number", "mentions_seen_seq", "at"])


def _move_back(member_id: int, room_id: int, seq: int, number: int) -> None:
    with transaction.atomic():
        mark = ReadMark.objects.select_for_update().filter(member=member_id, room=room_id, seq__gt=seq).first()
        if mark is None:
            return
        mark.seq, mark.at = seq, timezone.now()
        mark.number = min(mark.number, number)
        mark.mentions_seen_seq = min(mark.mentions_seen_seq, seq)
        mark.save(update_fields=["seq", "number", "mentions_seen_seq", "at"])
