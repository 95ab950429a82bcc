"""From a row to the mail that leaves: subject, text and HTML from one template, headers, the foot that every mail has.

Invariant: rendered at hand-over and nowhere stored. Exactly one recipient; the Message-ID is the row's, so that the
same row is the same mail however often it is rendered. No mail fetches anything: no picture, no style.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from accounts.mail.kinds import Kind, MailClass, kind_named
from accounts.mail.stops import stop_url
from accounts.models import MailOutbox

FORMATS = ("txt", "html")
UNFOLDED = ("List-Unsubscribe", "Message-ID", "To")
PARTS = {"action": "action", "code_part": "code", "quote_part": "quote"}


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


class _Policy(EmailPolicy):
    """The standard library writes a word that is longer than a line as an encoded one, and no program finds an address
    in that. Mail servers take lines of 998 letters."""

    def fold(self, name: str, value: Any) -> str:
        return f"{name}: {value}{self.linesep}" if name in UNFOLDED else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii") if name in UNFOLDED else super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n")


def rendered(kind: Kind, payload: Mapping[str, str], *, locale: str, stop_url: str | None = None) -> Rendered:
    """What a person reads, in their language. The HTML shows the text's own blocks."""
    with translation.override(locale):
        context = {
            **payload,
            "why": str(kind.mail_class),
            "stop_url": stop_url,
            "site_url": settings.SITE_URL,
            "phishing_url": f"{settings.SITE_URL}{settings.PHISHING_PATH}",
            "locale": locale,
        }
        subject, _, body = _template_text(kind, context, "txt").strip().partition("\n")
        subject = " ".join(subject.split())
        html = _template_text(kind, context | {"subject": subject}, "html")
    return Rendered(subject, _without_gaps(body), _inliner().inline(html))


def message_of(row: MailOutbox) -> EmailMessage:
    """The whole mail of a row, ready to be handed over."""
    kind = kind_named(row.kind)
    stop = _stop_of(row, kind)
    words = rendered(kind, row.payload, locale=row.locale, stop_url=stop)
    message = EmailMessage(POLICY)
    message["From"] = sender()
    message["To"] = Address(addr_spec=ascii_address(row.address))
    message["Subject"] = words.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = row.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if stop is not None:
        message["List-Unsubscribe"] = f"<{stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = row.locale  # last: setting the content clears all of its headers
    return message


def sender() -> Address:
    """`CHATSERVER_MAIL_FROM`, as a header."""
    name, address = parseaddr(settings.MAIL_FROM)
    return Address(display_name=name, addr_spec=address)


def ascii_address(address: str) -> str:
    """With the host as mail servers know it; the part before the @ is ASCII already (`one_address`)."""
    name, _, host = address.rpartition("@")
    return f"{name}@{host.encode('idna').decode() if not host.isascii() else host}"


def _stop_of(row: MailOutbox, kind: Kind) -> str | None:
    """Where one click ends mails of this class (RFC 8058); none for what an account can't do without."""
    if kind.mail_class is MailClass.ACCOUNT:
        return None
    return row.payload[kind.stop_url] if kind.stop_url else stop_url(row, kind.mail_class)


def _template_text(kind: Kind, context: Mapping[str, Any], ending: str) -> str:
    parts = {name: f"email/parts/{file}.{ending}" for name, file in PARTS.items()}
    values = {"layout": f"email/layout.{ending}"} | parts | dict(context)
    template: Any = get_template(kind.template)
    text: str = template.template.render(Context(values, autoescape=ending == "html"))
    return text


def _without_gaps(text: str) -> str:
    """Blocks that a mail doesn't have leave blank lines behind; one is enough. The foot begins with `-- `."""
    lines: list[str] = []
    for line in text.splitlines():
        line = line if line == "-- " else line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
