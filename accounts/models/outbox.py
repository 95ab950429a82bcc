"""MailOutbox: a mail that has to leave, written in the transaction of its cause; the truth of all mail."""

import uuid
from typing import ClassVar

from django.db import models


class MailOutbox(models.Model):
    class State(models.TextChoices):
        DUE = "due"
        CLAIMED = "claimed"
        HANDING = "handing"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    recipient = models.PositiveBigIntegerField(null=True)
    address = models.EmailField()
    period = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=200)
    cause_type = models.CharField(max_length=40)
    cause_id = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "recipient", "period"], name="mail_once_a_period"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
