"""Attempt: a wrong try that is counted (sign-in, codes). Rows, so that a restart forgives nothing."""

from typing import ClassVar

from django.db import models


class Attempt(models.Model):
    """`key` is a keyed hash of what is counted (account and address, account, code): no name, no address."""

    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "key", "at"], name="attempt_recent")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%c}"
