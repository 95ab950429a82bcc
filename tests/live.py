"""The real server: `python -m chatserver run` in a process, a folder and a port of its own.

Invariant: a server that ends badly fails its test. Ended by `stop`, it has to exit with 0 and leave no traceback in
its log; ended by `kill`, it has to start again on what it left.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import as_sqlite, execute, new_database

START_SECONDS = 60
STOP_SECONDS = 30
PREFIXES_OF_OURS = ("PYTEST", "COV_", "CHATSERVER_", "DJANGO_", "DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True)
class Person:
    """Somebody of the demo school, as demo.json names them."""

    name: str
    username: str
    password: str
    role: str
    url: str
    card: bool = False


class Live:
    """One server over one folder. It may be ended and started again; the address stays."""

    MODULE, COMMAND = "chatserver", "run"

    def __init__(self, var: Path, *arguments: str, **settings: str) -> None:
        """`settings` are environment variables without their prefix: `demo_date="2026-11-20"`."""
        self.var = var
        self.arguments = arguments
        self.log = var / "server.log"
        self.ready = var / "ready"
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES_OF_OURS)}
        ours = {f"CHATSERVER_{name.upper()}": value for name, value in settings.items()}
        url = os.environ.get("DATABASE_URL")
        self.database_url = new_database(url) if url else ""  # each server has its own, on the leg's database
        own = {"CHATSERVER_VAR": str(var), "DATABASE_URL": self.database_url}
        self.env = clean | ours | own | {"PYTHONUNBUFFERED": "1"}

    def use_database(self, url: str) -> None:
        """Instead of one on the leg's server."""
        self.database_url = self.env["DATABASE_URL"] = url

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def origin(self) -> str:
        return self.url

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws/"

    def people(self) -> dict[str, Person]:
        """Sign-in name → person of the demo."""
        return {each["username"]: Person(**each) for each in json.loads((self.var / "demo.json").read_text())}

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is on disk now; `?` for each value. Times, UUIDs and JSON are text, as SQLite keeps them."""
        if self.database_url:
            return [tuple(map(as_sqlite, row)) for row in execute(self.database_url, sql.replace("?", "%s"), values)]
        with closing(sqlite3.connect(f"file:{self.var}/chat.sqlite3?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(sql, values).fetchall()

    def start(self, port: int = 0) -> "Live":
        """Start it and wait until people can connect."""
        self.ready.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            self.MODULE,
            self.COMMAND,
            f"--port={port}",
            f"--ready={self.ready}",
            *self.arguments,
        ]
        with self.log.open("ab") as log:  # a file: a pipe that nobody drains blocks at 64 KiB
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while not self.ready.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self._end(signal.SIGKILL)
                raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.02)
        self.url = self.ready.read_text()
        return self

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and look whether it did so cleanly."""
        if self.process is None:
            return
        code = self._end(signal.SIGTERM)
        said = self.log.read_text()
        assert code == 0, f"The server ended with {code}:\n{said[-3000:]}"
        assert "traceback" not in said.lower(), said[-6000:]

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again, after `stop` or `kill`, on the same port."""
        self.start(self.port)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None, "The server is not running."
        process, self.process = self.process, None
        process.send_signal(how)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(
                f"The server did not end in {STOP_SECONDS} s:\n{self.log.read_text()[-3000:]}"
            ) from None
