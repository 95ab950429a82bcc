"""The rows of mail: what has to leave (MailOutbox), what somebody no longer wants (MailStop), where nothing arrives
(RefusedAddress).

Invariant: a mail is written in the transaction of its cause and is the truth of all mail: once per kind, recipient and
period; for whom has no account, once per kind, address and period.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class MailOutbox(models.Model):
    """`due` → `claimed` (a sender has it, until its lease ends) → `handing` (the final dot is about to leave) → `sent`.

    `failed`: refused for good, or tried for too long. `withheld`: whoever was to get it may not, or doesn't want it.
    `unknown`: the sender ended, or the line broke, after the final dot. `problem` says why, for the operator. The
    payload is emptied once it has left.
    """

    class State(models.TextChoices):
        DUE = "due"
        CLAIMED = "claimed"
        HANDING = "handing"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        WITHHELD = "withheld"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    recipient = models.PositiveBigIntegerField(null=True)
    address = models.EmailField()
    period = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    locale = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    handed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, default="")
    message_id = models.CharField(max_length=200)
    cause_type = models.CharField(max_length=40)
    cause_id = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "recipient", "period"], name="mail_once_a_period"),
            models.UniqueConstraint(
                fields=["kind", "address", "period"],
                condition=Q(recipient__isnull=True),
                name="mail_once_a_period_and_address",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class MailStop(models.Model):
    """Somebody wants no more mail of a class. `subject`: `member:7`, or a keyed hash of an address without account."""

    subject = models.CharField(max_length=80)
    mail_class = models.CharField(max_length=20)
    stopped_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "mail_class"], name="mail_stopped_once")]

    def __str__(self) -> str:
        return f"{self.subject} {self.mail_class}"


class RefusedAddress(models.Model):
    """An address that its own mail server has refused for good; gone when a mail arrives there again."""

    address = models.EmailField(unique=True)
    says = models.CharField(max_length=200)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.address
