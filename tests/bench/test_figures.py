"""What is made of the generator's reports: spreads, ratios, a table and JSON."""

import json
from pathlib import Path

import pytest

from bench.figures import Result, Run, Series, figures_of
from bench.report import number, print_table, write_json
from bench.scenarios import NAMES, SCENARIOS, Scenario, chosen

BUSY = Scenario("busy", "", 20, 30, in_flight=5)
STORM = Scenario("storm", "", 80, 25, "storm", 0)
IDLE = Scenario("idle", "", 80, 25, "idle", 0)


def series(name: str, *values: float, violations: dict[str, int] | None = None) -> Series:
    return Series([Run({name: value}, violations or {}) for value in values])


def test_a_series_says_least_median_and_most() -> None:
    assert series("p99_ms", 30.0, 10.0, 20.0).spread("p99_ms") == (10.0, 20.0, 30.0)
    assert Series().spread("p99_ms") is None


def test_the_violations_of_all_runs_are_added_up() -> None:
    found = Series([Run({}, {"gaps": 1, "lost": 0}), Run({}, {"gaps": 2, "lost": 0})])
    assert found.violations == {"gaps": 3, "lost": 0}


@pytest.mark.parametrize(
    ("scenario", "name", "ours", "theirs", "ratio"),
    [
        (BUSY, "messages_per_s", 5000.0, 100.0, 50.0),  # more is better
        (STORM, "ms_per_connect", 1.0, 4.0, 4.0),  # less is better
        (IDLE, "kib_per_socket", 20.0, 40.0, 2.0),
    ],
)
def test_a_ratio_above_one_is_better_than_the_tutorial(
    scenario: Scenario, name: str, ours: float, theirs: float, ratio: float
) -> None:
    assert Result(scenario, series(name, ours), series(name, theirs)).ratio == ratio


def test_without_the_tutorial_there_is_no_ratio() -> None:
    assert Result(BUSY, series("messages_per_s", 5000.0), Series()).ratio is None


def test_what_could_not_be_measured_is_left_out() -> None:
    connected = {"sockets": 2000, "ms_per_connect": 0.8, "kib_per_socket": 20.0}
    measured = dict.fromkeys(
        ("messages_per_s", "deliveries_per_s", "us_per_delivery", "server_cpu", "generator_cpu", "bytes_per_frame"), 1.0
    ) | dict.fromkeys(("p50_ms", "p99_ms", "ack_p50_ms", "ack_p99_ms"), -1.0)
    assert "p50_ms" not in figures_of(BUSY, {"connected": connected, "measured": measured})
    idle = figures_of(IDLE, {"connected": connected, "measured": measured | {"server_cpu": 0.02}})
    assert idle == {"ms_per_connect": 0.8, "kib_per_socket": 20.0, "cpu_percent_per_1000": 1.0}


def test_the_json_has_an_object_for_each_scenario_with_the_promised_fields(tmp_path: Path) -> None:
    result = Result(BUSY, series("messages_per_s", 4000.0, 5000.0, 6000.0), series("messages_per_s", 100.0))
    write_json(tmp_path / "new" / "figures.json", [result], {"db": "sqlite", "workers": 1})
    (found,) = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert found["scenario"] == "busy"
    assert (found["db"], found["workers"]) == ("sqlite", 1)
    assert found["messages_per_s"] == 5000.0
    assert found["ratio_to_tutorial"] == 50.0
    assert found["tutorial"]["messages_per_s"] == 100.0
    assert [run["messages_per_s"] for run in found["runs"]] == [4000.0, 5000.0, 6000.0]


def test_the_table_shows_spread_ratio_and_violations(capsys: pytest.CaptureFixture[str]) -> None:
    ours = series("messages_per_s", 4000.0, 5000.0, 6000.0, violations={"gaps": 1, "lost": 0})
    print_table([Result(BUSY, ours, series("messages_per_s", 100.0))])
    said = capsys.readouterr().out
    assert "5,000 (4,000–6,000)" in said
    assert "50.0" in said
    assert "gaps 3" in said
    assert "lost" not in said


@pytest.mark.parametrize(("value", "text"), [(1234.4, "1,234"), (99.94, "99.9"), (7.126, "7.13"), (0.4, "0.40")])
def test_a_number_has_the_digits_that_say_something(value: float, text: str) -> None:
    assert number(value) == text


def test_every_scenario_runs_when_none_is_named() -> None:
    assert chosen([]) == list(SCENARIOS)
    assert set(NAMES) == {"classrooms", "busy", "half", "lecture", "idle", "storm"}


def test_half_brings_classrooms_along_and_lecture_both_of_its_forms() -> None:
    assert [scenario.name for scenario in chosen(["half"])] == ["classrooms", "half"]
    assert [scenario.name for scenario in chosen(["lecture"])] == ["lecture", "lecture 20"]
