"""A plugin that keeps, for `./chat rows`, which tests prove a row of the mission and how they last ended.

Invariant: one database never speaks for the other. The result of each is kept, so that what fails on one of them
isn't covered by having passed on the other.
"""

import json
import os
from pathlib import Path
from typing import TypedDict

import pytest

RESULTS = Path(__file__).resolve().parent.parent / "var" / "rows.json"
WORST = {"passed": 0, "skipped": 1, "failed": 2}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The row travels with the report, from a worker of xdist too."""
    for item in items:
        item.user_properties += [("row", mark.args[0]) for mark in item.iter_markers("row")]


class Proved(TypedDict):
    rows: list[str]
    results: dict[str, str]
    """Leg → how it last ended."""


class Rows:
    """What the tests of this run proved: node id → rows and the worst outcome of set-up, call and teardown."""

    def __init__(self, leg: str, *, is_whole: bool) -> None:
        self.leg = leg.removesuffix("-all")  # the same database
        self.is_whole = is_whole
        self.tests: dict[str, Proved] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = [str(value) for name, value in report.user_properties if name == "row"]
        if not rows:
            return
        before = self.tests[report.nodeid]["results"][self.leg] if report.nodeid in self.tests else "passed"
        worst = max(before, report.outcome, key=WORST.__getitem__)
        self.tests[report.nodeid] = {"rows": rows, "results": {self.leg: worst}}

    def pytest_sessionfinish(self) -> None:
        if not self.tests:
            return
        kept: dict[str, Proved] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.parent.mkdir(exist_ok=True)
        fresh = RESULTS.with_suffix(f".{os.getpid()}")  # another run may end at the same moment
        fresh.write_text(json.dumps(self._after(kept), indent=1))
        fresh.replace(RESULTS)

    def _after(self, kept: dict[str, Proved]) -> dict[str, Proved]:
        """With our results in it. A whole leg forgets the tests it no longer has."""
        for name, test in list(kept.items()):
            results = test.get("results", {})
            if self.is_whole or name in self.tests:
                results.pop(self.leg, None)
            if not results:
                del kept[name]
        for name, test in self.tests.items():
            kept[name] = {"rows": test["rows"], "results": kept.get(name, test)["results"] | test["results"]}
        return kept


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        leg, is_whole = os.environ.get("CHATSERVER_TEST_LEG") or "sqlite", bool(os.environ.get("CHATSERVER_TEST_WHOLE"))
        config.pluginmanager.register(Rows(leg, is_whole=is_whole), "mission rows")
