"""What a mail is handed to, and how it can end there.

Invariant: a carrier gives `mark` the one step after which the mail can't be called back. A step that doesn't wait: a
transaction is still open round it. What `mark` itself raises means that the mail has not left.
"""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol

from django.conf import settings

Mark = Callable[[Callable[[], object]], None]  # marks, and does the last step at once


class Carrier(Protocol):
    def hand_over(self, message: EmailMessage, mark: Mark) -> None:
        """Returns when it was taken; raises one of the outcomes below."""

    def close(self) -> None: ...


class Away(Exception):
    """Nobody can be handed anything now: no fault of this mail."""


class NotNow(Exception):
    """This mail is to be tried later."""


class Refused(Exception):
    """This mail never gets through."""


class AddressRefused(Refused):
    """Because nobody gets mail at that address."""


class Unanswered(Exception):
    """It was handed over whole, and nobody has said that it was taken."""


def carrier() -> Carrier | None:
    """The one of `CHATSERVER_MAIL_URL`; None: no way is configured, and mail waits."""
    if not settings.MAIL_URL:
        return None
    if settings.MAIL_URL == "mailbox:":
        from accounts.mail.mailbox import Mailbox

        return Mailbox()
    from accounts.mail.smtp import Smtp

    return Smtp.of_url(settings.MAIL_URL, settings.SITE_URL.partition("://")[2].partition(":")[0])
