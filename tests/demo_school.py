"""A plugin with servers of the demo school, which is filled once a run and copied for each of them.

Invariant: it is what the product's own first start makes. What is copied belongs to a server that has ended: nobody is
connected to it, and nothing of it stands in a log beside the file.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.live import Live
from tests.postgres import refill

FILES = ("secret.key", "demo.json")  # the key has signed what stands in the database
SQLITE = "chat.sqlite3"


def begin_with_demo(live: Live) -> Live:
    """Before its first start: as if it had filled the school itself."""
    with _filled() as (folder, database_url):
        for name in (*FILES, *([] if database_url else [SQLITE])):
            shutil.copy(folder / name, live.var)
        if database_url:
            refill(live.database_url, database_url)
    return live


@contextmanager
def _filled() -> Iterator[tuple[Path, str]]:
    """The folder and the database of the run's filled school; one worker at a time."""
    folder = Path(os.environ["CHATSERVER_VAR"]) / "demo"
    folder.mkdir(exist_ok=True)
    address = folder / "database-url"  # written last
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            address.write_text(_fill(folder))
        yield folder, address.read_text()


def _fill(folder: Path) -> str:
    live = Live(folder).start()
    live.stop()
    if not live.database_url:
        with closing(sqlite3.connect(folder / SQLITE)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return live.database_url


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The demo school, served: one server for all tests of this worker. What a test changes here, others see."""
    server = begin_with_demo(Live(tmp_path_factory.mktemp("live"))).start()
    yield server
    server.stop()


@pytest.fixture
def new_live(tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Makes servers of the test's own, for whatever kills, fills or reconfigures one.

    `fills=True`: it makes its school itself, at its first start.
    """
    servers: list[Live] = []

    def make(*arguments: str, fills: bool = False, **settings: str) -> Live:
        var = tmp_path / f"live-{len(servers)}"
        var.mkdir()
        made = Live(var, *arguments, **settings)
        if not fills and "--empty" not in arguments:
            begin_with_demo(made)
        servers.append(made.start())
        return made

    yield make
    for server in servers:
        server.stop()
