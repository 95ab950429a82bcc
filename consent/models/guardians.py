"""Who is linked to which child, and the codes that make a link (S21)."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from consent.models.schools import Source


class GuardianLink(models.Model):
    class State(models.TextChoices):
        PENDING = "pending"
        ACTIVE = "active"
        ENDED = "ended"

    guardian = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="children_links")
    child = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="guardian_links")
    slot = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.SCHOOL)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "slot"], condition=models.Q(state="active"), name="guardian_slot_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} for {self.child_id} {self.state}"


class AccessCode(models.Model):
    """Stored as HMAC; shown once. One per student and guardian slot, single use."""

    hmac = models.CharField(max_length=64, unique=True)
    child = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="access_codes")
    slot = models.PositiveSmallIntegerField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.child_id} slot {self.slot}"
