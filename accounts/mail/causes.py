"""What becomes of mails whose cause is over: taken back before they leave, forgotten sooner than the others.

Invariant: a mail that a sender holds is the sender's; only what waits is taken back.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from accounts.mail.kinds import KINDS, MailClass
from accounts.models import MailOutbox, Member, RefusedAddress

State = MailOutbox.State


def take_back(kind: str, period: str) -> bool:
    """Inside the transaction that ends the cause of a mail to an address: whether it waited, and now never leaves."""
    waiting = MailOutbox.objects.filter(kind=kind, recipient__isnull=True, period=period, state=State.DUE)
    removed, _by_model = waiting.delete()
    return removed == 1


def forget_mails_about(kind: str, cause: tuple[str, str]) -> int:
    """All mails of a kind about one row, sent or not, and what was heard of their addresses: how to reach somebody is
    to be gone from here as well. What a sender holds this minute stays for `forget_mails_but`."""
    mails = MailOutbox.objects.filter(kind=kind, cause_type=cause[0], cause_id=cause[1])
    return _forget(mails)


def forget_mails_but(kind: str, cause_type: str, cause_ids: Collection[str]) -> int:
    """Mails of a kind about rows of a type, but those about these rows."""
    return _forget(MailOutbox.objects.filter(kind=kind, cause_type=cause_type).exclude(cause_id__in=cause_ids))


def _forget(mails: QuerySet[MailOutbox]) -> int:
    mails = mails.exclude(state__in=(State.CLAIMED, State.HANDING))
    refused = RefusedAddress.objects.filter(address__in=mails.values("address"))
    refused.exclude(address__in=Member.objects.filter(email__isnull=False).values("email")).delete()
    removed, _by_model = mails.delete()
    return removed


def forget_addresses_of(mail_class: MailClass, before: datetime) -> int:
    """Mails of a class that were written before then, and what was heard of addresses that no member has."""
    kinds = [kind.name for kind in KINDS.values() if kind.mail_class is mail_class]
    mails = MailOutbox.objects.filter(kind__in=kinds, created_at__lt=before)
    removed, _by_model = mails.exclude(state__in=(State.CLAIMED, State.HANDING)).delete()
    refused = RefusedAddress.objects.filter(last_at__lt=before)
    refused.exclude(address__in=Member.objects.filter(email__isnull=False).values("email")).delete()
    return removed
