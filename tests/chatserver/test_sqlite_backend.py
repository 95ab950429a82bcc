"""One turn at writing for the whole process, given back whatever ends the transaction."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from chatserver.sqlite import base
from chatserver.sqlite.base import DatabaseWrapper
from tests.vendors import only_sqlite

pytestmark = [pytest.mark.django_db(transaction=True), only_sqlite]


def is_free() -> bool:
    """Whether the turn could be taken right now; it is given back at once."""
    if free := base._turn.acquire(blocking=False):
        base._turn.release()
    return free


@pytest.fixture
def marks() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mark (value INTEGER NOT NULL UNIQUE)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE mark")


def put(value: int | None, on: Any = connection) -> None:
    with on.cursor() as cursor:
        cursor.execute("INSERT INTO mark VALUES (%s)", [value])


@transaction.atomic
def put_and_fail(value: int) -> None:
    put(value)
    raise ZeroDivisionError


@transaction.atomic
def put_many(count: int) -> None:
    for value in range(count):
        put(value)


def values() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM mark ORDER BY value")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def other() -> Iterator[DatabaseWrapper]:
    """A second connection of this thread to the same file; it waits for nothing longer than an instant."""
    settings = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"], "timeout": 0.05}}
    wrapper = DatabaseWrapper(settings, "other")
    connections["other"] = wrapper
    yield wrapper
    wrapper.close()
    del connections["other"]


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_what_the_tests_run_on_is_what_is_promised():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)
        cursor.execute("PRAGMA foreign_keys")
        assert cursor.fetchone() == (1,)


def test_a_transaction_holds_the_turn_until_its_commit(marks):
    with transaction.atomic():
        assert not is_free()
        put(1)
        with transaction.atomic():
            put(2)
        assert not is_free(), "a savepoint's end is not the end"
    assert is_free()
    assert values() == [1, 2]


def test_a_transaction_that_fails_gives_the_turn_back(marks):
    with pytest.raises(ZeroDivisionError):
        put_and_fail(1)
    assert is_free()
    assert values() == []


def test_a_savepoint_that_fails_keeps_the_turn(marks):
    with transaction.atomic():
        put(1)
        with pytest.raises(ZeroDivisionError):
            put_and_fail(2)
        assert not is_free()
        put(3)
    assert is_free()
    assert values() == [1, 3]


def test_a_transaction_marked_for_rollback_gives_the_turn_back(marks):
    with transaction.atomic():
        put(1)
        transaction.set_rollback(True)
    assert is_free()
    assert values() == []


def test_a_begin_that_fails_gives_the_turn_back(marks, other):
    blocker = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction.atomic(using="other"):
        raise AssertionError("another process writes")
    assert is_free()
    blocker.execute("ROLLBACK")
    blocker.close()
    with transaction.atomic(using="other"):
        put(1, other)
    assert values() == [1]


def test_a_commit_that_fails_gives_the_turn_back(marks):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE child (mark INTEGER REFERENCES mark(value) DEFERRABLE INITIALLY DEFERRED)")
    try:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO child VALUES (7)")
        assert is_free()
        with transaction.atomic():
            put(1)
        assert values() == [1]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE child")


def test_a_transaction_that_sqlite_ends_by_itself_gives_the_turn_back(marks):
    """SQLite rolls back on its own where the file can't grow."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        with pytest.raises(OperationalError, match="full"):
            put_many(100_000)
        assert is_free()
        assert values() == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


def test_closing_in_the_middle_gives_the_turn_back(marks):
    with transaction.atomic():
        put(1)
        connection.close()
        assert is_free()
    assert is_free()
    assert values() == []
    with transaction.atomic():
        put(2)
    assert values() == [2]


def test_a_write_without_a_transaction_waits_for_its_turn(marks, other):
    with transaction.atomic():
        put(1)
        with pytest.raises(OperationalError, match="locked"):
            put(2, other)
    put(2, other)
    assert is_free()
    assert values() == [1, 2]


def test_a_write_without_a_transaction_that_fails_gives_the_turn_back(marks):
    put(1)
    with pytest.raises(IntegrityError):
        put(1)
    assert is_free()
    assert values() == [1]


def test_reading_waits_for_nobody(marks, other):
    put(1)
    with transaction.atomic():
        put(2)
        with other.cursor() as cursor:
            cursor.execute("SELECT value FROM mark")
            assert cursor.fetchall() == [(1,)]


def test_who_waits_too_long_hears_that_the_database_is_locked(other):
    with transaction.atomic():
        with pytest.raises(OperationalError, match="locked"), transaction.atomic(using="other"):
            raise AssertionError("two transactions at once")
        assert not is_free(), "the one inside keeps its turn"
    assert is_free()


def test_a_writer_that_never_pauses_lets_others_in(marks):
    """Without the lock the busy handler of the other one sleeps while the writer goes on (p99 2.8 s a write)."""
    others = 100
    done = threading.Event()
    written = 0

    def never_pauses() -> None:
        nonlocal written
        while not done.is_set():
            with transaction.atomic():
                put(1_000_000 + written)
            written += 1

    writer = in_thread(never_pauses)
    try:
        for value in range(others):
            with transaction.atomic():
                put(value)
    finally:
        done.set()
        writer.join()
    assert is_free()
    assert values() == [*range(others), *range(1_000_000, 1_000_000 + written)]


def test_two_at_once_never_overlap(marks):
    """Read, then write: each transaction sees what the one before it wrote."""
    put(0)

    def count() -> None:
        for _ in range(50):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT MAX(value) FROM mark")
                put(cursor.fetchone()[0] + 1)

    threads = [in_thread(count) for _ in range(3)]
    for thread in threads:
        thread.join()
    assert values() == list(range(151))
