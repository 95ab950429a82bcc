"""The legs of `./chat test`: PostgreSQL is given whatever asks for a database, and nothing else."""

import subprocess
import sys

from tests.legs import IN_FRONT
from tools import ROOT
from tools.testing import LEGS

FOLDER = "tests"
PURE = (
    *("rooms/test_text.py", "chatserver/test_addresses.py"),  # ask for none
    *("realtime/test_join.py", "chatserver/test_frames.py", "frontend/test_home.py"),  # what they prove is in front
)
ASKING = {
    "rooms/test_writer.py": "in this process",
    "accounts/test_audit.py": "by a mark",
    "chatserver/test_resume.py": "by a socket",
    "chatserver/test_serve.py": "by a server",
}


def collected(leg: str) -> set[str]:
    """Those of these modules that the leg would run."""
    (expression,) = (each.arguments[-1] for each in LEGS if each.name == leg)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", expression]
    modules = [f"{FOLDER}/{name}" for name in (*PURE, *ASKING)]
    done = subprocess.run([*command, *modules], cwd=ROOT, capture_output=True, text=True, timeout=50)
    return {line.partition("::")[0].removeprefix(f"{FOLDER}/") for line in done.stdout.splitlines() if "::" in line}


def test_every_module_that_is_said_to_lie_in_front_is_there() -> None:
    assert [path for path in IN_FRONT if not (ROOT / path).exists()] == []


def test_what_asks_for_a_database_runs_on_both_and_nothing_else() -> None:
    assert collected("sqlite") == {*PURE, *ASKING}
    assert collected("postgres") == set(ASKING)


def test_by_name_everything_runs_on_postgres() -> None:
    assert collected("postgres-all") == {*PURE, *ASKING}
