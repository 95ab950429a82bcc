"""The clock: wakes what is due, by lease, so that any number of processes may run it.

Invariant: truth is always a row. A duty that is interrupted is taken up again when its lease is over; each is harmless
to do twice.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions.attempts import forget_attempts
from accounts.actions.leaving import close_the_left
from accounts.actions.mailed_codes import forget_mailed_codes
from accounts.actions.sessions import forget_sessions
from accounts.audit import write_anchors
from accounts.mail.outbox import forget_mail
from chatserver.models import Duty
from consent.actions.consents import expire_consents
from consent.actions.stubs import erase_unanswered
from rooms.actions.drafts import forget_old_drafts
from rooms.actions.enrollments import show_whom_the_gate_lets_in
from rooms.actions.invitations import forget_invitations
from rooms.actions.join_answers import forget_answers_of_the_closed

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Task:
    every: timedelta
    run: Callable[[], int]


TASKS: Mapping[str, Task] = {
    "expire_consents": Task(timedelta(seconds=30), expire_consents),
    "erase_unanswered": Task(timedelta(seconds=30), erase_unanswered),
    "show_whom_the_gate_lets_in": Task(timedelta(seconds=30), show_whom_the_gate_lets_in),
    "write_anchors": Task(timedelta(hours=1), write_anchors),
    "forget_attempts": Task(timedelta(hours=1), forget_attempts),
    "forget_mailed_codes": Task(timedelta(hours=1), forget_mailed_codes),
    "forget_invitations": Task(timedelta(hours=1), forget_invitations),
    "close_the_left": Task(timedelta(hours=1), close_the_left),
    "forget_answers_of_the_closed": Task(timedelta(hours=1), forget_answers_of_the_closed),
    "forget_mail": Task(timedelta(hours=6), forget_mail),
    "forget_sessions": Task(timedelta(hours=6), forget_sessions),
    "forget_old_drafts": Task(timedelta(hours=6), forget_old_drafts),
}


class Clock:
    """A thread of the server."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the duty under way is done."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(LOOK_SECONDS):
                close_old_connections()
                try:
                    do_what_is_due()
                except DatabaseError:  # this loop must survive a database that is away
                    log.exception("clock: could not look")
                connection.close()
        finally:
            connection.close()


def do_what_is_due(now: datetime | None = None) -> list[str]:
    """Carry out every duty that is due and that nobody else is at; returns their names."""
    now = now or timezone.now()
    known = {duty.name: duty for duty in Duty.objects.all()}
    done = []
    for name in [name for name in TASKS if name not in known or known[name].is_free(now)]:
        if claim(name, now):
            count = TASKS[name].run()
            finish(name, now + TASKS[name].every)
            done.append(name)
            if count:
                log.info("clock: %s: %d", name, count)
    return done


def claim(name: str, now: datetime) -> bool:
    """Whether it is due, and ours from now on."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    with transaction.atomic():
        Duty.objects.get_or_create(name=name, defaults={"due_at": now})
        due = Duty.objects.select_for_update().filter(is_free, name=name, due_at__lte=now)
        return due.update(lease_until=now + LEASE) == 1


def finish(name: str, due_at: datetime) -> None:
    with transaction.atomic():
        Duty.objects.filter(name=name).update(due_at=due_at, lease_until=None)
