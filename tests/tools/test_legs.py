"""The legs of `./chat test`: PostgreSQL is given what it decides in another way, and by name everything."""

import subprocess
import sys

from tests.legs import FILES
from tools import ROOT
from tools.testing import LEGS

DECIDED = ("tests/rooms/test_writer.py", "tests/accounts/test_audit.py", "tests/chatserver/test_serve.py")
ALIKE = ("tests/rooms/test_text.py", "tests/chatserver/test_resume.py", "tests/frontend/test_home.py")


def collected(leg: str) -> set[str]:
    """Those of these modules that the leg would run."""
    (expression,) = (each.arguments[-1] for each in LEGS if each.name == leg)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", expression]
    done = subprocess.run([*command, *DECIDED, *ALIKE], cwd=ROOT, capture_output=True, text=True, timeout=50)
    return {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_module_of_the_list_is_there() -> None:
    assert [path for path in FILES if not (ROOT / path).exists()] == []


def test_sqlite_runs_everything_and_postgres_what_it_decides() -> None:
    assert collected("sqlite") == {*DECIDED, *ALIKE}
    assert collected("postgres") == set(DECIDED)


def test_by_name_everything_runs_on_postgres() -> None:
    assert collected("postgres-all") == {*DECIDED, *ALIKE}
