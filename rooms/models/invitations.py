"""Ways into a course: join codes for the wall, invitations for one person, and who came by which.

Invariant: what is secret is looked up by a keyed hash. A code's text stands here only while it works, so that staff can
show it again; an invitation's is in the mail alone. Its address, and the hash of it, are gone after 30 days (S13); who
wants no more of them is known to the door of mail (accounts.models.MailStop), by a keyed hash.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from rooms.models.courses import Course, Enrollment


class JoinCode(models.Model):
    """A code with which any number of people, or `most` of them, join as students.

    `refused_at`: somebody with whom nobody under 14 may come in gave a younger age: nobody registers with this code any
    more (S18: a refused age can't be retried, and is bound to the code). `young_unfinished`: answers of 13 or under in
    a school after which nobody registered; while there are some, an older answer is not believed without the school.
    """

    course = models.ForeignKey(Course, models.PROTECT, related_name="join_codes")
    code = models.CharField(max_length=20, blank=True)
    code_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    most = models.PositiveIntegerField(null=True)
    joined_count = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)
    young_unfinished = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"code {self.pk} of {self.course_id}"


class Invitation(models.Model):
    """One person's, by mail, used once. `is_bound`: only by the address it was sent to.

    `address` serves that one mail: after 30 days the row goes, or, of one that was used, all that is the address's.
    `age`: what the instructor said when inviting; a young student's address is not stored without an agreement (S13).
    `sent_at` is of the last of `sent_count` mails; each has a new token, and the one before is dead.
    """

    class State(models.TextChoices):
        SENT = "sent"
        USED = "used"
        REVOKED = "revoked"
        DECLINED = "declined"

    class Age(models.TextChoices):
        YOUNG = "young"  # 13 or under, or some of those who were invited together
        GROWN = "grown"  # 14 or over

    course = models.ForeignKey(Course, models.PROTECT, related_name="invitations")
    address = models.EmailField(null=True)  # noqa: DJ001 - gone after 30 days
    address_hash = models.CharField(max_length=64, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    is_bound = models.BooleanField(default=True)
    role = models.CharField(max_length=10, choices=Enrollment.Role.choices, default=Enrollment.Role.STUDENT)
    age = models.CharField(max_length=6, choices=Age.choices)
    locale = models.CharField(max_length=8, default="en")
    text = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.SENT)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    sent_count = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    used_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    told_young_at = models.DateTimeField(null=True)  # by who registers: an older age isn't believed any more

    class Meta:
        indexes: ClassVar = [models.Index(fields=["invited_by", "sent_at"], name="invitation_by_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course", "address_hash"], condition=models.Q(state="sent"), name="invited_once"
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.course_id}"


class Joining(models.Model):
    """Somebody joined a course by a code or an invitation, and was told what that means (S14).

    `said`: the key of each sentence and the hash of its text. `course_state`: private or public, as the page said.
    """

    course = models.ForeignKey(Course, models.PROTECT, related_name="joinings")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    code = models.ForeignKey(JoinCode, models.PROTECT, null=True, related_name="joinings")
    invitation = models.OneToOneField(Invitation, models.PROTECT, null=True, related_name="joining")
    course_state = models.CharField(max_length=8, choices=Course.Visibility.choices)
    said = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["code", "member"], name="joined_by_code_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.course_id}"
