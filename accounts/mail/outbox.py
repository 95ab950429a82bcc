"""What a sender does to the rows: claim, mark as handing, say what became of it. Any number of senders may.

Invariant: a claim is known by the row's count of attempts. Whoever claims a row raises it, so a sender whose lease has
ended while it was held up can't mark the row any more: the mail is then another sender's, and no dot is sent.
`mark_handing` commits before the final dot leaves. What is `handing` when its lease ends was cut off in that moment:
nearly always it has arrived, so it is not sent again, except for a warning that somebody has to hear.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.mail.kinds import KINDS
from accounts.models import MailOutbox, RefusedAddress

State = MailOutbox.State

WITH_PAYLOAD_FOR = timedelta(days=7)  # of what has not left
KEPT_FOR = timedelta(days=90)
SAYS_CHARS = 200
QUICK = {
    "sqlite": ("PRAGMA synchronous=NORMAL", "PRAGMA synchronous=FULL"),
    "postgresql": ("SET synchronous_commit=off", "RESET synchronous_commit"),
}


class ClaimLost(Exception):
    """The row is another sender's by now."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a sender may hold a row, and when a mail is tried again."""

    lease: timedelta = timedelta(minutes=5)
    handing: timedelta = timedelta(minutes=15)  # a server may take ten minutes to answer the final dot (RFC 5321)
    batch: int = 20
    waits: Sequence[timedelta] = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 120, 240, 480, 720))
    gives_up_after: timedelta = timedelta(days=5)


def claim_due(pace: Pace, now: datetime | None = None) -> list[MailOutbox]:
    """Rows that are due and nobody's, ours until the lease ends; the oldest first. Without any: one plain read."""
    now = now or timezone.now()
    if not _waiting(now).exists():
        return []
    with transaction.atomic():
        _settle_ended_leases(now)
        due = MailOutbox.objects.select_for_update(skip_locked=True).filter(state=State.DUE, due_at__lte=now)
        rows = list(due.order_by("due_at", "created_at", "pk")[: pace.batch])
        ours = MailOutbox.objects.filter(pk__in=[row.pk for row in rows])
        ours.update(state=State.CLAIMED, lease_until=now + pace.lease, attempts=F("attempts") + 1)
        for row in rows:
            row.state, row.attempts = State.CLAIMED, row.attempts + 1
    return rows


def _waiting(now: datetime) -> QuerySet[MailOutbox]:
    is_due = Q(state=State.DUE, due_at__lte=now)
    return MailOutbox.objects.filter(is_due | Q(state__in=(State.CLAIMED, State.HANDING), lease_until__lte=now))


def _settle_ended_leases(now: datetime) -> None:
    """A sender has ended while it held these."""
    ended = MailOutbox.objects.filter(lease_until__lte=now)
    ended.filter(state=State.CLAIMED).update(state=State.DUE, lease_until=None)
    warnings = [kind.name for kind in KINDS.values() if kind.is_warning]
    cut_off = ended.filter(state=State.HANDING)
    cut_off.filter(kind__in=warnings, attempts=1).update(state=State.DUE, lease_until=None)
    cut_off.update(state=State.UNKNOWN, lease_until=None, payload={}, problem="the sender ended at the final dot")


@contextmanager
def quick_marks() -> Iterator[None]:
    """Commits in here don't wait for the disk. A kill in the middle of an fsync leaves a commit that everybody sees and
    a process that does nothing more: the mark would be there, and the dot not. Without it only a machine that loses its
    power can forget a mark, in the moment before the answer of the mail server is stored."""
    if connection.in_atomic_block:  # a test's: nothing is committed in it
        yield
        return
    quick, safe = QUICK[connection.vendor]
    _set(quick)
    try:
        yield
    finally:
        _set(safe)


def _set(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def mark_handing(row: MailOutbox, pace: Pace, then: Callable[[], object]) -> None:
    """Commit, `then` send the final dot, inside `quick_marks`. Raises ClaimLost.

    A kill between the two loses the mail. So the commit is the driver's own, and the next thing that happens is the
    dot: what Django does after a commit takes a hundred times longer, and comes later.
    """
    now, is_whole = timezone.now(), not connection.in_atomic_block
    with transaction.atomic():
        if not _change(row, State.HANDING, lease_until=now + pace.handing, handed_at=now):
            raise ClaimLost
        if is_whole:
            connection.connection.commit()
        then()


def mark_sent(row: MailOutbox) -> None:
    """The server has taken it: nothing of what was in it stays."""
    with transaction.atomic():
        _change(row, State.SENT, lease_until=None, payload={}, problem="")
        RefusedAddress.objects.filter(address=row.address).delete()


def mark_unknown(row: MailOutbox, says: str) -> None:
    """The line broke after the final dot. A warning is sent once more, with the same Message-ID."""
    if KINDS[row.kind].is_warning and row.attempts == 1:
        _change(row, State.DUE, lease_until=None, problem=_short(says))
    else:
        _change(row, State.UNKNOWN, lease_until=None, payload={}, problem=_short(says))


def mark_withheld(row: MailOutbox, because: str) -> None:
    _change(row, State.WITHHELD, lease_until=None, payload={}, problem=_short(because))


def mark_failed(row: MailOutbox, says: str) -> None:
    _change(row, State.FAILED, lease_until=None, problem=_short(says))


def mark_refused(row: MailOutbox, says: str) -> None:
    """Its own server doesn't know the address: listed, and nothing but account mail is tried there again."""
    now = timezone.now()
    with transaction.atomic():
        mark_failed(row, says)
        known, is_new = RefusedAddress.objects.get_or_create(address=row.address, defaults={"says": _short(says)})
        if not is_new:
            RefusedAddress.objects.filter(pk=known.pk).update(says=_short(says), count=F("count") + 1, last_at=now)


def put_off(row: MailOutbox, says: str, pace: Pace) -> None:
    """Not now, says the server: later, and failed after the last of the pace's tries."""
    if row.attempts > len(pace.waits):
        mark_failed(row, says)
    else:
        _change(
            row, State.DUE, lease_until=None, due_at=timezone.now() + pace.waits[row.attempts - 1], problem=_short(says)
        )


def give_back(rows: Sequence[MailOutbox], says: str, pace: Pace) -> None:
    """No mail is at fault, the server can't be reached: the try doesn't count, but a mail doesn't wait for ever."""
    too_old = timezone.now() - pace.gives_up_after
    for row in rows:
        if row.created_at < too_old:
            mark_failed(row, says)
        else:
            _change(row, State.DUE, lease_until=None, attempts=F("attempts") - 1, problem=_short(says))


def forget_mail(now: datetime | None = None) -> int:
    """What was in a mail goes after a week, also when it never left; its row after 90 days. The clock's."""
    now = now or timezone.now()
    done = MailOutbox.objects.exclude(state__in=(State.DUE, State.CLAIMED, State.HANDING))
    done.filter(created_at__lt=now - WITH_PAYLOAD_FOR).exclude(payload={}).update(payload={})
    removed, _by_model = done.filter(created_at__lt=now - KEPT_FOR).delete()
    RefusedAddress.objects.filter(last_at__lt=now - KEPT_FOR).delete()
    return removed


def _change(row: MailOutbox, state: State, **values: object) -> bool:
    """Whether the row was still ours."""
    ours = MailOutbox.objects.filter(pk=row.pk, attempts=row.attempts, state__in=(State.CLAIMED, State.HANDING))
    return ours.update(state=state, **values) == 1


def _short(says: str) -> str:
    return " ".join(says.split())[:SAYS_CHARS]
