"""The load generator: compiled from `load/` when it has changed, run against one server, read line by line."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.scenarios import Mode
from chatserver.progress import stop

SOURCES = Path(__file__).parent / "load"
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra")
NO_COMPILER = 2  # exit code
WAIT_SECONDS = 400

Phase = dict[str, Any]
Protocol = Literal["product", "tutorial"]


class LoadFailed(Exception):
    """The generator gave up; its own words are the message."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One socket: its room, whether it sends, where it connects, and its Cookie header, if any."""

    room: int
    sends: bool
    path: str
    cookie: str = "-"

    def line(self) -> str:
        return f"{self.room} {int(self.sends)} {self.path} {self.cookie}\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What the generator does to one server. `processes` are the ids whose CPU and memory count."""

    port: int
    origin: str
    protocol: Protocol
    mode: Mode
    seats: Sequence[Seat]
    processes: Sequence[int] = ()
    seconds: float = 5.0
    settle_seconds: float = 1.5  # presence is told once a second
    warm_seconds: float = 1.0
    drain_seconds: float = 15.0
    in_flight: int = 1
    per_second: float = 0.0
    at_once: int = 100

    def options(self, seats: Path, log: Path | None) -> list[str]:
        values: Mapping[str, object] = {
            "-p": self.port,
            "-o": self.origin,
            "-f": seats,
            "-P": self.protocol,
            "-m": self.mode,
            "-s": self.seconds,
            "-S": self.settle_seconds,
            "-W": self.warm_seconds,
            "-D": self.drain_seconds,
            "-w": self.in_flight,
            "-r": self.per_second,
            "-c": self.at_once,
            **({"-l": log} if log else {}),
        }
        options = [text for name, value in values.items() for text in (name, str(value))]
        return options + [text for pid in self.processes for text in ("-C", str(pid))]


def compile_generator(folder: Path) -> Path:
    """The program, in the folder. Ends with a sentence and 2 where there is no compiler."""
    sources = sorted(SOURCES.glob("*.[ch]"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    program = folder / f"load-{digest}"
    if program.exists():
        return program
    compiler = shutil.which("gcc") or stop(
        "The load generator is written in C and compiled on the spot, and gcc is not on this machine. "
        "On Debian or Ubuntu: apt-get install gcc libc6-dev",
        NO_COMPILER,
    )
    folder.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(".new")
    files = [path for path in sources if path.suffix == ".c"]
    done = subprocess.run([compiler, *FLAGS, "-o", fresh, *files], capture_output=True, text=True, check=False)
    if done.returncode:
        stop(f"{done.stderr}\nThe load generator can't be compiled here.", NO_COMPILER)
    fresh.replace(program)
    return program


class Generator:
    """One run. `phases` holds what it reported, by name."""

    def __init__(self, program: Path, load: Load, folder: Path, *, core: int | None = None) -> None:
        self.log = folder / "told.log" if load.protocol == "product" else None
        seats, self._errors = folder / "seats", folder / "load.log"
        seats.touch(mode=0o600)
        seats.write_text("".join(seat.line() for seat in load.seats))
        self.phases: dict[str, Phase] = {}
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [program, *load.options(seats, self.log)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        if core is not None:
            os.sched_setaffinity(self._process.pid, {core})

    def wait_for(self, name: str) -> Phase:
        """Read until this phase is reported. Raises LoadFailed."""
        assert self._process.stdout is not None
        while name not in self.phases:
            line = self._process.stdout.readline()
            if not line:
                self._process.wait(WAIT_SECONDS)
                raise LoadFailed(self._errors.read_text().strip() or "the load generator ended early")
            phase: Phase = json.loads(line)
            self.phases[phase.pop("phase")] = phase
        return self.phases[name]

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
