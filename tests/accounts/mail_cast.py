"""Mails for tests: what each kind's template is given, and a way to put one into the outbox."""

from typing import Any

from django.db import transaction

from accounts.mail import KINDS, send_mail
from accounts.models import MailOutbox

WORDS = {
    "child": "Sofia",
    "code": "K7QM-2XWP-9RTD",
    "code_url": "https://chat.example.org/account/confirm/#K7QM-2XWP-9RTD",
    "course": "Algebra I, Period 3",
    "inviter": "Ms. Rivera",
    "reset_url": "https://chat.example.org/account/reset/",
    "school": "Juniper Bend School",
    "sign_in_url": "https://chat.example.org/sign-in/",
    "site": "ClassTrak at Juniper Bend",
    "stop_url": "https://chat.example.org/invitation/stop/abc/",
    "text": "We read chapter 3 on Monday.\n\nBring a pencil & your calculator <TI-84>.",
    "until": "December 20",
    "url": "https://chat.example.org/courses/7/",
    "what": "turned_on",
}


def payload_of(kind: str, **changed: str) -> dict[str, str]:
    return {name: changed.get(name, WORDS[name]) for name in KINDS[kind].payload}


def queue_mail(kind: str = "course_notice", *, address: str = "ana@example.org", **changed: Any) -> MailOutbox:
    """A mail in the outbox; what isn't an argument of `send_mail` changes the payload."""
    own = {name: changed.pop(name) for name in ("recipient", "period", "locale", "cause") if name in changed}
    own.setdefault("period", "monday")
    with transaction.atomic():
        return send_mail(kind, address=address, payload=payload_of(kind, **changed), **own)
