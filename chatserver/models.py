"""Duty: what has to be done again and again, and when it is due next. The clock's only memory."""

from datetime import datetime

from django.db import models


class Duty(models.Model):
    """`lease_until`: somebody is at it; after that it is anybody's again, so a kill delays and never loses."""

    name = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    def is_free(self, now: datetime) -> bool:
        """Whether it is due, and nobody is at it."""
        return self.due_at <= now and (self.lease_until is None or self.lease_until <= now)
