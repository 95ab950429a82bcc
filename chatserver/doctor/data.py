"""What is stored: the database, its tables, its promise to keep them, the audit log, whose people these are."""

import resource
import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.audit import verify_ends
from accounts.models import AuditEntry, MailOutbox, Member, MemberState
from chatserver import checks, durability, schema
from chatserver.doctor.findings import Check, Finding, failed, ok, warning
from chatserver.environment import environment
from chatserver.preparing import is_public

LATE = timedelta(hours=1)
SKEW_SECONDS = 2.0
OWN_FILES = 200  # of one process: database, log, libraries
WITHOUT_SOCKETS = (MemberState.DEACTIVATED, MemberState.CLOSED, MemberState.ERASED)
OTHERS_CONNECTIONS = 10  # PostgreSQL's own, backups, somebody who looks


def database() -> Finding:
    if (sentence := durability.problem()) is not None:
        return failed(sentence, "docs/operations.md, PostgreSQL")
    if connection.vendor == "sqlite":
        return _sqlite()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return ok(f"PostgreSQL {version}, which keeps what it has acknowledged")


def _sqlite() -> Finding:
    path = environment().var / "chat.sqlite3"
    if not path.exists():
        return ok(f"SQLite; {path} is made at the first start")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous")
        (synchronous,) = cursor.fetchone()
    if (mode, synchronous) != ("wal", 2):
        return failed(f"SQLite in {mode}, synchronous {synchronous}", "is another program holding the file?")
    return ok("SQLite, which keeps what it has acknowledged")


def tables() -> Finding:
    if is_new():
        return ok("none yet: the first start makes them")
    sentence = schema.problem()
    return (
        failed(sentence, "./chat manage migrate, with the version that is to run") if sentence else ok("all are there")
    )


def connections() -> Finding:
    if connection.vendor == "sqlite":
        return ok("SQLite needs none")
    here = environment()
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
    needed = here.workers * (here.threads + 13) + OTHERS_CONNECTIONS
    says = f"PostgreSQL allows {most}; {here.workers} processes and others may take {needed}"
    return ok(says) if most >= needed else warning(says, "raise max_connections, or run fewer processes")


def clocks() -> Finding:
    if connection.vendor == "sqlite":
        return ok("SQLite has this machine's clock")
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - time.time())
    says = f"PostgreSQL's clock is {apart:.1f} s from ours"
    return ok(says) if apart < SKEW_SECONDS else warning(says, "synchronise both machines")


def audit() -> Finding:
    if is_new():
        return ok("nothing is recorded yet")
    faults = verify_ends()
    if faults:
        return failed(
            f"broken: {faults[0]} ({len(faults)} places)", "./chat audit verify, and call whoever answers for it"
        )
    return ok(f"the ends of all chains hold, of {AuditEntry.objects.count()} entries")


def outbox() -> Finding:
    """Mail that waits for longer than a try or two, or has come to no good end within a week."""
    if is_new():
        return ok("empty")
    now, states = timezone.now(), MailOutbox.State
    late = MailOutbox.objects.filter(state__in=(states.DUE, states.CLAIMED), created_at__lt=now - LATE).count()
    recent = MailOutbox.objects.filter(created_at__gt=now - timedelta(days=7))
    failed_count, unknown = (recent.filter(state=state).count() for state in (states.FAILED, states.UNKNOWN))
    says = f"{late} mails wait since an hour or more; of the last week {failed_count} failed, {unknown} unknown"
    if late or failed_count:
        return warning(says, "the log says why; refused addresses are on the operator's page")
    return ok(says)


def people() -> Finding:
    here = environment()
    if is_new():
        return ok("nobody yet")
    is_open = is_public("127.0.0.1", here.url)
    if checks.has_demo_people():
        says = "the demo school is in this database, and its passwords are known"
        return (
            failed(says, "begin with an empty database: ./chat run --empty") if is_open else ok(says + ": for trying")
        )
    if checks.has_invented_people() and is_open:
        return warning("this database was filled for a benchmark", "begin with an empty one for a school")
    return ok("no invented ones")


def open_files() -> Finding:
    """`./chat serve` raises its own limit to the hard one; in a worker each account may have a socket open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return ok("no limit")
    accounts = 0 if is_new() else Member.objects.exclude(state__in=WITHOUT_SOCKETS).count()
    says = f"{hard} may be open; all {accounts} accounts at once need {accounts + OWN_FILES}"
    if hard >= accounts + OWN_FILES:
        return ok(says)
    return warning(says, "raise it: LimitNOFILE= in deploy/classtrak.service")


def is_new() -> bool:
    """Whether nobody has ever started on it; on SQLite, so that looking makes no file."""
    if connection.vendor == "sqlite" and not (environment().var / "chat.sqlite3").exists():
        return True
    return schema.is_empty()


CHECKS = (
    Check("Database", database),
    Check("Tables", tables, needs_database=True),
    Check("Connections", connections, needs_database=True),
    Check("Clocks", clocks, needs_database=True),
    Check("Audit log", audit, needs_database=True),
    Check("Outbox", outbox, needs_database=True),
    Check("People", people, needs_database=True),
    Check("Open files", open_files, needs_database=True),
)
