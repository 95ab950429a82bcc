"""The log of a room: every change takes the next seq, gapless, in commit order. It holds no text."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from rooms.models.rooms import Room


class EventKind(models.TextChoices):
    MESSAGE_SENT = "message.sent"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_REMOVED = "message.removed"
    MESSAGE_RESTORED = "message.restored"
    MEMBER_JOINED = "member.joined"
    MEMBER_LEFT = "member.left"
    MEMBER_HIDDEN = "member.hidden"
    MEMBER_SHOWN = "member.shown"
    ROOM_CHANGED = "room.changed"


class RoomEvent(models.Model):
    """`seat` is who did it; `message` the seq of the message it is about (a message is (room, seq) everywhere)."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=24, choices=EventKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    seat = models.PositiveIntegerField(default=0)
    message = models.PositiveBigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "seq"], name="event_once")]

    def __str__(self) -> str:
        return f"{self.room_id}:{self.seq} {self.kind}"


class RoomSeal(models.Model):
    """A link of the archive's chain, over the digests of the messages from `from_seq` to `to_seq`."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="seals")
    from_seq = models.PositiveBigIntegerField()
    to_seq = models.PositiveBigIntegerField()
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "to_seq"], name="seal_once")]

    def __str__(self) -> str:
        return f"{self.room_id} to {self.to_seq}"
