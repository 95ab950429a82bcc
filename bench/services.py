"""What a server needs beside it: a PostgreSQL and a Redis of its own, as durable as the product asks for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from chatserver.progress import stop
from tools import debian, postgres, redis

MISSING = 2  # exit code


def check(database: str, workers: int) -> None:
    """Ends with a sentence and 2 where something asked for is not on this machine, or can't be."""
    if workers > 1 and database == "sqlite":
        stop("SQLite serves one process. For more: --db postgres.", MISSING)
    if database == "postgres" and postgres.programs() is None:
        stop(f"PostgreSQL is not on this machine. As root: {debian.command('postgresql')}", MISSING)
    if workers > 1 and not redis.is_there():
        stop(f"Redis is not on this machine. As root: {debian.command('redis-server')}", MISSING)


@contextmanager
def services(database: str, workers: int) -> Iterator[dict[str, str]]:
    """Fresh ones, ended afterwards; the settings that name them."""
    with ExitStack() as ends:
        settings: dict[str, str] = {}
        if database == "postgres":
            cluster = postgres.Postgres()
            ends.callback(cluster.end)
            settings["DATABASE_URL"] = cluster.start().url("postgres")
        if workers > 1:
            bus = redis.Redis()
            ends.callback(bus.end)
            settings["REDIS_URL"] = bus.start().url
        yield settings
