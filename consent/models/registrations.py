"""Registration: as what somebody registered (S1).

Invariant: a fact about that day, never a right; rights are enrolments, links and grants. An instructor's names the
school that is to confirm them; null: they teach independently.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from consent.models.schools import School


class Registration(models.Model):
    class Kind(models.TextChoices):
        INSTRUCTOR = "instructor"
        STUDENT = "student"
        PARENT = "parent"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="registrations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "kind"], name="registered_once_as")]
        indexes: ClassVar = [models.Index(fields=["kind", "school"], name="registration_by_kind")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind}"
