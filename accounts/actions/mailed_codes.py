"""Codes that are mailed and brought back: made, looked up, used, forgotten.

Invariants: a code works once, whoever tries at the same instant; mistyped, used and expired are one answer; wrong ones
are counted per address they come from, so that a guesser is stopped long before 77 bits are.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.actions.attempts import Limit, count_try, network_of
from accounts.errors import FieldInvalid
from accounts.mail import send_mail
from accounts.models import MailedCode, Member

# No 0, O, 1, I, which look alike, and no vowels, so that no word comes out.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"
GROUPS, IN_A_GROUP = 4, 4
LIFE = {
    MailedCode.Purpose.REGISTER: timedelta(days=1),
    MailedCode.Purpose.CLAIM_ADDRESS: timedelta(days=1),
    MailedCode.Purpose.RESET_PASSWORD: timedelta(hours=1),
}
KEPT = timedelta(days=7)  # a used one; what was typed to register goes with it
WRONG_CODES = Limit("mailed_code", 30, timedelta(minutes=15), most_listed=300)
WRONG = _("This code doesn't work. It may be mistyped, used or out of date. You can have a new one sent to you.")


def make_code(
    purpose: MailedCode.Purpose, address: str, *, member: Member | None = None, details: dict[str, Any] | None = None
) -> tuple[MailedCode, str]:
    """The row, and the code that only the mail knows. Inside the caller's transaction."""
    code = new_code()
    now = timezone.now()
    row = MailedCode.objects.create(
        purpose=purpose,
        address=address,
        member=member,
        key=code_key(code),
        details=details or {},
        made_at=now,
        expires_at=now + LIFE[purpose],
    )
    return row, code


def find_code(typed: str, *purposes: MailedCode.Purpose, address: str) -> MailedCode:
    """The row of a code that works now, which stays to be used. `address`: where the try comes from. Raises
    TooManyTries, FieldInvalid."""
    tries = count_try({WRONG_CODES: network_of(address)})
    found = MailedCode.objects.filter(
        purpose__in=purposes, key=code_key(typed), used_at__isnull=True, expires_at__gt=timezone.now()
    ).select_related("member")
    if (row := found.first()) is None:
        raise FieldInvalid(WRONG, field="code")
    tries.forgive()
    return row


def send_code(row: MailedCode, code: str, *, kind: str, page: str, locale: str) -> None:
    """Mail it, inside the caller's transaction. It stands in the fragment, which no server and no log ever sees."""
    send_mail(
        kind,
        address=row.address,
        recipient=row.member_id,
        period=f"code {row.pk}",
        payload={"code": code, "code_url": f"{settings.SITE_URL}{page}#{code}"},
        locale=locale,
        cause=("accounts.mailedcode", str(row.pk)),
    )


def use_code(row: MailedCode) -> None:
    """Inside the caller's transaction, before what it is used for. Raises FieldInvalid, where somebody was faster."""
    now = timezone.now()
    unused = MailedCode.objects.filter(pk=row.pk, used_at__isnull=True, expires_at__gt=now)
    if not unused.update(used_at=now, details={}):
        raise FieldInvalid(WRONG, field="code")


def forget_mailed_codes() -> int:
    """Remove those that work no more; the clock's. What was typed to register and never confirmed is gone with them."""
    now = timezone.now()
    with transaction.atomic():
        unused, _rows = MailedCode.objects.filter(used_at__isnull=True, expires_at__lt=now).delete()
        used, _rows = MailedCode.objects.filter(used_at__lt=now - KEPT).delete()
    return unused + used


def new_code() -> str:
    """As it is mailed and read: in groups, without letters that look alike."""
    return spaced("".join(secrets.choice(ALPHABET) for _letter in range(GROUPS * IN_A_GROUP)))


def code_key(typed: str) -> str:
    """What a code is looked up by; blanks, hyphens and small letters make no difference."""
    plain = "".join(letter for letter in typed[:60].upper() if letter.isalnum())
    return salted_hmac("accounts.mailed_code", plain, algorithm="sha256").hexdigest()


def spaced(code: str) -> str:
    return "-".join(code[at : at + IN_A_GROUP] for at in range(0, len(code), IN_A_GROUP))
