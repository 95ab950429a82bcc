"""A sender: takes what is due, asks again who may get it, and hands it over, one mail after the other.

Invariant: nothing that is known at the moment of hand-over is ignored: the row's member is read anew, and a mail that
may not leave is withheld. An error of one mail never stops the others.
"""

import logging
from collections.abc import Callable
from email.message import EmailMessage

from accounts.mail import outbox
from accounts.mail.carriers import AddressRefused, Away, Carrier, NotNow, Refused, Unanswered
from accounts.mail.kinds import KINDS, MailClass
from accounts.mail.outbox import ClaimLost, Pace
from accounts.mail.permissions import member_of, withheld_because
from accounts.mail.rendering import message_of
from accounts.models import MailOutbox

log = logging.getLogger(__name__)


def send_due(carrier: Carrier, pace: Pace, *, goes_on: Callable[[], bool] = lambda: True) -> int:
    """One batch; how many were claimed. Raises Away, with everything given back, where nothing can be handed over."""
    rows = outbox.claim_due(pace)
    for place, row in enumerate(rows):
        if not goes_on():
            outbox.give_back(rows[place:], "the sender was told to end", pace)
            break
        try:
            _send(row, carrier, pace)
        except Away as problem:
            outbox.give_back(rows[place:], str(problem), pace)
            raise
    return len(rows)


def _send(row: MailOutbox, carrier: Carrier, pace: Pace) -> None:
    """One mail, to whatever end. Raises Away."""
    kind = KINDS.get(row.kind)
    if kind is None:
        outbox.mark_failed(row, "this version knows no mail of this kind")
        return
    member = member_of(row.recipient, row.address)
    if kind.mail_class is MailClass.COURSE and member is not None:
        row.address = member.email or row.address  # where they read their mail now
    if because := withheld_because(row, kind, member):
        outbox.mark_withheld(row, because)
        return
    if (message := _made(row, pace)) is not None:
        _hand_over(row, message, carrier, pace)


def _made(row: MailOutbox, pace: Pace) -> EmailMessage | None:
    """None: it can't be rendered, which is our own fault; it is put off, and the others go on."""
    try:
        return message_of(row)
    except Exception:
        log.exception("mail: a %s can't be rendered", row.kind)
        outbox.put_off(row, "it can't be rendered: the log says why", pace)
        return None


def _hand_over(row: MailOutbox, message: EmailMessage, carrier: Carrier, pace: Pace) -> None:
    try:
        with outbox.quick_marks():
            carrier.hand_over(message, lambda then: outbox.mark_handing(row, pace, then))
    except ClaimLost:
        log.warning("mail: %s is another sender's by now", row.message_id)
    except NotNow as problem:
        outbox.put_off(row, str(problem), pace)
    except AddressRefused as problem:
        outbox.mark_refused(row, str(problem))
    except Refused as problem:
        outbox.mark_failed(row, str(problem))
    except Unanswered as problem:
        outbox.mark_unknown(row, str(problem))
    else:
        outbox.mark_sent(row)
