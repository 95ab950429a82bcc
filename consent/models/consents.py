"""Parental consent: append-only, chained per child over salted digests; state is what the newest record says.

Erasing text and salt leaves the chain whole, because the chain stands on `digest` and not on what it digests (S20).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from consent.models.schools import SchoolAgreement


class Scope(models.TextChoices):
    """What a parent says yes to, each on its own; `use` is needed for all others. Nothing else may be asked for."""

    USE = "use"
    GRADES = "grades"
    UPLOADS = "uploads"
    VISIBLE_TO_PEERS = "visible_to_peers"
    PUBLIC_PAGES = "public_pages"
    EMAIL_TO_CHILD = "email_to_child"


class ParentalConsent(models.Model):
    """One record of the ledger; never updated."""

    class Kind(models.TextChoices):
        GRANT = "grant"
        WITHDRAW = "withdraw"
        EXPIRE = "expire"
        DISPUTE = "dispute"

    class Capacity(models.TextChoices):
        PARENT = "parent"
        GUARDIAN = "guardian"
        SCHOOL = "school"

    class Method(models.TextChoices):
        PAPER_FORM = "paper_form"
        IN_PERSON = "in_person"
        PHONE = "phone"
        EMAIL_PLUS = "email_plus"
        ONLINE = "online"  # a linked guardian who is signed in
        EMAIL = "email"  # by the link that was mailed: enough for a no, never for a yes

    child = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    scopes = models.JSONField(default=list)
    grantor = models.CharField(max_length=120, blank=True)
    grantor_member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    capacity = models.CharField(max_length=10, choices=Capacity.choices)
    method = models.CharField(max_length=12, choices=Method.choices)
    policy_version = models.CharField(max_length=20, blank=True)
    notice_hash = models.CharField(max_length=64, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    agreement = models.ForeignKey(SchoolAgreement, models.PROTECT, null=True)
    salt = models.BinaryField(null=True)
    digest = models.CharField(max_length=64)
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["child", "position"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.child_id} {self.position} {self.kind}"


class ConsentRequest(models.Model):
    """How a parent was asked. The way to reach the parent lives here and nowhere else, and goes with the request."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        LETTER = "letter"
        FORM = "form"

    class State(models.TextChoices):
        WAITING = "waiting"
        ANSWERED = "answered"
        EXPIRED = "expired"
        ENDED = "ended"  # nobody has to answer any more: from 14 on no parent's yes is needed

    child = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="consent_requests")
    course_id = models.PositiveBigIntegerField(null=True)  # rooms stands above consent: an id, no key
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.EmailField(null=True, blank=True)  # noqa: DJ001 - gone when the request is answered
    language = models.CharField(max_length=8, default="en")
    sent_at = models.DateTimeField()
    asked_again_at = models.DateTimeField(null=True)
    asked_again_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    erased_at = models.DateTimeField(null=True)  # when the child's details went with it

    def __str__(self) -> str:
        return f"{self.child_id} {self.channel} {self.state}"


class RequestCode(models.Model):
    """What a mail to the parent brings along in its link. Every mail has its own; all work while the request waits, and
    go with the answer. The code itself is nowhere, `key` is its keyed hash."""

    request = models.ForeignKey(ConsentRequest, models.PROTECT, related_name="codes")
    key = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"for request {self.request_id}"
