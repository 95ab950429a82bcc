"""A real mail server: aiosmtpd in a thread of its own, which takes every mail or says what it was told to."""

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd import smtp
from aiosmtpd.smtp import Envelope, Session


class Inbox:
    """aiosmtpd's handler. `says` maps the address of a recipient to the answers it gets, the last one for ever."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.arrived = threading.Semaphore(0)  # one more for each that was taken
        self.at_recipient: dict[str, list[str]] = {}
        self.at_end: dict[str, list[str]] = {}
        self.hangs_up_at_end = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = _next(self.at_recipient, address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = _next(self.at_end, envelope.rcpt_tos[0], "250 OK")
        if answer.startswith("250"):
            self.envelopes.append(envelope)
            self.arrived.release()
        if self.hangs_up_at_end:
            transport: Any = server.transport
            transport.abort()
        return answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [_read(envelope) for envelope in self.envelopes]

    def arrivals(self) -> Counter[str]:
        """Message-ID → how often it has arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    def to(self) -> list[str]:
        return [recipient for envelope in self.envelopes for recipient in envelope.rcpt_tos]


def _next(answers: dict[str, list[str]], address: str, otherwise: str) -> str:
    left = answers.get(address)
    if not left:
        return otherwise
    return left.pop(0) if len(left) > 1 else left[0]


def _read(envelope: Envelope) -> EmailMessage:
    content: Any = envelope.content
    return message_from_bytes(content, policy=SMTP, _class=EmailMessage)


@contextmanager
def mail_server(*, port: int = 0, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[tuple[Inbox, str]]:
    """The inbox, and the value of CHATSERVER_MAIL_URL that leads there. `tls`: from the first byte on; `options` are
    aiosmtpd's."""
    inbox, loop = Inbox(), asyncio.new_event_loop()
    listener = socket.create_server(("127.0.0.1", port))
    thread = threading.Thread(target=loop.run_forever, name="mail server", daemon=True)
    thread.start()

    async def begin() -> asyncio.Server:
        return await loop.create_server(
            lambda: smtp.SMTP(inbox, hostname="mail.test", **options), sock=listener, ssl=tls
        )

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    try:
        yield inbox, f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in ours:
        task.cancel()
    await asyncio.gather(*ours, return_exceptions=True)
