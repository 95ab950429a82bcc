"""What `consent_changed` told its receivers, and whether the commit had come by then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from consent.signals import consent_changed


@contextmanager
def hearing() -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def hear(sender: Any, signal: Any, **told: Any) -> None:
        heard.append({**told, "in_transaction": connection.in_atomic_block})

    consent_changed.connect(hear)
    try:
        yield heard
    finally:
        consent_changed.disconnect(hear)
