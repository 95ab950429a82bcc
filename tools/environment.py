"""The virtual environment: `.venv` at the root, holding exactly what the lock files name.

Invariant: a stamp is written after an installation is complete, and holds the digest of what was installed. So a
half-made environment is never taken for a whole one, and a warm start costs a few reads.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from chatserver.progress import step, stop
from tools import ROOT, debian
from tools.programs import CommandFailed, call

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
PIP_OPTIONS = ("install", "-q", "--disable-pip-version-check", "--require-hashes")


def ensure(*sets: str) -> None:
    """Make `.venv` hold these sets of libraries (`base`, `test`, `lint`); say what takes time."""
    if not _stale(sets):
        return
    with _alone():
        missing = _stale(sets)
        if missing:
            _make_venv()
            _install(missing)


def _stale(sets: tuple[str, ...]) -> list[str]:
    return [name for name in sets if not PYTHON.exists() or _read(_stamp(name)) != _digest(name)]


def _stamp(name: str) -> Path:
    return VENV / ".installed" / name


def _digest(name: str) -> str:
    """The lock file, and the interpreter and place that `pyvenv.cfg` names."""
    parts = (REQUIREMENTS / f"{name}.txt", REQUIREMENTS / "uv.txt", VENV / "pyvenv.cfg")
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@contextmanager
def _alone() -> Iterator[None]:
    """Two `./chat` at once: the second waits, then finds the work done."""
    folder = os.open(REQUIREMENTS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make_venv() -> None:
    if _venv_works():
        return
    package = f"python3.{sys.version_info.minor}-venv"  # Debian and Ubuntu keep ensurepip in it
    try:
        if not _has_ensurepip() and debian.may_install() and sys.executable.startswith("/usr/bin/"):
            debian.install(package)
        if not _has_ensurepip() and find_spec("pip") is None:
            stop(f"This Python has neither ensurepip nor pip. As root: {debian.command(package)}, then start again.")
        with step("environment .venv"):
            call(sys.executable, "-m", "venv", "--clear", *(() if _has_ensurepip() else ("--without-pip",)), VENV)
    except CommandFailed as failure:
        stop(f"{failure.output}\nThe environment could not be made.")


def _venv_works() -> bool:
    """It has an interpreter that starts, and a way to install: its own uv or pip."""
    if not PYTHON.exists() or not (VENV / "pyvenv.cfg").exists():
        return False
    check = "import importlib.util as u, sys; sys.exit(sys.version_info < (3, 11) or not u.find_spec('pip'))"
    has_pip = subprocess.call([PYTHON, "-c", check], stderr=subprocess.DEVNULL) == 0
    return has_pip or _uv_works()


def _has_ensurepip() -> bool:
    return subprocess.call([sys.executable, "-c", "import ensurepip"], stderr=subprocess.DEVNULL) == 0


def _uv() -> Path:
    return VENV / "bin" / "uv"


def _uv_works() -> bool:
    if not _uv().exists():
        return False
    version = subprocess.run([_uv(), "--version"], capture_output=True, text=True).stdout.split()
    return len(version) > 1 and f"uv=={version[1]} " in (REQUIREMENTS / "uv.txt").read_text()


def _pip() -> tuple[str | Path, ...]:
    if (VENV / "bin" / "pip").exists():
        return (PYTHON, "-m", "pip")
    return (sys.executable, "-m", "pip", "--python", PYTHON)


def _installer() -> tuple[str | Path, ...]:
    """uv, several times faster, where its pinned wheel fits this machine; pip otherwise."""
    if not _uv_works():
        try:
            with step("installer"):
                call(*_pip(), *PIP_OPTIONS, "--only-binary", ":all:", "-r", REQUIREMENTS / "uv.txt")
        except CommandFailed:
            return (*_pip(), *PIP_OPTIONS)
    return (_uv(), "pip", "install", "-q", "--python", PYTHON, "--require-hashes")


def _install(sets: list[str]) -> None:
    files = [argument for name in sets for argument in ("-r", REQUIREMENTS / f"{name}.txt")]
    try:
        installer = _installer()
        with step(f"libraries ({', '.join(sets)})"):
            call(*installer, *files)
    except CommandFailed as failure:
        stop(f"{failure.output}\nThe libraries could not be installed. Is the package index within reach?")
    for name in sets:
        _stamp(name).parent.mkdir(exist_ok=True)
        _stamp(name).write_text(_digest(name))
