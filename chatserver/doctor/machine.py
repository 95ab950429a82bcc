"""The machine: Python, disk, the listening queue, the clock."""

import ctypes
import os
import platform
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from chatserver.doctor.findings import Check, Finding, failed, ok, warning
from chatserver.environment import environment
from realtime.config import EngineConfig

OLDEST_PYTHON = (3, 11)
ON_A_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs"})
FLEETING = frozenset({"tmpfs", "ramfs", "overlay"})
FULL_BYTES, SCARCE_BYTES = 200 * 1024**2, 2 * 1024**3
FULL_SHARE, SCARCE_SHARE = 0.01, 0.1
UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


def python() -> Finding:
    version = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if tuple(map(int, platform.python_version_tuple()[:2])) < OLDEST_PYTHON:
        return failed(version, "install Python 3.11 or later")
    return ok(version)


def user() -> Finding:
    if os.geteuid() == 0:
        return warning("this is root", "serve as a user of its own: deploy/classtrak.service does")
    return ok("an ordinary user")


def disk() -> Finding:
    usage = shutil.disk_usage(_existing(environment().var))
    share, says = usage.free / usage.total, f"{usage.free / 1024**3:.1f} GiB free for {environment().var}"
    if usage.free < FULL_BYTES or share < FULL_SHARE:
        return failed(says, "make room: when it is full, nobody can send")
    if usage.free < SCARCE_BYTES or share < SCARCE_SHARE:
        return warning(says, "make room soon: when it is full, nobody can send")
    return ok(says)


def file_system() -> Finding:
    kind = kind_of(_existing(environment().var).resolve(), _mounts())
    if kind.removeprefix("fuse.") in ON_A_NETWORK or kind.startswith("fuse"):
        if environment().database_url:
            return ok(f"{kind}; the database is elsewhere")
        return failed(f"SQLite on {kind}: its locks may not hold", "set CHATSERVER_VAR to a disk of this machine")
    if kind in FLEETING:
        todo = "set CHATSERVER_VAR to a disk, or mount a volume there"
        return warning(f"{kind}: what is written may be gone with the machine or container", todo)
    return ok(kind or "of a kind that can't be told here")


def folder() -> Finding:
    var = environment().var
    if not var.exists():
        return ok(f"{var} is made at the first start")
    if not os.access(var, os.W_OK | os.X_OK):
        return failed(f"{var} can't be written by this user", "give it to the user that serves")
    if var.stat().st_mode & 0o007:
        return warning(f"{var} is open to everybody on this machine", f"chmod o= {var}")
    return ok(f"{var}, closed to others")


def backlog() -> Finding:
    wanted = EngineConfig().listen_backlog
    try:
        most = int(Path("/proc/sys/net/core/somaxconn").read_text())
    except OSError:
        return ok("can't be told here")
    says = f"{most} connections may wait to be accepted"
    return (
        ok(says) if most >= wanted else warning(says, f"sysctl net.core.somaxconn={wanted}: after a restart all come")
    )


def clock() -> Finding:
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))  # of zeros: it only asks
    except AttributeError:
        return ok("can't be told here")
    if state == UNSYNCHRONISED:
        todo = "switch on systemd-timesyncd or chrony: consents and pauses end by the clock"
        return warning("the clock of this machine is not synchronised", todo)
    return ok("synchronised")


def kind_of(path: Path, mounts: Iterable[Sequence[str]]) -> str:
    """The kind of file system that a path is on; of (place, kind) the longest place that holds it, the last one."""
    holding = [(len(place), number, kind) for number, (place, kind) in enumerate(mounts) if path.is_relative_to(place)]
    return max(holding, default=(0, 0, ""))[2]


def _mounts() -> list[tuple[str, str]]:
    try:
        rows = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return []
    return [(place.encode().decode("unicode_escape"), kind) for _, place, kind, *_ in rows]


def _existing(path: Path) -> Path:
    """It, or the folder that it will be made in."""
    path = path.absolute()
    return next(each for each in (path, *path.parents) if each.exists())


CHECKS = (
    Check("Python", python),
    Check("User", user),
    Check("Folder", folder),
    Check("File system", file_system),
    Check("Disk", disk),
    Check("Listen queue", backlog),
    Check("Clock", clock),
)
