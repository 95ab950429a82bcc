"""`./chat rows`: which test proves which promise, and how it last ended."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatserver.rows import BEHAVIOURS, rows

SOURCE = """
import pytest

pytestmark = [pytest.mark.row("S1"), pytest.mark.slow]

@pytest.mark.row("S7")
@pytest.mark.parametrize("n", [1, 2])
def test_numbers(n): ...

@pytest.mark.row("S9")
class TestRooms:
    async def test_inside(self): ...

def helper(): ...
"""


def repository(folder: Path, results: dict[str, dict[str, str]]) -> Path:
    """`results`: test → database → how it ended."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(SOURCE)
    (folder / "var").mkdir()
    written = {
        f"tests/test_it.py::{test}": {"rows": [], "results": by_database} for test, by_database in results.items()
    }
    (folder / "var" / "rows.json").write_text(json.dumps(written))
    return folder


def test_rows_are_those_of_the_mission_in_order() -> None:
    assert list(BEHAVIOURS) == [f"S{number}" for number in range(1, 43)]


def test_a_row_is_as_good_as_its_worst_test(tmp_path) -> None:
    found = {
        row.row: row
        for row in rows(
            repository(
                tmp_path,
                {
                    "test_numbers[1]": {"sqlite": "passed"},
                    "test_numbers[2]": {"sqlite": "failed"},
                    "gone": {"sqlite": "passed"},
                },
            )
        )
    }
    assert found["S7"].result == "failed"
    assert {proof.test.rpartition("::")[2]: proof.result for proof in found["S7"].tests} == {
        "test_numbers[1]": "passed",
        "test_numbers[2]": "failed",
    }
    assert (found["S9"].result, found["S9"].tests[0].test) == ("not run", "tests/test_it.py::TestRooms::test_inside")
    assert len(found["S1"].tests) == 3  # the marks of the module, the class and the function add up
    assert found["S42"].result == "no test"


@pytest.mark.parametrize(
    ("by_database", "result"),
    [
        ({"sqlite": "failed", "postgres": "passed"}, "failed"),
        ({"sqlite": "skipped", "postgres": "passed"}, "passed"),  # it is about PostgreSQL
        ({"sqlite": "skipped", "postgres": "failed"}, "failed"),
        ({"sqlite": "skipped", "postgres": "skipped"}, "skipped"),
        ({"sqlite": "passed"}, "passed"),  # the same on every database
        ({}, "not run"),
    ],
)
def test_one_database_does_not_speak_for_the_other(tmp_path, by_database: dict[str, str], result: str) -> None:
    found = {row.row: row.result for row in rows(repository(tmp_path, {"TestRooms::test_inside": by_database}))}
    assert found["S9"] == result


def test_scripts_get_rows_tests_and_results() -> None:
    command = [sys.executable, "chat", "rows", "--json"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert [row["row"] for row in said] == list(BEHAVIOURS)
    assert all(set(row) == {"row", "behaviour", "result", "tests"} for row in said)


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_a_run_keeps_what_its_tests_proved(tmp_path, workers: list[str]) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.row('S7')\ndef test_good(): pass\n"
        "@pytest.mark.row('S7')\ndef test_bad(): assert False\n"
        "def test_other(): pass\n"
    )
    results = tmp_path / "rows.json"
    elsewhere = {"rows": ["S7"], "results": {"postgres": "failed"}}
    results.write_text(json.dumps({"test_it.py::test_good": elsewhere, "test_it.py::test_gone": elsewhere}))
    code = f"import tests.rows, pathlib, pytest; tests.rows.RESULTS = pathlib.Path({str(results)!r}); pytest.main()"
    options = [str(tmp_path), "-q", "-c", "/dev/null", f"--rootdir={tmp_path}", "-p", "tests.rows", "-p", "no:django"]
    command, leg = [sys.executable, "-c", code, *options, *workers], {"CHATSERVER_TEST_LEG": "sqlite"}
    subprocess.run(command, env=os.environ | leg, capture_output=True, timeout=50)
    kept = {name.rpartition("::")[2]: test for name, test in json.loads(results.read_text()).items()}
    assert kept == {
        "test_good": {"rows": ["S7"], "results": {"postgres": "failed", "sqlite": "passed"}},
        "test_gone": {"rows": ["S7"], "results": {"postgres": "failed"}},
        "test_bad": {"rows": ["S7"], "results": {"sqlite": "failed"}},
    }
