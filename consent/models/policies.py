"""Policies in versions, who accepted which, and notices to everybody (S2, S27)."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Policy(models.Model):
    class Kind(models.TextChoices):
        PRIVACY = "privacy"
        TERMS = "terms"
        CLASS_RULES = "class_rules"

    kind = models.CharField(max_length=12, choices=Kind.choices, unique=True)

    def __str__(self) -> str:
        return self.kind


class PolicyVersion(models.Model):
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    version = models.CharField(max_length=20)
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    is_material = models.BooleanField(default=False)
    effective_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["policy", "version"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.version}"


class Acceptance(models.Model):
    """One sentence, or one text, that a member accepted: its version and the SHA-256 of the very words, which tells the
    language too."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acceptances")
    sentence = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    text_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    session = models.UUIDField(null=True)
    address_prefix = models.CharField(max_length=45, blank=True)

    def __str__(self) -> str:
        return f"{self.member_id} {self.sentence} {self.version}"


class Notice(models.Model):
    kind = models.CharField(max_length=40)
    text_key = models.CharField(max_length=80)
    posted_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.kind
