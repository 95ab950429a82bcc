"""`mailbox:`: every mail is a file in `VAR/mailbox`, shown by `/dev/mail/`. For demos and for those who build.

Invariant: a file is there whole or not at all, and is named for its Message-ID: the same mail twice is one file. Files
are for whoever runs the server alone; the oldest go when there are too many.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from django.conf import settings

from accounts.errors import NotFound
from accounts.mail.carriers import Mark

MOST = 500


def folder() -> Path:
    return Path(settings.VAR) / "mailbox"


class Mailbox:
    """A carrier."""

    def hand_over(self, message: EmailMessage, mark: Mark) -> None:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder() / f"{_name(message['Message-ID'])}.eml"
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(message.as_bytes())
        mark(lambda: fresh.replace(path))
        _forget_the_oldest()

    def close(self) -> None:
        """There is no line to close."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail as `/dev/mail/` shows it."""

    name: str
    at: datetime
    message: EmailMessage

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def sender(self) -> str:
        return str(self.message["From"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body is not None else ""


def kept_mails(to: str = "") -> list[Kept]:
    """The newest first; `to`: those whose recipient holds these letters."""
    mails = [_read(path) for path in _newest_first()]
    return [mail for mail in mails if to.lower() in mail.to.lower()]


def kept_mail(name: str) -> Kept:
    """Raises NotFound. The name is compared with those that are there, never made into a path."""
    for path in _newest_first():
        if path.stem == name:
            return _read(path)
    raise NotFound


def _newest_first() -> list[Path]:
    stamps = [(path.stat().st_mtime_ns, path) for path in _files()]
    return [path for _, path in sorted(stamps, reverse=True)]


def _files() -> Iterator[Path]:
    return folder().glob("*.eml")


def _read(path: Path) -> Kept:
    message = message_from_bytes(path.read_bytes(), policy=SMTP, _class=EmailMessage)
    return Kept(path.stem, datetime.fromtimestamp(path.stat().st_mtime, UTC), message)


def _name(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


def _forget_the_oldest() -> None:
    if sum(1 for _ in _files()) > MOST:
        for path in _newest_first()[MOST:]:
            path.unlink(missing_ok=True)
