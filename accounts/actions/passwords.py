"""Passwords: what one has to be like, set anew, changed.

Invariants: what is too long is refused before any work is done with it; no kind of letter is asked for and nothing is
cut off (NIST 800-63B-4, ASVS V6); a new password ends what was signed in with the old one, where its owner says so or
where it was forgotten.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from string import digits, punctuation

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.addresses import clean_address
from accounts.actions.attempts import Limit, count_try, network_of
from accounts.actions.mailed_codes import WRONG, find_code, make_code, send_code, use_code
from accounts.actions.sessions import end_all_sessions
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.mail import send_mail
from accounts.models import MailedCode, Member

LEAST = 15  # grown-ups, staff among them
LEAST_OF_STUDENTS = 10
MOST = 256
FEWEST_LETTERS = 5  # different ones, in what is left when what anybody would guess is taken away
OURS = ("classtrak", "school", "escuela", "instructor", "student", "parent", "teacher", "password", "contraseña")

RESETS = Limit("reset", 3, timedelta(hours=1))  # of one address of email
RESETS_FROM = Limit("reset_from", 100, timedelta(hours=1), most_listed=300)
NEW_PASSWORD = "/account/reset/new/"  # noqa: S105

TOO_LONG = _("A password has at most %(most)d characters.")
TOO_SHORT = ngettext_lazy(
    "This password is too short. It needs %(least)d character or more; "
    "a few words that don't belong together are fine.",
    "This password is too short. It needs %(least)d characters or more; "
    "a few words that don't belong together are fine.",
    "least",
)
TOO_EASY = _("This password is easy to guess. Take a few words that don't belong together, and not your own name.")


def check_password(password: str, *, least: int = LEAST, context: Iterable[str | None] = ()) -> None:
    """`context`: what others know of its owner (name, address), which is no secret. Raises FieldInvalid."""
    if len(password) > MOST:
        raise FieldInvalid(TOO_LONG, field="password", most=MOST)
    if len(password) < least:
        raise FieldInvalid(TOO_SHORT, field="password", least=least)
    if _is_easy(password.casefold(), [word for text in context if text for word in _words(text)]):
        raise FieldInvalid(TOO_EASY, field="password")


def encoded_password(password: str, *, least: int = LEAST, context: Iterable[str | None] = ()) -> str:
    """Its hash, for whoever keeps it. Slow on purpose: never inside a transaction. Raises FieldInvalid."""
    check_password(password, least=least, context=context)
    return make_password(password)


def least_characters(member: Member) -> int:
    """How long a password of theirs is at least."""
    return LEAST_OF_STUDENTS if member.is_k12 else LEAST


def change_password(actor: Actor, member: Member, password: str) -> Member:
    """A member's own new password. Every other session ends: whoever knew the old one is out. Raises NotAllowed, for a
    young student too (S1: the class card is the way in), FieldInvalid."""
    if actor.member_id != member.pk or member.is_protected_on(timezone.localdate()):
        raise NotAllowed
    encoded = _encoded_for(member, password)
    with transaction.atomic():
        bump_access([member.pk], reason="password changed")
        _keep(member, encoded)
        end_all_sessions(actor, member.pk, why="password_changed", but=actor.session_id)
        _tell(actor, member)
    member.password = encoded
    return member


def ask_to_reset(actor: Actor, typed: str, *, address: str) -> None:
    """Mail a code to the address, if it is a member's who may sign in; whether it is, nobody learns here: the same row
    is made either way. `address`: where the wish comes from. Raises FieldInvalid, TooManyTries."""
    wanted = clean_address(typed)
    count_try({RESETS: wanted, RESETS_FROM: network_of(address)})
    member = Member.objects.filter(email=wanted).first()
    with transaction.atomic():
        row, code = make_code(MailedCode.Purpose.RESET_PASSWORD, wanted, member=member)
        audit.record(actor, "password.reset_asked", row, subject=member.pk if member else None)
        if member is not None and member.is_active:
            send_code(row, code, kind="reset_password", page=NEW_PASSWORD, locale=member.locale)


def reset_password(
    actor: Actor, code: str, password: str, *, address: str, also: Callable[[Member], object] | None = None
) -> Member:
    """A new password for whoever reads the mailbox; all sessions end. A password that is refused leaves the code as it
    was. `also`: what belongs to the same commit, asked while the member in hand has the old password. Raises
    FieldInvalid, TooManyTries."""
    if len(password) > MOST:
        raise FieldInvalid(TOO_LONG, field="password", most=MOST)
    row = find_code(code, MailedCode.Purpose.RESET_PASSWORD, address=address)
    member = row.member
    if member is None or not member.is_active or member.email != row.address:
        raise FieldInvalid(WRONG, field="code")
    encoded = _encoded_for(member, password)
    with transaction.atomic():
        bump_access([member.pk], reason="password reset")
        use_code(row)
        _keep(member, encoded)
        EmailAddress.objects.filter(user=member, email=row.address).update(verified=True)
        if also is not None:
            also(member)
        end_all_sessions(actor, member.pk, why="password_reset")
        _tell(actor, member)
    member.password = encoded
    return member


def _encoded_for(member: Member, password: str) -> str:
    known = (member.name, member.given_name, member.course_name, member.sign_in_name, member.email)
    return encoded_password(password, least=least_characters(member), context=known)


def _keep(member: Member, encoded: str) -> None:
    Member.objects.filter(pk=member.pk).update(password=encoded)


def _tell(actor: Actor, member: Member) -> None:
    """On record, and by mail where there is an address: an entry's lock is the last of a transaction."""
    entry = audit.record(actor, "password.changed", member, subject=member.pk)
    if member.email:
        send_mail(
            "password_changed",
            address=member.email,
            recipient=member.pk,
            period=f"entry {entry.pk}",
            payload={},
            locale=member.locale,
            cause=("accounts.auditentry", str(entry.pk)),
        )


def _words(text: str) -> list[str]:
    """The words of a name or an address; what is short stands in too many passwords by chance."""
    parts = "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
    return [part for part in parts if len(part) > 3]


def _is_easy(password: str, known: list[str]) -> bool:
    """Whether little is left without what is known, what is counted up and what is repeated."""
    if _is_common(password):
        return True
    for word in sorted({*known, *OURS}, key=len, reverse=True):
        password = password.replace(word, "")
    core = _unit("".join(password.split()).strip(digits + punctuation))
    return len(set(core)) < FEWEST_LETTERS or _is_common(core)


def _unit(text: str) -> str:
    """`abcabcabc` is `abc`, three times."""
    return text[: (text + text).find(text, 1)] if text else text


def _is_common(password: str) -> bool:
    try:
        COMMON.validate(password)
    except ValidationError:
        return True
    return False


COMMON = CommonPasswordValidator()  # 20,000 of them; read once
