"""A plugin that keeps, for `./chat rows`, which tests prove a row of the mission and how they last ended."""

import json
import os
from pathlib import Path

import pytest

RESULTS = Path(__file__).resolve().parent.parent / "var" / "rows.json"
WORST = {"passed": 0, "skipped": 1, "failed": 2}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The row travels with the report, from a worker of xdist too."""
    for item in items:
        item.user_properties += [("row", mark.args[0]) for mark in item.iter_markers("row")]


class Rows:
    """What the tests of this run proved: node id → rows and the worst outcome of set-up, call and teardown."""

    def __init__(self, leg: str) -> None:
        self.leg = leg
        self.tests: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = [value for name, value in report.user_properties if name == "row"]
        if not rows:
            return
        before = self.tests.get(report.nodeid, {}).get("result", "passed")
        self.tests[report.nodeid] = {
            "rows": rows,
            "leg": self.leg,
            "result": max(str(before), report.outcome, key=WORST.__getitem__),
        }

    def pytest_sessionfinish(self) -> None:
        if not self.tests:
            return
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        whole_leg = bool(self.leg)  # a whole leg forgets the tests it no longer has
        kept = {name: test for name, test in kept.items() if not (whole_leg and test["leg"] == self.leg)}
        RESULTS.parent.mkdir(exist_ok=True)
        fresh = RESULTS.with_suffix(f".{os.getpid()}")  # another run may end at the same moment
        fresh.write_text(json.dumps(kept | self.tests, indent=1))
        fresh.replace(RESULTS)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Rows(os.environ.get("CHATSERVER_TEST_LEG", "")), "mission rows")
