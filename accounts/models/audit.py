"""AuditEntry: what was done, by whom, to what. Append-only, chained per scope; no content in it.

`hash = sha256(prev_hash ‖ canonical json of the entry)`; the scope is a school's id or `site`. Only accounts.audit
writes.
"""

from typing import ClassVar

from django.db import models


class AuditHead(models.Model):
    """The last entry of each chain, locked while the next is written."""

    scope = models.CharField(max_length=20, primary_key=True)
    position = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.scope} {self.position}"


class AuditEntry(models.Model):
    scope = models.CharField(max_length=20)
    position = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.PositiveBigIntegerField(null=True)
    via = models.CharField(max_length=10)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    subject = models.PositiveBigIntegerField(null=True)
    data = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "position"], name="audit_entry_once")]
        indexes: ClassVar = [models.Index(fields=["subject", "at"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.scope} {self.position} {self.action}"
