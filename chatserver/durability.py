"""Whether the database keeps what was acknowledged. Asked at every start, and by Django's checks.

Invariant: no server starts on a PostgreSQL that answers a commit before it is on disk.
"""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import DatabaseError, connection

OLDEST = 15  # PostgreSQL's version
NEEDED = ("fsync", "full_page_writes", "synchronous_commit")


def problem() -> str | None:
    """A sentence for the operator, when the server must not start on this database."""
    if connection.vendor != "postgresql":
        return None
    try:
        return _problem_of_postgres()
    except DatabaseError as failure:
        return f"DATABASE_URL: PostgreSQL can't be used. {str(failure).strip()}"


def _problem_of_postgres() -> str | None:
    """On a connection of its own: a pool says only that it has none, and not why."""
    import psycopg  # PostgreSQL's alone

    with connection.wrap_database_errors, psycopg.connect(**connection.get_connection_params()) as database:
        version = database.info.server_version // 10_000
        rows = database.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(NEEDED)])
        off = sorted(name for (name,) in rows)
    if version < OLDEST:
        return f"PostgreSQL {OLDEST} or later is needed; this one is {version}."
    if off:
        return (
            f"PostgreSQL runs with {', '.join(off)} off: after a power cut, messages that people saw as sent would be "
            "missing. Switch it on, then start again."
        )
    return None


def check_durability(app_configs: Any, databases: Any, **kwargs: Any) -> list[CheckMessage]:
    """One of Django's checks of databases: `./chat manage check --database default`, and before each migration."""
    wanted = connection.alias in (databases or ())
    sentence = problem() if wanted else None
    return [Error(sentence, id="chatserver.E001")] if sentence is not None else []
