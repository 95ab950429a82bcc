"""Members: made, and their state changed. Who may ask is decided by the actions above that compose these.

Invariant: a member and their Access row come into being in one transaction; every change of state moves the epoch.
"""

import re
from datetime import date

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.sessions import end_all_sessions
from accounts.actions.settings import validate_setting
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from accounts.models import Access, Member, MemberState

# What would break a line or turn the text round it: no name needs it, and names stand in the heads of mails.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")


def create_member(
    actor: Actor,
    *,
    sign_in_name: str,
    name: str,
    given_name: str = "",
    course_name: str = "",
    email: str | None = None,
    email_verified: bool = False,
    password: str | None = None,
    encoded_password: str = "",
    state: MemberState = MemberState.ACTIVE,
    protected_until: date | None = None,
    majority_on: date | None = None,
    age_known: bool = True,
    is_k12: bool = False,
    locale: str = "en",
    time_zone: str = "",
    scope: int | str = audit.SITE,
) -> Member:
    """Make a member who can sign in by name, and by email if there is one. Without a password nobody can yet; one that
    was hashed before is `encoded_password`.

    `given_name` and `course_name` default to the first word of the name and the whole of it. Raises FieldInvalid.
    """
    member = Member(
        sign_in_name=sign_in_name.strip().lower(),
        email=Member.objects.normalize_email(email),
        name=name.strip(),
        given_name=given_name.strip() or name.strip().partition(" ")[0],
        course_name=course_name.strip() or name.strip(),
        state=state,
        protected_until=protected_until,
        majority_on=majority_on,
        age_known=age_known,
        is_k12=is_k12,
        locale=locale,
        time_zone=time_zone,
    )
    _validate(member)
    member.password = encoded_password or make_password(password)
    try:
        with transaction.atomic():
            _insert(actor, member, email_verified=email_verified, scope=scope)
    except IntegrityError:  # somebody else was faster
        _validate(member)
        raise
    return member


def change_state(
    actor: Actor, member: Member, state: MemberState, *, reason: str, scope: int | str = audit.SITE
) -> Member:
    """Suspend, hold, close, deactivate or bring back; a state without sign-in ends every session. Who may ask is
    decided by the caller."""
    with transaction.atomic():
        bump_access([member.pk], reason=reason)
        was = Member.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=member.pk)
        Member.objects.filter(pk=member.pk).update(state=state)
        member.state = state
        if not member.is_active:
            end_all_sessions(actor, member.pk, why=reason)
        audit.record(
            actor, "member.state_changed", member, scope=scope, subject=member.pk, was=was, now=str(state), why=reason
        )
    return member


def set_age(member: Member, *, protected_until: date, majority_on: date) -> None:
    """From now on the age is known. Inside the transaction of the caller, who has asked for permission, moves the epoch
    and writes the record."""
    member.protected_until, member.majority_on, member.age_known = protected_until, majority_on, True
    member.save(update_fields=["protected_until", "majority_on", "age_known"])


def _insert(actor: Actor, member: Member, *, email_verified: bool, scope: int | str) -> None:
    member.save(force_insert=True)
    Access.objects.create(member=member, changed_at=timezone.now())
    if member.email:
        EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=email_verified)
    audit.record(actor, "member.created", member, scope=scope, subject=member.pk, state=str(member.state))


def check_name(name: str, *, field: str = "name", most: int = 120) -> None:
    """Raises FieldInvalid."""
    if not any(letter.isalpha() for letter in name):
        raise FieldInvalid(_("Write the name."), field=field)
    if len(name) > most:
        raise FieldInvalid(_("At most %(limit)d characters fit here."), field=field, limit=most)
    if CONTROL.search(name):
        raise FieldInvalid(_("A name stands on one line, without control characters."), field=field)


def _validate(member: Member) -> None:
    for field, most in (("name", 120), ("given_name", 60), ("course_name", 80)):
        check_name(getattr(member, field), field=field, most=most)
    if not SIGN_IN_NAME.fullmatch(member.sign_in_name):
        raise FieldInvalid(
            _("A sign-in name has 3 to 60 small letters, digits, dots, hyphens or underscores."), field="sign_in_name"
        )
    validate_setting("locale", member.locale)
    if Member.objects.filter(sign_in_name=member.sign_in_name).exists():
        raise FieldInvalid(_("This sign-in name is taken. Try another one."), field="sign_in_name")
    if member.email:
        _validate_email(member.email)


def _validate_email(email: str) -> None:
    try:
        Member._meta.get_field("email").run_validators(email)  # its form, and that it fits
    except ValidationError as problem:
        raise FieldInvalid(_("This doesn't look like an email address."), field="email") from problem
    if Member.objects.filter(email=email).exists():
        raise FieldInvalid(_("This email address is in use already."), field="email")
