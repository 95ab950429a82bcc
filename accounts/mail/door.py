"""`send_mail`: the door itself. What can't be a mail is refused here, where the cause is still at hand.

Invariant: one recipient per mail, nothing in a header that could begin another one, and no text that asks for what we
never ask for (S7).
"""

import re
import unicodedata
from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import FieldInvalid
from accounts.mail.asking import asks_for_secrets
from accounts.mail.kinds import SEVERAL_LINES, Kind, kind_named
from accounts.mail.permissions import member_of, refuse_by_class
from accounts.mail.waking import wake_the_sender
from accounts.models import MailOutbox

SEPARATORS = re.compile(r"[,;\s<>\"]")
LINE_BREAKS = ("\n", "\t")  # the controls that a text of several lines may hold


def send_mail(
    kind: str,
    *,
    address: str,
    recipient: int | None = None,
    period: str,
    payload: Mapping[str, str],
    locale: str = "en",
    cause: tuple[str, str] = ("", ""),
) -> MailOutbox:
    """Put a mail into the outbox, inside the transaction of its cause; the one that is there already, if one is.

    `recipient` is a member's id; None: whoever has the address. `period` is what makes it unique beside kind and
    recipient: the id of a code, a day. `cause` names the row that it is about, as the audit log does. Raises
    FieldInvalid for an address or a text that can't be mailed, NotAllowed for a class that this person never gets.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A mail belongs to the transaction of its cause.")
    declared = kind_named(kind)
    address = one_address(address)
    _check_payload(declared, payload)
    refuse_by_class(declared, member_of(recipient, address))
    row = MailOutbox(
        kind=kind, recipient=recipient, address=address, period=period, payload=dict(payload), locale=locale,
        due_at=timezone.now(), cause_type=cause[0], cause_id=cause[1],
    )  # fmt: skip
    row.message_id = f"<{kind}.{row.pk.hex}@{message_host()}>"
    MailOutbox.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(wake_the_sender)
    whose = {"address": address, "recipient": None} if recipient is None else {"recipient": recipient}
    return MailOutbox.objects.get(kind=kind, period=period, **whose)


def one_address(text: str) -> str:
    """One address, in lower case; raises FieldInvalid for anything else."""
    address = text.strip().lower()
    if _has_controls(address):
        raise FieldInvalid(_("An address is one line, such as ana@example.org."), field="address")
    if address.count("@") > 1 or SEPARATORS.search(address):
        raise FieldInvalid(_("One address at a time, such as ana@example.org, without a name."), field="address")
    try:
        MailOutbox._meta.get_field("address").clean(address, None)  # its form, and that it fits
    except ValidationError:
        raise FieldInvalid(_("This is no address. One looks like ana@example.org."), field="address") from None
    return address


def message_host() -> str:
    """The right side of our Message-IDs: the host of the address that people type."""
    return settings.SITE_URL.partition("://")[2].partition(":")[0] or "localhost"


def _check_payload(kind: Kind, payload: Mapping[str, str]) -> None:
    if set(payload) != kind.payload:
        raise ValueError(f"A mail of the kind {kind.name} needs {sorted(kind.payload)}, not {sorted(payload)}.")
    for name, value in payload.items():
        if _has_controls(value, besides=LINE_BREAKS if name in SEVERAL_LINES else ()):
            raise FieldInvalid(_("A line break or an invisible character doesn't fit in here."), field=name)
        if spans := asks_for_secrets(value):
            raise FieldInvalid(
                _("No mail of ours asks for passwords, account IDs, card or ID numbers. Take this out: “%(words)s”."),
                field=name,
                words=spans[0].text,
            )


def _has_controls(text: str, *, besides: tuple[str, ...] = ()) -> bool:
    """Whether something in it could end a header, or turn the reading of a line round."""
    lines = text.replace("\r\n", "\n")
    return any(unicodedata.category(char) in ("Cc", "Zl", "Zp") and char not in besides for char in lines) or bool(
        BIDI.search(lines)
    )


BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
