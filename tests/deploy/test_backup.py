"""`deploy/backup` on a server that is being written to, and what a restore of it holds."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.live import Live
from tests.postgres import new_database
from tests.served import Seat, Served
from tests.socket_client import SocketClient
from tools.postgres import programs

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 30

pytestmark = [pytest.mark.timeout(180)]


def backup(live: Live, into: Path) -> Path:
    done = subprocess.run(
        [ROOT / "deploy" / "backup", into],
        env=live.env | {"PATH": f"{programs() or ''}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return Path(done.stdout.strip())


def restored(copy: Path, var: Path) -> Live:
    """As docs/operations.md says: the files into an empty folder, the dump into an empty database."""
    var.mkdir()
    shutil.copytree(copy, var, dirs_exist_ok=True)
    server = Served(var, limits="bench")
    if server.database_url:
        program = (programs() or Path()) / "pg_restore"
        subprocess.run(
            [program, "--no-owner", f"--dbname={server.database_url}", copy / "chat.dump"], check=True, timeout=60
        )
    return server


async def write(live: Live, seat: Seat, acked: list[int]) -> None:
    client = await SocketClient.open(live, seat.cookie)
    await client.hello()
    for number in range(MESSAGES):
        acked.append(int((await client.say(seat.room, f"message {number}"))["seq"]))
    await client.close()


async def test_a_backup_under_load_is_whole_and_can_be_served(tmp_path: Path) -> None:
    var = tmp_path / "first"
    var.mkdir()
    served = Served(var, limits="bench")
    ((teacher, student, *_),) = served.provision(1, 3)
    served.start()
    served.call("chatserver", "manage", "audit", "anchor")
    (var / "files").mkdir()
    (var / "files" / "0a1b").write_bytes(b"a picture")
    before: list[int] = []
    await write(served, teacher, before)
    during: list[int] = []
    writing = asyncio.create_task(write(served, student, during))
    copy = await asyncio.to_thread(backup, served, tmp_path / "copies")
    await writing
    served.stop()

    wanted = {"anchors.log", "files", "secret.key", "chat.dump" if served.database_url else "chat.sqlite3"}
    assert {file.name for file in copy.iterdir()} == wanted
    assert {file.stat().st_mode & 0o077 for file in copy.iterdir()} == {0}
    assert copy.stat().st_mode & 0o077 == 0

    assert (copy / "files" / "0a1b").read_bytes() == b"a picture"
    again = restored(copy, tmp_path / "second")
    assert isinstance(again, Served)
    assert "Unbroken" in again.call("chatserver", "audit", "verify")
    stored = [seq for (seq,) in again.rows("SELECT seq FROM rooms_message ORDER BY seq")]
    assert set(before) <= set(stored)
    assert stored == sorted({*before, *during})[: len(stored)], "without a hole"
    again.start()
    await write(again, teacher, [])
    again.stop()


def test_a_broken_source_leaves_no_copy_that_looks_whole(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    live = Live(var)
    if live.database_url:
        live.use_database(f"{new_database(live.database_url)}-that-is-not-there")
    else:
        (var / "chat.sqlite3").write_bytes(b"no database at all" * 400)
    done = subprocess.run(
        [ROOT / "deploy" / "backup", tmp_path / "copies"], env=live.env, capture_output=True, timeout=60
    )
    assert done.returncode != 0
    assert [each.suffix for each in (tmp_path / "copies").iterdir()] == [".part"]


def test_the_copy_of_sqlite_is_one_file(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    live = Live(var)
    live.env["DATABASE_URL"] = ""
    with closing(sqlite3.connect(var / "chat.sqlite3")) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (1)")
        database.commit()
        copy = backup(live, tmp_path / "copies")
    assert [file.name for file in copy.iterdir()] == ["chat.sqlite3"]
    with closing(sqlite3.connect(copy / "chat.sqlite3")) as database:
        assert database.execute("SELECT x FROM t").fetchall() == [(1,)]
