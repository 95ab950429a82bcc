"""Plain SMTP, with the one thing that smtplib doesn't offer: a word just before the final dot.

A mail server owns a mail once it has seen the dot that ends it, and before that throws away what it has. So whether a
mail has left is decided by one packet, and the row is marked in front of it: measured with the sender killed at random,
nothing is lost and nothing arrives twice, where marking earlier loses and marking later doubles. Without TCP_NODELAY
the dot waits some 40 ms for an acknowledgement, and nearly every kill hits that window.

Invariant: a password travels encrypted, or to this machine.
"""

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from accounts.mail.carriers import AddressRefused, Away, Mark, NotNow, Refused, Unanswered

SECONDS = 60.0  # to connect, and for each answer
DOT_SECONDS = 600.0  # for the answer to the final dot (RFC 5321 § 4.5.3.2.6)
FINAL_DOT = b".\r\n"
PORTS = {"smtp": 25, "smtps": 465}
IDLE_LIMIT = 100  # mails over one connection
LOCAL = ("localhost", "127.0.0.1", "::1")


def deliver(session: smtplib.SMTP, message: EmailMessage, mark: Mark) -> None:
    """One mail to one recipient, `mark` just before the final dot. Raises the outcomes of carriers.py, and what `mark`
    raises."""
    _say(session, session.mail, _address(message["From"]), refused=Away)
    _say(session, session.rcpt, _address(message["To"]), refused=AddressRefused)
    _say(session, session.docmd, "data", refused=Refused)
    session.send(dotted(message.as_bytes()))
    _end(session, mark)


def _say(
    session: smtplib.SMTP, command: Callable[[str], tuple[int, bytes]], word: str, *, refused: type[Exception]
) -> None:
    code, says = command(word)
    if code >= 500:
        raise refused(_words(code, says))
    if code >= 400:
        raise NotNow(_words(code, says))


def _wait_for_room(line: socket.socket) -> None:
    """Until the kernel takes more: sending the dot won't wait then."""
    room = select.poll()
    room.register(line, select.POLLOUT)
    room.poll(SECONDS * 1000)


def _end(session: smtplib.SMTP, mark: Mark) -> None:
    """The mark with the final dot, and what the server says to it."""
    line = session.sock
    assert line is not None  # noqa: S101 - something was sent over it just now
    line.settimeout(DOT_SECONDS)
    try:
        _wait_for_room(line)
        mark(lambda: line.sendall(FINAL_DOT))
        code, says = session.getreply()
        line.settimeout(SECONDS)
    except (OSError, smtplib.SMTPException) as problem:
        raise Unanswered(f"no answer to the final dot: {problem}") from problem
    if code >= 500:
        raise Refused(_words(code, says))
    if code != 250:
        raise NotNow(_words(code, says))


@dataclass
class Smtp:
    """A carrier: keeps one connection as long as it works."""

    host: str
    port: int
    is_tls: bool = False
    starts_tls: bool = False
    user: str = ""
    password: str = ""
    name: str = "localhost"  # what we call ourselves
    seconds: float = SECONDS
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def __post_init__(self) -> None:
        self._session: smtplib.SMTP | None = None
        self._handed = 0

    @classmethod
    def of_url(cls, url: str, name: str = "localhost", *, seconds: float = SECONDS) -> "Smtp":
        """`smtp://user:password@host:587`: STARTTLS, unless the host is this machine or `?starttls=off` follows."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_off = host in LOCAL or parse_qs(parts.query).get("starttls") == ["off"]
        return cls(
            host,
            parts.port or PORTS[parts.scheme],
            is_tls=parts.scheme == "smtps",
            starts_tls=parts.scheme == "smtp" and not is_off,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            name=name,
            seconds=seconds,
        )

    def hand_over(self, message: EmailMessage, mark: Mark) -> None:
        session = self.open()
        try:
            deliver(session, message, mark)
        except (NotNow, Refused):
            self._reset()
            raise
        except (OSError, smtplib.SMTPException) as problem:
            self.drop()
            raise NotNow(f"the line broke: {problem}") from problem
        except BaseException:
            self.drop()  # half a mail may be on its way: without the dot it is none
            raise

    def open(self) -> smtplib.SMTP:
        """The line there is, or a new one. Raises Away."""
        self._handed += 1
        if self._session is not None and self._handed > IDLE_LIMIT:
            self.close()
        if self._session is None:
            self._handed = 1
            self._session = self._opened()
        return self._session

    def close(self) -> None:
        if self._session is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._session.quit()
            self.drop()

    def drop(self) -> None:
        """End the connection without a word."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def check(self) -> str:
        """Connect, sign in and leave; what the server calls itself. Raises Away."""
        says: bytes = self.open().ehlo_resp or b""
        self.close()
        return says.decode("utf-8", "replace").partition("\n")[0]

    def _opened(self) -> smtplib.SMTP:
        try:
            session = self._connected()
        except (OSError, smtplib.SMTPException) as problem:
            raise Away(f"{self.host}:{self.port}: {_said(problem)}") from problem
        try:
            self._introduce(session)
        except (OSError, smtplib.SMTPException) as problem:
            session.close()
            raise Away(f"{self.host}:{self.port}: {_said(problem)}") from problem
        return session

    def _connected(self) -> smtplib.SMTP:
        if self.is_tls:
            return smtplib.SMTP_SSL(self.host, self.port, self.name, timeout=self.seconds, context=self.context())
        return smtplib.SMTP(self.host, self.port, self.name, timeout=self.seconds)

    def _introduce(self, session: smtplib.SMTP) -> None:
        assert session.sock is not None  # noqa: S101 - it is connected
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session.ehlo_or_helo_if_needed()
        if self.starts_tls:
            session.starttls(context=self.context())
            session.ehlo()
        if self.user:
            session.login(self.user, self.password)

    def _reset(self) -> None:
        """After a refusal the line goes on, where it still is one."""
        try:
            if self._session is not None:
                self._session.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()


def dotted(body: bytes) -> bytes:
    """Lines end in CRLF, and none of them is a lone dot (RFC 5321 § 4.5.2)."""
    lines = re.sub(rb"\r\n|\n|\r", b"\r\n", body)
    doubled = re.sub(rb"(?m)^\.", b"..", lines)
    return doubled if doubled.endswith(b"\r\n") else doubled + b"\r\n"


def _address(header: Any) -> str:
    (address,) = header.addresses
    spec: str = address.addr_spec
    return spec


def _words(code: int, says: bytes) -> str:
    return f"{code} {says.decode('utf-8', 'replace')}"


def _said(problem: Exception) -> str:
    """Never with the password: smtplib's errors hold codes and answers, no arguments of ours."""
    if isinstance(problem, smtplib.SMTPResponseException):
        says = problem.smtp_error
        return _words(problem.smtp_code, says if isinstance(says, bytes) else str(says).encode())
    return str(problem) or type(problem).__name__
