"""The post: a thread of the server that sends what is in the outbox of mail, by lease, beside any number of others.

Invariant: truth is always a row. A thread that is cut off loses nothing: its rows are taken up when their lease ends.
It wakes at once when this process has queued something, and looks every few seconds for what others have.
"""

import logging
import threading

from django.db import DatabaseError, close_old_connections, connection

from accounts.mail.carriers import Away, Carrier, carrier
from accounts.mail.outbox import Pace
from accounts.mail.sender import send_due
from accounts.mail.waking import QUEUED, wake_the_sender

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
STOP_SECONDS = 10.0  # a mail server may take minutes to answer; what it owes us is `unknown` then


class Post:
    def __init__(self, pace: Pace | None = None, look_seconds: float = LOOK_SECONDS) -> None:
        self._pace = pace or Pace()
        self._look_seconds = look_seconds
        self._pause_seconds = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the mail under way has left, or after a while without it."""
        self._stop.set()
        wake_the_sender()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        way = carrier()
        if way is None:
            log.info("post: CHATSERVER_MAIL_URL is empty, so mail waits")
            return
        try:
            while not self._stop.is_set():
                self._work(way)
                self._rest()
        finally:
            way.close()
            connection.close()

    def _work(self, way: Carrier) -> None:
        """Everything that is due, then no line is held open: whoever has nothing to say hangs up."""
        close_old_connections()
        try:
            while not self._stop.is_set() and send_due(way, self._pace, goes_on=self._goes_on):
                pass
            self._pause_seconds = 0.0
        except Away as problem:
            self._pause_seconds = min(max(self._look_seconds, 2 * self._pause_seconds), LONGEST_PAUSE_SECONDS)
            log.warning("post: the mail server can't be used, next try in %d s: %s", self._pause_seconds, problem)
        except DatabaseError:  # this loop must survive a database that is away
            log.exception("post: could not look")
        except Exception:  # and a mail that can't be made: its lease ends, and it is tried as often as any
            log.exception("post: a mail could not be sent")
        way.close()
        connection.close()

    def _goes_on(self) -> bool:
        return not self._stop.is_set()

    def _rest(self) -> None:
        if self._pause_seconds:
            self._stop.wait(self._pause_seconds)
        else:
            QUEUED.wait(self._look_seconds)
        QUEUED.clear()
