"""PostgreSQL has to keep what was acknowledged: one that may not is refused, and one that is killed loses nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chatserver.conftest import School
from tests.chatserver.test_durability import (
    ALGEBRA,
    CHEMISTRY,
    STARTER,
    Talker,
    check,
    more_acks,
    read_to_the_end,
    talking,
)
from tests.live import Live
from tests.postgres import execute, folder, new_database
from tests.socket_client import Ended, Frame
from tests.vendors import only_postgres
from tools.postgres import Postgres

AGAIN = {"try_later", "busy"}  # the client keeps the text and sends it again

pytestmark = [only_postgres, pytest.mark.timeout(240)]


def chatserver(url: str, var: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "chatserver", *arguments],
        env={**os.environ, "DATABASE_URL": url, "CHATSERVER_VAR": str(var)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
    )


def tables(url: str) -> int:
    ((count,),) = execute(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    return int(count)


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One that a test may kill."""
    made = Postgres(folder=folder()).start()
    yield made
    made.end()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_nothing_starts_on_a_postgres_that_answers_before_it_is_on_disk(tmp_path: Path, setting: str) -> None:
    careless = Postgres(f"{setting}=off", folder=folder()).start()
    try:
        url = careless.url("postgres")
        refused = chatserver(url, tmp_path, "run", "--port=0")
        assert refused.returncode == 2
        assert f"PostgreSQL runs with {setting} off" in refused.stderr
        assert chatserver(url, tmp_path, "manage", "migrate").returncode == 1
        assert tables(url) == 0
    finally:
        careless.end()


def test_a_setting_of_one_database_counts_as_well(tmp_path: Path) -> None:
    url = new_database(os.environ["DATABASE_URL"])
    execute(url, f"ALTER DATABASE {url.partition('?')[0].rpartition('/')[2]} SET synchronous_commit = off")
    refused = chatserver(url, tmp_path, "manage", "check", "--database=default")
    assert refused.returncode == 1
    assert "PostgreSQL runs with synchronous_commit off" in refused.stderr


def test_a_postgres_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    refused = chatserver(f"postgresql://ann:secret@/chat?host={tmp_path}", tmp_path, "run", "--port=0")
    assert refused.returncode == 2
    assert "DATABASE_URL: PostgreSQL can't be used. " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "secret" not in refused.stderr


class PatientTalker(Talker):
    """One message at a time, so that the order is the talker's; what may be sent again is."""

    in_flight = 1

    def _answered(self, cid: str, answer: Frame) -> None:
        if answer["t"] == "error" and answer["code"] in AGAIN:
            raise Ended("again, on a new connection")
        super()._answered(cid, answer)


async def test_postgres_killed_and_stopped_under_load_loses_nothing_acknowledged(
    server: Postgres, tmp_path: Path
) -> None:
    live = Live(tmp_path, limits="bench")
    live.use_database(server.url("postgres"))
    live.start()
    school = School(live)
    talkers = [PatientTalker(school, name, "Algebra I") for name in ALGEBRA]
    talkers += [PatientTalker(school, name, "Chemistry") for name in CHEMISTRY]
    async with talking(list(talkers)):
        for end in (server.kill, server.stop, server.kill):
            await more_acks(list(talkers), 5)
            end()
            await asyncio.get_running_loop().run_in_executor(STARTER, server.start)
        await more_acks(list(talkers), 5)
    await read_to_the_end(school, list(talkers))
    check(school, list(talkers))
    live.stop()
