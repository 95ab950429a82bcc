"""What an invitation's mail holds: the instructor's words, a link that is used once, a way to want no more (S13).

Invariant: the mail is the site's. It names who invites as courses know them, and never an address of theirs; the token
is in the mail alone.
"""

import secrets
import unicodedata
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.errors import FieldInvalid
from accounts.mail import KINDS, MailClass, asks_for_secrets, send_mail
from accounts.mail.rendering import Rendered, rendered
from accounts.mail.stops import Stop, url_of
from accounts.models import Member
from accounts.queries.mail_stops import subject_of
from rooms.models import Course, Enrollment, Invitation
from rooms.queries.invitations import KIND, period_of
from rooms.queries.offers import ALPHABET

TEXT_CHARS = 2000
TOKEN_CHARS = 20  # of 28 letters: 96 bits
ASKS = _("No mail of ours asks for passwords, account IDs, card or ID numbers. Take this out: %(words)s.")


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to everybody of one paste. `is_young`: some of them are 13 or under."""

    role: str
    is_young: bool
    text: str
    locale: str = "en"
    is_bound: bool = True

    @property
    def age(self) -> Invitation.Age:
        is_young = self.is_young and self.role == Enrollment.Role.STUDENT
        return Invitation.Age.YOUNG if is_young else Invitation.Age.GROWN


def checked(letter: Letter) -> Letter:
    """The text as it is mailed; every place in it that asks for what we never ask for is named (S7)."""
    text = letter.text.replace("\r\n", "\n").strip()
    if not text:
        raise FieldInvalid(_("Write a few words, so that they know who asks them."), field="text")
    if len(text) > TEXT_CHARS:
        raise FieldInvalid(_("This is too long: %(limit)d characters are the most."), field="text", limit=TEXT_CHARS)
    if spans := asks_for_secrets(text):
        raise FieldInvalid(ASKS, field="text", words=", ".join(f"“{span.text}”" for span in spans))
    if letter.locale not in dict(settings.LANGUAGES):
        raise FieldInvalid(field="language")
    return replace(letter, text=text)


def preview_invitation(course: Course, inviter: Member, letter: Letter) -> Rendered:
    """The mail as it will look, with a code that opens nothing. Raises FieldInvalid (`text`, `language`)."""
    letter = checked(letter)
    payload = payload_of(course, inviter, text=letter.text, token=ALPHABET[:TOKEN_CHARS], address="")
    return rendered(KINDS[KIND], payload, locale=letter.locale, stop_url=payload["stop_url"])


def new_token() -> str:
    return "".join(secrets.choice(ALPHABET) for _place in range(TOKEN_CHARS))


def shown(token: str) -> str:
    """As it can be typed: KX7MQ-42RDB-…"""
    return "-".join(token[start : start + 5] for start in range(0, len(token), 5))


def mail_invitation(row: Invitation, course: Course, token: str) -> None:
    """Inside the transaction that makes the row."""
    send_mail(
        KIND,
        address=row.address or "",
        period=period_of(row),
        payload=payload_of(course, row.invited_by, text=row.text, token=token, address=row.address or ""),
        locale=row.locale,
        cause=("rooms.invitation", str(row.pk)),
    )


def payload_of(course: Course, inviter: Member, *, text: str, token: str, address: str) -> dict[str, str]:
    """What the mail says: the course, who invites by the name that courses know, never an address of theirs."""
    code = shown(token)
    return {
        "course": _one_line(course.title),
        "inviter": _one_line(inviter.course_name),
        "text": text,
        "url": f"{settings.SITE_URL}{settings.INVITATION_PATH}#{code}",
        "code": code,
        "stop_url": url_of(Stop(subject_of(None, address), MailClass.INVITATION)),
    }


def _one_line(name: str) -> str:
    """Without what can't be seen, and could end a line."""
    return "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in name)
