"""All faults, as data."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.faults import buses, clients, clocks, databases, servers, storms
from bench.faults.school import School

SQLITE, POSTGRES = "sqlite", "postgres"


@dataclass(frozen=True)
class Fault:
    """`times`: how often it is done. `most_seconds`: the goal for everybody being served again, p100.

    `needs`: `bus` for several processes, `disk` for a file system of its own, `clock` for libfaketime.
    """

    name: str
    says: str
    do: Callable[[School], Awaitable[None]]
    most_seconds: float
    times: int = 1
    databases: tuple[str, ...] = (SQLITE, POSTGRES)
    needs: str = ""
    rooms: int = 4
    members: int = 6
    limits: str = "bench"
    pause_seconds: float = 0.1
    in_flight: int = 1
    text_chars: int = 40


FAULTS = (
    Fault("kill", "kill -9 of a process that serves", servers.kill_worker, 3, times=30, in_flight=3),
    Fault("kill-all", "kill -9 of everything, started again", servers.kill_all, 10, times=3, in_flight=3),
    Fault("rolling", "rolling restart", servers.rolling_restart, 15, times=2, in_flight=3),
    Fault("backend", "a PostgreSQL backend killed", databases.kill_backend, 3, times=3, databases=(POSTGRES,)),
    Fault("backends", "all connections ended", databases.end_backends, 2, times=3, databases=(POSTGRES,)),
    Fault("postgres-kill", "PostgreSQL killed and started", databases.kill_postgres, 3, times=3, databases=(POSTGRES,)),
    Fault("postgres-stop", "PostgreSQL stopped for 2 s", databases.stop_postgres, 2, times=3, databases=(POSTGRES,)),
    Fault("lock", "SQLite locked for 3 s", databases.lock_sqlite, 2, times=3, databases=(SQLITE,)),
    Fault("disk", "disk full for 2 s", databases.fill_disk, 5, times=3, databases=(SQLITE,), needs="disk"),
    Fault("redis-kill", "Redis killed for 2 s", buses.kill_redis, 5, times=3, databases=(POSTGRES,), needs="bus"),
    Fault("redis-stop", "Redis stopped for 2 s", buses.stop_redis, 5, times=3, databases=(POSTGRES,), needs="bus"),
    Fault("redis-flush", "Redis flushed and cut", buses.flush_redis, 5, times=3, databases=(POSTGRES,), needs="bus"),
    Fault("clock", "clock two days on and back", clocks.jump, 2, needs="clock"),
    Fault("slow", "eight that never read", clients.slow_readers, 2, members=14, text_chars=6000),
    Fault("flood", "eight that flood", clients.flooders, 2, members=14, limits="on", pause_seconds=1.0),
    Fault("half-open", "eight lines that bring nothing", clients.half_open, 2, members=8),
    Fault("frames", "frames twice, reordered, cut", clients.scrambled_frames, 2, members=8, times=1),
    Fault("storm", "2,000 come back at once", storms.storm, 30, times=2, rooms=80, members=25, pause_seconds=0.5),
)
NAMES = tuple(fault.name for fault in FAULTS)
