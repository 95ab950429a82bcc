"""Courses and who is in them. A seat is a person's number in a course: never reused, kept when they come back."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from consent.models import School
from consent.models.schools import Source


class Course(models.Model):
    """`archived_at`: a record from then on, for those who were in it: nothing changes, nobody comes in.

    `questions`: what a student is asked who joins, values of rooms.models.Question in their order (S1).
    """

    class Visibility(models.TextChoices):
        PRIVATE = "private"
        PUBLIC = "public"

    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="courses")
    title = models.CharField(max_length=120)
    short_title = models.CharField(max_length=60)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(max_length=2000, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    visibility_due_at = models.DateTimeField(null=True, blank=True)
    roster_version = models.PositiveIntegerField(default=1)
    last_seat = models.PositiveIntegerField(default=0)
    questions = models.JSONField(default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.TEACHER)

    def __str__(self) -> str:
        return self.title


class Enrollment(models.Model):
    """`hidden_at`: the consent of a young student ended, so classmates see neither the person nor the messages.

    `until` ends a substitute's access by itself. Where the unread of somebody new begins is a read mark per room, made
    at joining; a room made later begins at zero.
    """

    class Role(models.TextChoices):
        INSTRUCTOR = "instructor"
        ASSISTANT = "assistant"
        STUDENT = "student"

    class State(models.TextChoices):
        ACTIVE = "active"
        LEFT = "left"
        REMOVED = "removed"

    STAFF = (Role.INSTRUCTOR, Role.ASSISTANT)

    course = models.ForeignKey(Course, models.PROTECT, related_name="enrollments")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrollments")
    role = models.CharField(max_length=10, choices=Role.choices)
    seat = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.TEACHER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "member"], name="enrolled_once"),
            models.UniqueConstraint(fields=["course", "seat"], name="seat_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.role} in {self.course_id}"

    @property
    def is_staff(self) -> bool:
        return self.role in self.STAFF

    @property
    def leads(self) -> bool:
        """An instructor who stays: not a substitute, whose access ends by itself."""
        return self.role == self.Role.INSTRUCTOR and self.until is None

    def is_active_at(self, now: datetime) -> bool:
        return self.state == self.State.ACTIVE and (self.until is None or self.until > now)
