"""Writers beside each other, on connections of their own: what one holds, another waits for."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from rooms.writer import Draft, ThreadWriter
from rooms.writer.drivers import resolve
from tests.rooms.locks import SECONDS
from tests.rooms_cast import new_cid
from tests.vendors import ON_SQLITE

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s
"""


@contextmanager
def thread_writers(count: int = 1) -> Iterator[list[ThreadWriter]]:
    """Each answers whoever waits, as the engine does."""
    writers = [ThreadWriter(lambda batch, outcomes, runs: resolve(batch, outcomes)) for _ in range(count)]
    try:
        yield writers
    finally:
        for writer in writers:
            writer.close()


@contextmanager
def uncommitted(act: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """The act is carried out by another thread, whose transaction stays open until `commit()` is called."""
    is_done, may_commit = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                act()
                is_done.set()
                assert may_commit.wait(SECONDS)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)

        def commit() -> None:
            may_commit.set()
            held.result(SECONDS)

        try:
            assert is_done.wait(SECONDS)
            yield commit
        finally:
            commit()


def until_waiting(count: int = 1, statement: str = "%FOR %") -> None:
    """So many connections wait for a lock of somebody else. On SQLite the one lock of the process can't be seen."""
    waiting, end = 0, time.monotonic() + SECONDS
    while not ON_SQLITE and waiting < count:
        assert time.monotonic() < end, f"only {waiting} wait"
        with connection.cursor() as cursor:
            cursor.execute(WAITING, [statement])
            waiting = cursor.fetchone()[0]


def results(writer: ThreadWriter, drafts: Sequence[Draft]) -> list[Any]:
    """What became of each: its receipt, or the error."""
    futures = [writer.submit(draft) for draft in drafts]
    return [future.exception(SECONDS) or future.result() for future in futures]


def draft_again(draft: Draft) -> Draft:
    """Another message like this one."""
    return replace(draft, cid=new_cid(), done=Future())


def closing(act: Any) -> Any:
    """The act, on a connection that is given back."""

    def acted(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        finally:
            connection.close()

    return acted


def deadlocks() -> int:
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
