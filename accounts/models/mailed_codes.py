"""MailedCode: a code that was mailed to an address. Whoever brings it back reads that mailbox.

Invariants: the code itself is nowhere, `key` is its keyed hash; it works once, until `expires_at`, for its purpose
alone. What somebody typed to register waits in `details` and becomes a member only then: until an address is confirmed
nothing exists that it could belong to.
"""

from typing import ClassVar

from django.db import models

from accounts.models.members import Member


class MailedCode(models.Model):
    class Purpose(models.TextChoices):
        REGISTER = "register"
        CLAIM_ADDRESS = "claim_address"  # a member's first or new address
        RESET_PASSWORD = "reset_password"  # noqa: S105

    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    address = models.EmailField()
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="mailed_codes")
    key = models.CharField(max_length=64, unique=True)
    details = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["address", "purpose"], name="mailed_code_by_address")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
