"""The two servers that are measured, each a real process with a folder of its own.

Invariant: whatever happens to the benchmark, a server that it started is ended, by its id.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from bench.generator import Protocol, Seat
from bench.scenarios import Scenario
from tools import ROOT

START_SECONDS = 90.0
STOP_SECONDS = 30.0
NOT_INHERITED = ("CHATSERVER_", "DJANGO_", "PYTEST", "COV_", "DATABASE_URL", "REDIS_URL")


class ServerFailed(Exception):
    """It didn't start, or ended badly; the end of its log is the message."""


class Server(ABC):
    """One server, stopped and started again on the same port and database."""

    protocol: Protocol
    at_once = 100  # connects under way
    processes: tuple[int, ...] = ()

    def __init__(self, folder: Path, *, core: int | None = None) -> None:
        """`core`: where it runs, where that is decided."""
        self.folder, self.core = folder, core
        self.port = free_port()
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        return clean | self.settings() | {"PYTHONUNBUFFERED": "1"}

    @abstractmethod
    def settings(self) -> dict[str, str]: ...

    @abstractmethod
    def command(self) -> Sequence[str]: ...

    @abstractmethod
    def is_ready(self) -> bool: ...

    @abstractmethod
    def prepare(self, scenario: Scenario) -> list[Seat]:
        """Make its database and the seats of the scenario."""

    def start(self) -> None:
        guard = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*guard, *self.command()], env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if self.core is not None:
            os.sched_setaffinity(self._process.pid, {self.core})  # before it makes its threads
        end = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise ServerFailed(self.log.read_text()[-3000:])
            time.sleep(0.02)
        self.processes = self.measured(self._process.pid)

    def measured(self, pid: int) -> tuple[int, ...]:
        """The processes whose CPU and memory count."""
        return (pid,)

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def call(self, *command: str) -> None:
        """Another program with its environment. Raises ServerFailed."""
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerFailed(done.stderr[-3000:])


class Product(Server):
    """`./chat serve`, as it is: sessions, gate, epochs, sanitising, fsync. Only the buckets are off."""

    protocol: Protocol = "product"
    workers = 1
    services: Mapping[str, str] = MappingProxyType({})

    def settings(self) -> dict[str, str]:
        return {
            **self.services,
            "CHATSERVER_VAR": str(self.folder),
            "CHATSERVER_URL": self.origin,
            "CHATSERVER_LIMITS": "bench",
            "CHATSERVER_LOG_LEVEL": "WARNING",
        }

    @property
    def _ready(self) -> Path:
        return self.folder / "ready"

    def command(self) -> Sequence[str]:
        self._ready.unlink(missing_ok=True)
        where = (f"--port={self.port}", f"--ready={self._ready}")
        return (sys.executable, "-m", "chatserver", "serve", f"--workers={self.workers}", *where)

    def measured(self, pid: int) -> tuple[int, ...]:
        """The workers: their parent only waits."""
        return tuple(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def is_ready(self) -> bool:
        return self._ready.exists()

    def prepare(self, scenario: Scenario) -> list[Seat]:
        people = self.folder / "people.json"
        size = (f"--rooms={scenario.rooms}", f"--members={scenario.members}")
        self.call(sys.executable, "-m", "bench", "provision", *size, f"--json={people}")
        rows = json.loads(people.read_text())
        return [
            Seat(row["room"], sends(scenario, place % scenario.members), "/ws/", row["cookie"])
            for place, row in enumerate(rows)
        ]

    def findings(self, log: Path) -> dict[str, int]:
        """What of the generator's log isn't so in the database."""
        done = subprocess.run(
            (sys.executable, "-m", "bench", "verify", str(log)),
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.stdout:
            raise ServerFailed(done.stderr[-3000:])
        findings: dict[str, int] = json.loads(done.stdout)
        del findings["lines"]
        return findings


class Tutorial(Server):
    """Plain Daphne with the tutorial's consumer."""

    protocol: Protocol = "tutorial"
    at_once = 40  # Twisted's backlog is 50; beyond, the kernel would be measured

    def settings(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "bench.tutorial.settings",
            "BENCH_TUTORIAL_DATABASE": str(self.folder / "tutorial.sqlite3"),
        }

    def command(self) -> Sequence[str]:
        where = ("-b", "127.0.0.1", "-p", str(self.port))
        return (sys.executable, "-m", "daphne", "-v", "0", *where, "bench.tutorial.asgi:application")

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def prepare(self, scenario: Scenario) -> list[Seat]:
        self.call(sys.executable, "-m", "django", "migrate", "--run-syncdb", "-v", "0")
        return [
            Seat(room, sends(scenario, place), f"/ws/chat/{room}/")
            for room in range(1, scenario.rooms + 1)
            for place in range(scenario.members)
        ]


def sends(scenario: Scenario, place: int) -> bool:
    """The students after the instructor, as many as the scenario has senders."""
    return 1 <= place <= scenario.senders


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
