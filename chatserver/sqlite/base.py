"""SQLite with one lock round everything that writes.

SQLite's busy handler polls and starves: without this lock a writer thread that never pauses keeps every other writer
of the process waiting (p99 2.8 s against 4 ms). A queue that hands the turn on in the order of asking was tried: it
costs that writer half of its batches and is slower for the others too (p99 13 ms). Every transaction is a write
transaction (`BEGIN IMMEDIATE`), so `atomic()` stays short and never surrounds a read alone. One process only: other
processes meet in the busy handler as ever.

Invariant: who holds the turn is in a transaction or about to begin one; whatever ends it (COMMIT, ROLLBACK, close, a
failed BEGIN, SQLite's own rollback) gives the turn back. Who waits longer than the connection's timeout gets SQLite's
own "database is locked".
"""

import threading
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_turn = threading.Lock()  # not an RLock: whoever closes a connection gives its turn back, whichever thread that is
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")
DEFAULT_TIMEOUT_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Holds the process's turn from BEGIN to COMMIT, ROLLBACK or close, and round a write that has no transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._has_turn = False
        self.execute_wrappers.append(self._alone)

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._give_turn_if_ended()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn_if_ended()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _alone(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A statement that writes outside of a transaction waits for its turn as well."""
        if self._has_turn or not self.autocommit or sql.lstrip()[:6].upper() not in WRITES:
            return execute(sql, params, many, context)
        self._take_turn()
        try:
            return execute(sql, params, many, context)
        finally:
            self._give_turn()

    def _take_turn(self) -> None:
        seconds = self.settings_dict["OPTIONS"].get("timeout", DEFAULT_TIMEOUT_SECONDS)
        if not _turn.acquire(timeout=seconds):
            raise OperationalError(f"database is locked: other writers of this process took longer than {seconds} s")
        self._has_turn = True

    def _give_turn_if_ended(self) -> None:
        """A COMMIT that failed may have left the transaction open: then it is rolled back, still in this turn."""
        if self._has_turn and not (self.connection is not None and self.connection.in_transaction):
            self._give_turn()

    def _give_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _turn.release()
