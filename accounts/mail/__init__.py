"""The only door to email (design § 8).

A mail is a row of the outbox, written in the transaction of its cause; a sender (`sender.py`, a thread of the server)
claims it, asks again who may get it (`permissions.py`), renders it (`rendering.py`) and hands it over.

Invariant: nothing else in the product sends mail, and no mail leaves that was not a row first.
"""

from accounts.mail.asking import Span, asks_for_secrets
from accounts.mail.door import send_mail
from accounts.mail.kinds import KINDS, Kind, MailClass

__all__ = ["KINDS", "Kind", "MailClass", "Span", "asks_for_secrets", "send_mail"]
