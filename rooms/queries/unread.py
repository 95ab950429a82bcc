"""What is new for a member: counted by message numbers, so that edits and other events of the log do not count."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from rooms.models import Mention, Message, ReadMark


@dataclass(frozen=True, slots=True)
class Unread:
    """How far somebody has read a room: seq and number of the mark, and how many messages since name them."""

    seq: int = 0
    number: int = 0
    mentions: int = 0

    def count(self, message_count: int) -> int:
        return max(0, message_count - self.number)


NOTHING_READ = Unread()


def unread_of(member_ids: Collection[int]) -> dict[int, dict[int, Unread]]:
    """member → room → mark. Two statements. A room without a mark was never read: `NOTHING_READ`."""
    mentions = _mentions(member_ids)
    found: dict[int, dict[int, Unread]] = defaultdict(dict)
    marks = ReadMark.objects.filter(member__in=member_ids).values_list("member_id", "room_id", "seq", "number")
    for member, room, seq, number in marks:
        found[member][room] = Unread(seq, number, mentions.get((member, room), 0))
    for (member, room), count in mentions.items():
        found[member].setdefault(room, Unread(mentions=count))
    return found


def _mentions(member_ids: Collection[int]) -> dict[tuple[int, int], int]:
    stands = Message.objects.filter(room=OuterRef("room"), seq=OuterRef("seq"), removed_at__isnull=True)
    seen = ReadMark.objects.filter(member=OuterRef("member"), room=OuterRef("room")).values("mentions_seen_seq")
    rows = (
        Mention.objects.filter(Exists(stands), member__in=member_ids)
        .annotate(seen=Subquery(seen[:1]))
        .filter(Q(seen__isnull=True) | Q(seq__gt=F("seen")))
        .values_list("member_id", "room_id")
        .annotate(count=Count("id"))
    )
    return {(member, room): count for member, room, count in rows}


def unread_in(member_id: int, room_id: int) -> Unread:
    """The mark in one room."""
    return unread_of([member_id]).get(member_id, {}).get(room_id, NOTHING_READ)
