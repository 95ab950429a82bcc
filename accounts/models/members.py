"""Member: a person who signs in. No role stands here: rights are facts (enrolments, links, grants)."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.settings import PersonalSettings


class MemberState(models.TextChoices):
    """`awaiting_consent` is the stub of S18: may sign in and reach gate, help and contact, nothing else. `limited` is
    on hold (S24): the same until it is settled. `deactivated` and `closed` can't sign in. `erased`: a stub whose
    details are deleted; nothing is left to sign in with, and a page that is still open reaches the gate."""

    AWAITING_CONSENT = "awaiting_consent", _("waiting for consent")
    ACTIVE = "active", _("active")
    LIMITED = "limited", _("limited")
    SUSPENDED = "suspended", _("suspended")
    DEACTIVATED = "deactivated", _("deactivated")
    CLOSED = "closed", _("closed")
    ERASED = "erased", _("details deleted")


class MemberManager(BaseUserManager["Member"]):
    """Addresses and sign-in names are stored in lower case; an empty address is none."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str | None:  # type: ignore[override]
        return (email or "").strip().lower() or None

    def create_user(self, sign_in_name: str, password: str | None = None, **fields: Any) -> "Member":
        email = self.normalize_email(fields.pop("email", None))
        member = self.model(sign_in_name=sign_in_name.strip().lower(), email=email, **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, sign_in_name: str, password: str | None = None, **fields: Any) -> "Member":
        return self.create_user(sign_in_name, password, is_superuser=True, is_staff=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Member":
        return self.get(sign_in_name=(username or "").lower())


class Member(PersonalSettings, AbstractBaseUser, PermissionsMixin):
    """`protected_until` is the 14th birthday (null: not protected), `majority_on` the 18th; no birth date is kept.

    `name` is the full name, `given_name` what the person is called, `course_name` what members of a course read
    (given name and initial for students in K-12, "Ms. Rivera" for staff).
    """

    sign_in_name = models.CharField(max_length=60, unique=True)
    email = models.EmailField(null=True, blank=True, unique=True)
    name = models.CharField(max_length=120)
    given_name = models.CharField(max_length=60)
    course_name = models.CharField(max_length=80)
    state = models.CharField(max_length=20, choices=MemberState.choices, default=MemberState.ACTIVE)
    protected_until = models.DateField(null=True, blank=True)
    majority_on = models.DateField(null=True, blank=True)
    age_known = models.BooleanField(default=True)
    is_k12 = models.BooleanField(default=False)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)  # they left by themselves and may come back for a while

    objects = MemberManager()

    USERNAME_FIELD = "sign_in_name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(email=""), name="member_email_not_empty"),
        ]

    def __str__(self) -> str:
        return self.sign_in_name

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether signing in is possible at all; where it leads is the gate's matter."""
        return self.state not in (MemberState.DEACTIVATED, MemberState.CLOSED)

    def is_protected_on(self, day: date) -> bool:
        """Whether a young student's rules hold on a day: until the 14th birthday, and while the age is unknown in a
        school (S18)."""
        unknown = self.is_k12 and not self.age_known
        return unknown or (self.protected_until is not None and day < self.protected_until)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.given_name


class ProfileField(models.Model):
    """One field of a profile and who may see it (S3); closed unless the member opens it.

    Name and email stand with the member: their rows hold the audience alone. A picture's value names its file.
    """

    class Field(models.TextChoices):
        """In the order of the pages."""

        NAME = "name", _("Full name")
        EMAIL = "email", _("Email")
        PRONOUNS = "pronouns", _("Pronouns")
        SCHOOL = "school", _("School")
        FIELD_OF_STUDY = "field_of_study", _("Field of study")
        GRADUATION_YEAR = "graduation_year", _("Graduation year")
        EMPLOYER = "employer", _("Employer")
        FIELD_OF_WORK = "field_of_work", _("Field of work")
        ABOUT = "about", _("About me")
        PICTURE = "picture", _("Picture")

    class Audience(models.TextChoices):
        ME = "me", _("Only me")
        MY_INSTRUCTORS = "my_instructors", _("My instructors")
        MY_COURSES = "my_courses", _("People in my courses")
        MEMBERS = "members", _("Members")
        EVERYONE = "everyone", _("Everyone")

    member = models.ForeignKey(Member, models.PROTECT, related_name="profile_fields")
    field = models.CharField(max_length=40)
    value = models.TextField()
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.ME)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "field"], name="profile_field_once")]
        indexes: ClassVar = [
            models.Index(fields=["value"], condition=models.Q(field="picture"), name="profile_picture_by_file")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.field}"
