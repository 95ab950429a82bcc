"""A second, real process that holds the database."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

SECONDS = 30


@contextmanager
def locked_by_another_process() -> Iterator[Callable[[], None]]:
    """A second process holds the database until it is told to let go."""
    program = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('BEGIN EXCLUSIVE')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.readline()\n"
        "db.execute('ROLLBACK')\n"
    )
    command = [sys.executable, "-c", program, str(connection.settings_dict["NAME"])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "locked\n"

    def let_go() -> None:
        if process.poll() is None:
            process.communicate("go\n", timeout=SECONDS)

    try:
        yield let_go
    finally:
        let_go()
