"""The second step of signing in: an authenticator app (TOTP, RFC 6238) and recovery codes, on allauth's tables.

Invariants: a code counts once, on any process, and none that is older than one that counted; wrong tries are rows; what
is stored is encrypted with the installation's key, so that a copy of the database opens no account. Whatever happens to
somebody's second step is on record and moves their access: duties depend on it.
"""

import base64
import binascii
import hashlib
import logging
from datetime import timedelta

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.attempts import Limit, count_try, network_of
from accounts.actions.sessions import end_all_sessions
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.mail import send_mail
from accounts.models import AuditEntry, Member

PER_NETWORK = Limit("second_step", 5, timedelta(minutes=15))
PER_MEMBER = Limit("second_step_of", 30, timedelta(hours=1))  # from everywhere: six digits are few
DIGITS = 6

WRONG = _("This code isn't right, or it was used already. Wait for the next one in the app.")

log = logging.getLogger(__name__)


class TwoFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """`settings.MFA_ADAPTER`: what allauth stores of a second step is encrypted."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(("two_factor:" + str(key)).encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def new_secret() -> str:
    return str(generate_totp_secret())


def app_address(member: Member, secret: str) -> str:
    """What the QR code says to the app: whose secret this is, and for which service."""
    return str(TwoFactorAdapter().build_totp_url(member, secret))


def turn_on_two_factor(actor: Actor, member: Member, *, secret: str, code: str) -> list[str]:
    """The app knows the secret: from now on signing in asks for its code. Returns recovery codes, to be shown once.

    Ends all other sessions: they came in by the password alone. Raises FieldInvalid, TooManyTries, NotAllowed.
    """
    _require_own(actor, member)
    tries = count_try({PER_MEMBER: f"member {member.pk}"})
    counter = _counter_of(secret, code, after=0)
    if counter is None:
        raise FieldInvalid(WRONG, field="code")
    tries.forgive(PER_MEMBER)
    with transaction.atomic():
        bump_access([member.pk], reason="two_factor.turned_on")
        _forget(member)
        Authenticator.objects.create(
            user=member,
            type=Authenticator.Type.TOTP,
            data={"secret": TwoFactorAdapter().encrypt(secret), "counter": counter},
        )
        codes = _new_codes(member)
        end_all_sessions(actor, member.pk, why="two_factor_turned_on", but=actor.session_id)
        _tell(member, audit.record(actor, "two_factor.turned_on", member, subject=member.pk))
    return codes


def turn_off_two_factor(actor: Actor, member: Member) -> None:
    """The password alone opens the account again. Who may is decided by the caller: duties need it."""
    _require_own(actor, member)
    _remove(actor, member, "two_factor.turned_off")


def renew_recovery_codes(actor: Actor, member: Member) -> list[str]:
    """New ones, the old ones are void. Raises NotAllowed where there is no second step."""
    _require_own(actor, member)
    if not Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).exists():
        raise NotAllowed
    with transaction.atomic():
        Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = _new_codes(member)
        audit.record(actor, "two_factor.codes_renewed", member, subject=member.pk)
    return codes


def remove_two_factor(actor: Actor, member: Member, *, reason: str, scope: int | str = audit.SITE) -> None:
    """The device is lost: the member signs in by password and sets up a new one. Who may is decided by the caller."""
    _remove(actor, member, "two_factor.reset", scope=scope, why=reason)


def pass_second_step(member: Member, *, code: str, address: str) -> None:
    """The code of the app, or a recovery code. Raises FieldInvalid, TooManyTries."""
    network = network_of(address)
    tries = count_try({PER_NETWORK: f"member {member.pk} from {network}", PER_MEMBER: f"member {member.pk}"})
    typed = "".join(code[:40].split()).replace("-", "")
    with transaction.atomic():
        is_right = _use_app_code(member, typed) if len(typed) == DIGITS else _use_recovery_code(member, typed)
    if not is_right:
        raise FieldInvalid(WRONG, field="code")
    tries.forgive(PER_NETWORK)


def _use_app_code(member: Member, code: str) -> bool:
    """Looked at and noted under one lock: of two who send the same code at once, one comes in."""
    apps = Authenticator.objects.select_for_update().filter(user=member, type=Authenticator.Type.TOTP)
    if (app := apps.first()) is None:
        return False
    try:
        secret = TwoFactorAdapter().decrypt(app.data["secret"])
    except InvalidToken:
        log.error("two_factor: the secret of member %d was stored with another key; reset it", member.pk)
        return False
    counter = _counter_of(secret, code, after=app.data["counter"])
    if counter is not None:
        app.data["counter"] = counter
        Authenticator.objects.filter(pk=app.pk).update(data=app.data, last_used_at=timezone.now())
    return counter is not None


def _use_recovery_code(member: Member, code: str) -> bool:
    """`validate_code` takes the row's lock."""
    rows = Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES)
    is_right = any(RecoveryCodes(row).validate_code(code) for row in rows)
    if is_right:
        actor = Actor.of_member(member)
        _tell(member, audit.record(actor, "two_factor.recovery_code_used", member, subject=member.pk))
    return is_right


def _counter_of(secret: str, code: str, *, after: int) -> int | None:
    """The half minute whose code this is: now, the one before or the next, and later than `after`."""
    try:
        right = {counter: format_hotp_value(hotp_value(secret, counter)) for counter in yield_hotp_counters_from_time()}
    except binascii.Error:  # no secret of ours
        return None
    return next((at for at, each in right.items() if at > after and constant_time_compare(each, code)), None)


def _new_codes(member: Member) -> list[str]:
    return list(RecoveryCodes.activate(member).generate_codes())


def _remove(actor: Actor, member: Member, action: str, *, scope: int | str = audit.SITE, **data: str) -> None:
    with transaction.atomic():
        bump_access([member.pk], reason=action)
        _forget(member)
        entry = audit.record(actor, action, member, scope=scope, subject=member.pk, **data)
        if action == "two_factor.reset":
            end_all_sessions(actor, member.pk, why="two_factor_reset")
        _tell(member, entry)


def _tell(member: Member, entry: AuditEntry) -> None:
    """By mail, where there is an address: whoever did it in the member's place is noticed."""
    if not member.email:
        return
    send_mail(
        "second_step_changed",
        address=member.email,
        recipient=member.pk,
        period=f"entry {entry.pk}",
        payload={"what": entry.action.partition(".")[2]},
        locale=member.locale,
        cause=("accounts.auditentry", str(entry.pk)),
    )


def _forget(member: Member) -> None:
    Authenticator.objects.filter(user=member).delete()


def _require_own(actor: Actor, member: Member) -> None:
    if actor.member_id != member.pk:
        raise NotAllowed
