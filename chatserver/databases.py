"""What `DATABASE_URL` means: PostgreSQL 15 or later, or SQLite in the folder of everything mutable where it is empty.

Invariant: SQLite runs in WAL with `synchronous=FULL`; PostgreSQL with what `chatserver.checks` asks for. On both an
acknowledged message has been through fsync.
"""

from pathlib import Path
from typing import Any

SCHEMES = ("postgresql://", "postgres://")
LOCK_SECONDS = 5  # who waits longer for another's transaction hears "busy"
WAIT_SECONDS = 5  # for a connection, new or from the pool

RECONNECT_SECONDS = 1  # its tries are ever further apart until it gives up; whoever asks then makes it begin anew
PAGES_KIB = 1024  # that a connection to SQLite keeps in memory; the rest is in the kernel's, once for all
ON_REQUEST = 1_000_000_000  # prepared is what asks for it (`prepare=True`), and nothing else

# Our own statements are prepared once, with one plan; planning a batch anew takes longer than running it. Nothing here
# computes enough for machine code. A session that holds locks and says nothing is ended: its process is stuck or gone.
OPTIONS = {
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": "60s",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


def database(url: str, *, var: Path, threads: int) -> dict[str, Any]:
    """One entry of Django's DATABASES. Raises ValueError for an address that names no database of PostgreSQL."""
    return _postgres(parsed(url), threads) if url else _sqlite(var)


def parsed(url: str) -> dict[str, Any]:
    """The parts of an address as libpq reads it. Raises ValueError, whose words never hold the password."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    if not url.startswith(SCHEMES):
        raise ValueError("has to be an address such as postgresql://user:password@host:5432/name, or empty for SQLite")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as problem:
        raise ValueError(f"can't be read: {str(problem).partition(chr(34))[0].strip(': ')}") from None
    if not parts.get("dbname"):
        raise ValueError("names no database: postgresql://user:password@host:5432/name")
    if not all(port.isdecimal() for port in str(parts.get("port", "5432")).split(",")):
        raise ValueError("has a port that is no number")
    return parts


def _sqlite(var: Path) -> dict[str, Any]:
    return {
        "ENGINE": "chatserver.sqlite",
        "NAME": var / "chat.sqlite3",
        "CONN_MAX_AGE": 0,  # under ASGI a request's connection would stay with its thread
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_SECONDS,
            "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-{PAGES_KIB};",
        },
        "TEST": {"NAME": var / "test.sqlite3"},  # a file: in memory there is no WAL and no fsync to test
    }


def _postgres(parts: dict[str, Any], threads: int) -> dict[str, Any]:
    name, user, password, host, port = (
        str(parts.pop(part, "")) for part in ("dbname", "user", "password", "host", "port")
    )
    ours = " ".join(f"-c {option}={value}" for option, value in OPTIONS.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,  # the pool keeps them
        "CONN_HEALTH_CHECKS": True,  # after a restart of PostgreSQL nobody is handed a dead one
        "OPTIONS": {
            "application_name": "classtrak",
            "connect_timeout": WAIT_SECONDS,
            "prepare_threshold": ON_REQUEST,
            **parts,
            "options": f"{ours} {parts.get('options', '')}".strip(),
            "pool": {
                "min_size": 1,
                "max_size": threads + 12,
                "timeout": WAIT_SECONDS,
                "reconnect_timeout": RECONNECT_SECONDS,
            },
        },
    }
