"""Ending mails of a class, and taking that back: by whoever holds the token of a mail, or by an operator, on record.

Invariant: it needs no account and no signing in (RFC 8058), and doing it twice changes nothing. The audit entry names a
member by id, and an address not at all.
"""

from django.db import transaction

from accounts import audit
from accounts.actor import Actor
from accounts.mail.stops import Stop
from accounts.models import MailStop


def stop_mail(actor: Actor, stop: Stop) -> None:
    with transaction.atomic():
        row, is_new = MailStop.objects.get_or_create(subject=stop.subject, mail_class=stop.mail_class)
        if is_new:
            audit.record(actor, "mail.stopped", row, subject=stop.member_id, mail_class=stop.mail_class)


def resume_mail(actor: Actor, stop: Stop) -> None:
    with transaction.atomic():
        row = MailStop.objects.filter(subject=stop.subject, mail_class=stop.mail_class).first()
        if row is not None:
            audit.record(actor, "mail.resumed", row, subject=stop.member_id, mail_class=stop.mail_class)
            row.delete()
