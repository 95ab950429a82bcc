"""The one address of ours with a token in its path: ending mails of a class by one click, not signed in (RFC 8058).

Invariant: a token says whose mails and of which class, is signed, and names nobody to whoever reads a log. It never
expires: a mail may be opened years later. Opening the address changes nothing, only a POST does.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer

from accounts.errors import NotFound
from accounts.mail.kinds import MailClass
from accounts.models import MailOutbox
from accounts.queries.mail_stops import subject_of

SALT = "accounts.mail.stops"


@dataclass(frozen=True, slots=True)
class Stop:
    """Whose mails (as MailStop names them), and of which class."""

    subject: str
    mail_class: MailClass

    @property
    def member_id(self) -> int | None:
        kind, _, number = self.subject.partition(":")
        return int(number) if kind == "member" else None


def stop_url(row: MailOutbox, mail_class: MailClass) -> str:
    return url_of(Stop(subject_of(row.recipient, row.address), mail_class))


def url_of(stop: Stop) -> str:
    return f"{settings.SITE_URL}{url_path_of(stop)}"


def url_path_of(stop: Stop) -> str:
    """For a page of ours, whatever address it is read at."""
    return f"{settings.MAIL_STOP_PATH}{token_of(stop)}/"


def token_of(stop: Stop) -> str:
    return Signer(sep=".", salt=SALT).sign(f"{stop.mail_class}:{stop.subject}")


def stop_of(token: str) -> Stop:
    """Raises NotFound for what we never wrote into a mail."""
    try:
        mail_class, _, subject = Signer(sep=".", salt=SALT).unsign(token).partition(":")
        return Stop(subject, MailClass(mail_class))
    except (BadSignature, ValueError):
        raise NotFound from None
