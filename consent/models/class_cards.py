"""ClassCard: what a child without an address signs in by (S1). Printed once, by the teacher or the school.

Invariants: neither the words nor the secret of the picture nor the PIN is anywhere, only their keyed hashes; a child
has one card that works at most; a revoked one never works again.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class ClassCard(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active"
        REVOKED = "revoked"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="class_cards")
    phrase_hash = models.CharField(max_length=64)
    secret_hash = models.CharField(max_length=64, unique=True)  # of what the picture holds
    pin_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(state="active"), name="class_card_that_works_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.state}"
