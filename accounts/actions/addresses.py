"""Addresses of email: claimed, confirmed, changed.

Invariants: an address belongs to a member only once a code from its mailbox came back; claiming one that is another's
looks, costs and answers like claiming a free one, and only its owner hears of it, by mail. The old address is told.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.attempts import Limit, count_try
from accounts.actions.mailed_codes import WRONG, make_code, send_code, use_code
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, TooManyTries
from accounts.mail import send_mail
from accounts.models import MailedCode, Member

LONGEST = 254
CLAIMS = Limit("claim_address", 5, timedelta(hours=1))
CONFIRM, SIGN_IN, RESET = "/account/confirm/", "/sign-in/", "/account/reset/"


def clean_address(typed: str) -> str:
    """One address, in small letters. Raises FieldInvalid; two in one field are none."""
    address = typed.strip().lower()
    try:
        validate_email(address)
    except ValidationError as problem:
        raise FieldInvalid(_("This doesn't look like an email address."), field="email") from problem
    if len(address) > LONGEST:
        raise FieldInvalid(_("This doesn't look like an email address."), field="email")
    return address


def claim_address(member: Member, address: str) -> MailedCode:
    """Ask the mailbox whether it is the member's, inside the caller's transaction. Who asks is decided by the caller,
    and how often; who owns the address already is told instead, and the code is in no mail."""
    row, code = make_code(MailedCode.Purpose.CLAIM_ADDRESS, address, member=member)
    ask_mailbox(row, code, locale=member.locale)
    return row


def confirm_own(member: Member) -> None:
    """Somebody has an address that was entered for them and signs in with the right password: the mailbox is asked.
    Who has been asked often enough has a mail already."""
    if member.email is None:
        return
    try:
        count_try({CLAIMS: f"member {member.pk}"})
    except TooManyTries:
        return
    with transaction.atomic():
        row = claim_address(member, member.email)
        audit.record(Actor.of_member(member), "address.claimed", row, subject=member.pk)


def ask_mailbox(row: MailedCode, code: str, *, locale: str) -> None:
    """One mail, whichever it is: the code, or to the owner of an account that somebody named the address."""
    owner = Member.objects.filter(email=row.address).first()
    if owner is None or owner.pk == row.member_id:
        send_code(row, code, kind="verify_address", page=CONFIRM, locale=locale)
        return
    send_mail(
        "address_known",
        address=row.address,
        recipient=owner.pk,
        period=f"code {row.pk}",
        payload={"sign_in_url": f"{settings.SITE_URL}{SIGN_IN}", "reset_url": f"{settings.SITE_URL}{RESET}"},
        locale=owner.locale,
        cause=("accounts.mailedcode", str(row.pk)),
    )


def change_address(actor: Actor, member: Member, typed: str) -> MailedCode:
    """The member wants another address: it holds when its mailbox answers. Raises NotAllowed, for a young student too
    (S1: the family and the school keep it), FieldInvalid, TooManyTries."""
    if actor.member_id != member.pk or member.is_protected_on(timezone.localdate()):
        raise NotAllowed
    address = clean_address(typed)
    if address == member.email:
        raise FieldInvalid(_("This is your address already."), field="email")
    count_try({CLAIMS: f"member {member.pk}"})
    with transaction.atomic():
        row = claim_address(member, address)
        audit.record(actor, "address.claimed", row, subject=member.pk)
    return row


def confirm_claim(actor: Actor, row: MailedCode) -> Member:
    """Its mailbox has answered: the address is the member's from now on. Raises FieldInvalid where it is another's by
    now, or the code was used."""
    if row.member is None:
        raise FieldInvalid(WRONG, field="code")
    member, old = row.member, row.member.email
    try:
        with transaction.atomic():
            use_code(row)
            _keep(actor, member, row.address)
            if old and old != row.address:
                _tell_old(member, old, row)
    except IntegrityError as taken:
        raise FieldInvalid(WRONG, field="code") from taken
    member.email = row.address
    return member


def _keep(actor: Actor, member: Member, address: str) -> None:
    Member.objects.filter(pk=member.pk).update(email=address)
    EmailAddress.objects.filter(user=member).delete()
    EmailAddress.objects.create(user=member, email=address, primary=True, verified=True)
    audit.record(actor, "address.confirmed", member, subject=member.pk)


def _tell_old(member: Member, old: str, row: MailedCode) -> None:
    send_mail(
        "address_changed",
        address=old,
        recipient=member.pk,
        period=f"code {row.pk}",
        payload={},
        locale=member.locale,
        cause=("accounts.mailedcode", str(row.pk)),
    )
