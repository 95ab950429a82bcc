"""What somebody is writing and hasn't sent: nobody's but theirs."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from rooms.models.rooms import Room


class Draft(models.Model):
    """One per member and room, so that what was begun on one device goes on on another (U12).

    No page, export or record of anybody else reads this table, and no log names its text.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+")
    text = models.TextField()
    reply_to = models.PositiveBigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "room"], name="draft_once")]
        indexes: ClassVar = [models.Index(fields=["at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.room_id}"
