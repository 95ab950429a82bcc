"""One batch, one transaction, on either database. Its locks are taken in the order of the whole product: access rows by
member, then room heads by room.

Invariant: nothing of a message is stored after the commit of whatever took its author's access away, because a store
compares the epochs only once it holds the locks.
"""

import logging
from collections.abc import Sequence
from typing import Protocol

from django.db import IntegrityError, OperationalError, connection, transaction

from rooms.writer.batch import Draft, Outcome, Refusal
from rooms.writer.postgres import PostgresStore
from rooms.writer.sqlite import SqliteStore

log = logging.getLogger(__name__)


class Store(Protocol):
    """The SQL of one database."""

    def write(self, batch: Sequence[Draft]) -> list[Outcome]:
        """Store what may be stored, as one transaction, or as a savepoint of the caller's.

        Raises IntegrityError, OperationalError: nothing is stored then.
        """

    def lock(self, batch: Sequence[Draft]) -> None:
        """Take all locks of a batch, inside the caller's transaction."""

    def refusal_of(self, problem: OperationalError) -> Refusal:
        """What a failed transaction is called on the wire."""

    def keep_connection(self) -> None:
        """The calling thread goes on writing: let it have a connection of its own."""


_STORES: dict[str, Store] = {"sqlite": SqliteStore(), "postgresql": PostgresStore()}


def store() -> Store:
    """The store of the configured database."""
    return _STORES[connection.vendor]


def write(batch: Sequence[Draft]) -> list[Outcome]:
    """Store what may be stored; each (author, cid) stands in a batch once.

    One row that the database refuses must not take the others along.
    Raises OperationalError when the database is away, locked or full: nothing of the batch is stored then.
    """
    try:
        return store().write(batch)
    except IntegrityError:
        log.warning("writer: %d messages one by one", len(batch))  # the problem's words may hold the row's
        return _write_each(batch)


def _write_each(batch: Sequence[Draft]) -> list[Outcome]:
    with transaction.atomic():
        store().lock(batch)
        return [_write_alone(draft) for draft in batch]


def _write_alone(draft: Draft) -> Outcome:
    """Where another process stored the same cid at the same moment, this finds it."""
    try:
        with transaction.atomic():
            return store().write([draft])[0]
    except IntegrityError:
        log.error("writer: the database refuses a message of room %d", draft.room_id)
        return Refusal.TRY_LATER


def refusal_of(problem: OperationalError) -> Refusal:
    """What a failed transaction is called on the wire."""
    return store().refusal_of(problem)
