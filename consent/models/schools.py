"""Schools, their agreement with the operator, who belongs to them and who was given which duty there."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Source(models.TextChoices):
    """Who entered a row: what leaving and cancelling (S34, S35) decide by."""

    MEMBER = "member"
    SCHOOL = "school"
    TEACHER = "teacher"
    IMPORT = "import"


class School(models.Model):
    class Masking(models.TextChoices):
        """What a linked parent sees of other children (S22)."""

        PSEUDONYMS = "pseudonyms"
        OWN_CHILD_ONLY = "own_child_only"

    name = models.CharField(max_length=120)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default="US")
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=40)
    day_starts_at = models.TimeField()
    day_ends_at = models.TimeField()
    masking = models.CharField(max_length=20, choices=Masking.choices, default=Masking.PSEUDONYMS)
    student_edit_seconds = models.PositiveIntegerField(default=15 * 60)
    staff_edit_seconds = models.PositiveIntegerField(default=24 * 3600)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class SchoolDay(models.Model):
    """A day that differs from Monday to Friday: a holiday, or a Saturday with lessons."""

    school = models.ForeignKey(School, models.PROTECT, related_name="days")
    on = models.DateField()
    has_lessons = models.BooleanField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["school", "on"], name="school_day_once")]

    def __str__(self) -> str:
        return f"{self.on}"


class SchoolAgreement(models.Model):
    """The written agreement that S18 asks for. In force: from ≤ day ≤ until, and not ended early."""

    school = models.ForeignKey(School, models.PROTECT, related_name="agreements")
    signed_by = models.CharField(max_length=120)
    signed_on = models.DateField()
    document_hash = models.CharField(max_length=64)
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    scope = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.school_id} {self.starts_on}–{self.ends_on}"


class SchoolMembership(models.Model):
    class Kind(models.TextChoices):
        STUDENT = "student"
        INSTRUCTOR = "instructor"
        STAFF = "staff"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="school_memberships")
    school = models.ForeignKey(School, models.PROTECT, related_name="memberships")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    grade = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.SCHOOL)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "school", "kind"],
                condition=models.Q(ends_at__isnull=True),
                name="school_membership_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} of {self.school_id}"


class Grant(models.Model):
    """A duty that is given, never registered for. `school` null: the whole site."""

    class Kind(models.TextChoices):
        INSTRUCTOR = "instructor"  # a confirmed instructor (S1)
        MODERATOR = "moderator"
        SUPERVISOR = "supervisor"
        SCHOOL_ADMIN = "school_admin"
        OPERATOR = "operator"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="grants")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school", "kind"], name="grant_by_school")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind}"
