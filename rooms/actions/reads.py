"""How far somebody has read. Forward only."""

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotFound
from rooms.models import Message, ReadMark, RoomHead
from rooms.queries.standings import Standing
from rooms.queries.unread import Unread


def mark_read(actor: Actor, standing: Standing, *, seq: int) -> tuple[Unread, int]:
    """Everything up to `seq` was seen; returns the mark and how many messages are unread after it.

    Raises NotFound for a seq that the room does not have.
    """
    with transaction.atomic():
        head = RoomHead.objects.get(room=standing.room)
        if not 0 <= seq <= head.last_seq:
            raise NotFound
        last = Message.objects.filter(room=standing.room, seq__lte=seq).order_by("-seq").first()
        mark, _ = ReadMark.objects.select_for_update().get_or_create(
            member_id=standing.member_id, room=standing.room, defaults={"at": timezone.now()}
        )
        if seq > mark.seq:
            mark.seq, mark.at = seq, timezone.now()
            mark.number = max(mark.number, last.number if last else 0)
            mark.mentions_seen_seq = max(mark.mentions_seen_seq, seq)
            mark.save(update_fields=["seq", "number", "mentions_seen_seq", "at"])
    known = Unread(mark.seq, mark.number)
    return known, known.count(head.message_count)
