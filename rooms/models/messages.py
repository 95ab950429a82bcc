"""Messages as they are now, and as they were.

`digest = sha256(salt ‖ room, seq, author, at, version, text)`: erasing text and salt leaves the archive's chain whole.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from rooms.models.rooms import Room


class Message(models.Model):
    """`number` counts the room's messages without gap; `cid` is the client's UUIDv7, unique for ever per author.

    No foreign keys in the database: the writer holds head and access rows locked (46 → 27 µs a message).
    """

    class RemovedKind(models.TextChoices):
        AUTHOR = "author"
        STAFF = "staff"

    room = models.ForeignKey(Room, models.PROTECT, related_name="messages", db_constraint=False, db_index=False)
    seq = models.PositiveBigIntegerField()
    number = models.PositiveBigIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    seat = models.PositiveIntegerField()
    cid = models.UUIDField()
    at = models.DateTimeField()
    text = models.TextField()
    html = models.TextField(null=True)  # noqa: DJ001 - null: plain text, set as text
    renderer = models.PositiveSmallIntegerField()
    digest = models.BinaryField()
    salt = models.BinaryField(null=True)
    reply_to = models.PositiveBigIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_kind = models.CharField(max_length=8, choices=RemovedKind.choices, null=True)  # noqa: DJ001
    removed_seat = models.PositiveIntegerField(null=True)
    removed_reason = models.CharField(max_length=300, null=True)  # noqa: DJ001 - staff's, for the author's family
    source = models.CharField(max_length=10, default="member")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_once"),
            models.UniqueConstraint(fields=["cid", "author"], name="cid_once"),  # cid first: inserts at the right edge
        ]
        indexes: ClassVar = [models.Index(fields=["author", "room", "seq"], name="message_by_author")]

    def __str__(self) -> str:
        return f"{self.room_id}:{self.seq}"


class MessageVersion(models.Model):
    """A text that was replaced."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    text = models.TextField()
    html = models.TextField(null=True)  # noqa: DJ001
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "version"], name="message_version_once")]

    def __str__(self) -> str:
        return f"{self.message_id} v{self.version}"


class Reaction(models.Model):
    message = models.ForeignKey(Message, models.PROTECT, related_name="reactions")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    emoji = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "member", "emoji"], name="reaction_once")]

    def __str__(self) -> str:
        return self.emoji


class Pin(models.Model):
    room = models.ForeignKey(Room, models.PROTECT, related_name="pins")
    message = models.ForeignKey(Message, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "message"], name="pinned_once")]

    def __str__(self) -> str:
        return f"{self.room_id}:{self.message_id}"


class Mention(models.Model):
    """Somebody was named in a message; what the number beside a room counts."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    room = models.ForeignKey(Room, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    seq = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "room", "seq"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.room_id}:{self.seq}"
