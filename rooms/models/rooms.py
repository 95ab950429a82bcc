"""Rooms, who is in group and direct ones, how far each room's log goes, and how far each member has read."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from consent.models.schools import Source
from rooms.models.courses import Course


class Room(models.Model):
    """`student` is whose record a direct chat is: the student in it, or the child a parent–instructor chat is about.

    `pair_key` makes a direct chat of the same people in the same course one room.
    """

    class Kind(models.TextChoices):
        COURSE = "course"
        GROUP = "group"
        DIRECT = "direct"
        PAGE = "page"

    class Posting(models.TextChoices):
        ALL = "all"
        STAFF = "staff"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        ARCHIVED = "archived"

    course = models.ForeignKey(Course, models.PROTECT, related_name="rooms")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(max_length=80, blank=True)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    pair_key = models.CharField(max_length=80, null=True, blank=True, unique=True)
    posting = models.CharField(max_length=8, choices=Posting.choices, default=Posting.ALL)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.TEACHER)

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.pk}"


class RoomHead(models.Model):
    """How far the room's log goes. Written by the message writer and `append_event` alone, under its lock."""

    room = models.OneToOneField(Room, models.PROTECT, primary_key=True, related_name="head")
    first_seq = models.PositiveBigIntegerField(default=1)
    last_seq = models.PositiveBigIntegerField(default=0)
    message_count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.room_id} at {self.last_seq}"


class RoomMember(models.Model):
    """Membership of group and direct rooms; in a group room the seat is the course's, in a direct one its own."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="members")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="room_memberships")
    seat = models.PositiveIntegerField()
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "member"], name="room_member_once"),
            models.UniqueConstraint(fields=["room", "seat"], name="room_seat_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.room_id}"


class ReadMark(models.Model):
    """Forward only, but for mark-as-unread. Unread = the head's message_count − number."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+")
    seq = models.PositiveBigIntegerField(default=0)
    number = models.PositiveBigIntegerField(default=0)
    mentions_seen_seq = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "room"], name="read_mark_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.room_id} to {self.seq}"


class Mute(models.Model):
    """A student paused in the course of `room`, where it was decided, until a time: by whom and why.

    `ended_at`: let write again before that, or paused anew.
    """

    room = models.ForeignKey(Room, models.PROTECT, related_name="mutes")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "until"], name="mute_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.room_id}"
