"""Registering as a browser does: the form of a kind, filled in right, and the code that the mail holds."""

from typing import Any

from django.test import Client

from accounts.models import MailOutbox
from consent.queries.sentences import sentences_for, versions_read

LONG_PASSWORD = "seven green pears fall"


def form_of(kind: str = "parent", **changes: Any) -> dict[str, Any]:
    """What somebody types who reads everything; `None` leaves a field out."""
    fields = {
        "name": "Paula Kim",
        "email": "paula@example.org",
        "password": LONG_PASSWORD,
        "sentences": ["policy", "hosting_country"],
        "read": read_of(kind),
        **({"at_school": "none"} if kind == "instructor" else {}),
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def read_of(kind: str) -> str:
    """What the page of a kind says of the texts that it shows now."""
    return versions_read(sentences_for(kind))


def register(client: Client, kind: str = "parent", **changes: Any) -> Any:
    return client.post(f"/register/{kind}/", form_of(kind, **changes))


def mailed_code(kind: str = "verify_address", **which: Any) -> str:
    """The code of the newest mail of a kind."""
    mail = MailOutbox.objects.filter(kind=kind, **which).latest("due_at")
    code: str = mail.payload["code"]
    return code


def confirm(client: Client, code: str) -> Any:
    return client.post("/account/confirm/", {"code": code})
