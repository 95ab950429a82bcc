"""The tests' PostgreSQL: one server a run, in memory where there is room, and databases in it.

Invariant: `fsync` and the rest stay on, so that the product itself starts on it. In memory an fsync costs nothing; on
disk a test that empties every table pays for each.
"""

import json
import os
import re
import secrets
import shutil
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

MEMORY = "/dev/shm"  # noqa: S108
ROOMY_BYTES = 2 * 1024**3


def folder() -> str:
    has_room = os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free > ROOMY_BYTES
    return MEMORY if has_room else "/tmp"  # noqa: S108


def new_database(url: str) -> str:
    """Make an empty database beside the one of an address; its own address."""
    name = f"live_{secrets.token_hex(4)}"
    execute(beside(url, "postgres"), f"CREATE DATABASE {name}")
    return beside(url, name)


def refill(url: str, template_url: str) -> None:
    """Make the database of an address anew, as a copy of another that nobody is connected to."""
    name, template = (conninfo_to_dict(each)["dbname"] for each in (url, template_url))
    execute(beside(url, "postgres"), f"DROP DATABASE {name}")
    execute(beside(url, "postgres"), f"CREATE DATABASE {name} TEMPLATE {template}")


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return re.sub(r"/[^/?]+(\?|$)", rf"/{name}\1", url, count=1)


def execute(url: str, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """One statement on a connection of its own, committed; the rows, if it has any."""
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(statement.encode(), values or None)
        return done.fetchall() if done.description else []


def as_sqlite(value: Any) -> Any:
    """A value as it is read from SQLite's tables."""
    match value:
        case uuid.UUID():
            return value.hex
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        case dict() | list():
            return json.dumps(value)
        case _:
            return value
