"""Every row that an action of rooms could touch, to see that a refusal touched none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.errors import AppError


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """Table → rows, of rooms, of access and of the audit log."""
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name.startswith("rooms_")]
        names += ["accounts_access", "accounts_auditentry", "accounts_audithead"]
        return {name: cursor.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names}  # noqa: S608


@contextmanager
def refused(error: type[AppError]) -> Iterator[pytest.ExceptionInfo[AppError]]:
    """The block raises exactly this error and leaves every row as it was."""
    before = dump()
    with pytest.raises(AppError) as caught:
        yield caught
    assert type(caught.value) is error, repr(caught.value)
    assert dump() == before


@contextmanager
def unchanged() -> Iterator[None]:
    before = dump()
    yield
    assert dump() == before
