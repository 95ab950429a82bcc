"""A PostgreSQL of our own, for tests and benchmarks: in a temporary folder, on a socket in it, without the system's.

Invariant: it ends with the thread that started it, however that ends. It runs as durable as the product asks for
(`fsync` and the rest stay on), unless its maker says otherwise.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from shutil import which

START_SECONDS = 30
SETTINGS = ("listen_addresses=", "max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's `initdb` and `postgres`: Debian keeps them off PATH."""
    debian_ones = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = debian_ones[-1] if debian_ones else which("initdb")
    return Path(found).resolve().parent if found else None


class Postgres:
    """One cluster. It may be killed and started again; databases are made as they are needed."""

    def __init__(self, *settings: str, folder: str = "/tmp") -> None:  # noqa: S108
        """`settings`: `name=value`, over ours. Everything is in `home`, below `folder`: data, socket, log."""
        found = programs()
        if found is None:
            raise FileNotFoundError("PostgreSQL isn't installed.")
        self._programs = found
        self._settings = (*SETTINGS, *settings)
        self._as = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        self.home = Path(tempfile.mkdtemp(prefix="pg-", dir=folder))  # short: a socket's path has 107 bytes
        if self._as:
            shutil.chown(self.home, "postgres", "postgres")
        self.process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.home}"

    def start(self) -> "Postgres":
        """Start it and wait until it lets people in."""
        options = [f"-c{setting}" for setting in (*self._settings, f"unix_socket_directories={self.home}")]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command("postgres", "-D", "data", *options),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while not self._is_ready(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.home / 'log').read_text()[-3000:]}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """A fast shutdown: who is connected is sent out."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """As a power cut would end it, but that the kernel keeps what was written."""
        backends = self._backends()
        self._signal(signal.SIGKILL)
        end = time.monotonic() + START_SECONDS
        while any(map(_is_alive, backends)) and time.monotonic() < end:  # they hold its memory until they notice
            time.sleep(0.02)

    def end(self) -> None:
        """Stop it, if it runs, and remove its folder."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _signal(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    def _backends(self) -> list[int]:
        pid = self.process.pid if self.process is not None else 0
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def _is_ready(self, pid: int) -> bool:
        """What the postmaster says of itself; a file left by one that was killed names another process."""
        try:
            lines = (self.home / "data" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _command(self, program: str, *arguments: str) -> list[str | Path]:
        """`setpriv` drops root, which PostgreSQL refuses, and ties its life to ours."""
        return ["setpriv", *self._as, "--pdeathsig", "INT", self._programs / program, *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        command = self._command(program, *arguments)
        subprocess.run(command, cwd=self.home, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _is_alive(pid: int) -> bool:
    """Running, and no zombie that nobody reaps."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
