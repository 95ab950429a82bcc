"""`CHATSERVER_LIMITS=bench` is for invented people alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.conftest import Bench
from tests.live import Live
from tests.vendors import only_sqlite
from tools import ROOT


def run(bench: Bench, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A server that has to refuse to start."""
    command = [sys.executable, "-m", "chatserver", "run", "--port=0", *arguments]
    env = bench.env | {"CHATSERVER_LIMITS": "bench"}
    return subprocess.run(
        command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50
    )


def test_an_empty_database_is_refused(bench: Bench) -> None:
    done = run(bench, "--empty")
    assert done.returncode == 2
    assert "CHATSERVER_LIMITS=bench" in done.stderr


def test_a_school_of_real_people_is_refused(bench: Bench) -> None:
    """What a school makes is the same as what the benchmark makes, but for who is named as the maker."""
    code = (
        "from accounts.actor import Actor; from consent.actions.schools import create_school\n"
        "create_school(Actor.command('operator'), name='Real School', time_zone='America/Chicago')"
    )
    for command in (["migrate", "-v0"], ["shell", "--no-imports", "-c", code]):
        subprocess.run([sys.executable, "-m", "chatserver", "manage", *command], env=bench.env, cwd=ROOT, check=True)
    done = run(bench, "--empty")
    assert done.returncode == 2
    assert "CHATSERVER_LIMITS=bench" in done.stderr


@only_sqlite  # the benchmark provisions the database of its own folder
@pytest.mark.parametrize("filled_by", ["demo", "bench"])
def test_what_demo_or_benchmark_filled_is_served(bench: Bench, filled_by: str, tmp_path: Path) -> None:
    if filled_by == "bench":
        bench.provision(rooms=1, members=2)
    live = Live(bench.var, *(["--empty"] if filled_by == "bench" else []), limits="bench").start()
    live.stop()
