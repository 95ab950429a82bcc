"""Figures of runs, put together: smallest, median and largest, and the ratio to the tutorial's server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from bench.generator import Phase
from bench.scenarios import Scenario

OF_PHASE: Mapping[str, tuple[str, ...]] = {
    "connected": ("ms_per_connect", "kib_per_socket"),
    "measured": (
        "messages_per_s",
        "deliveries_per_s",
        "us_per_delivery",
        "p50_ms",
        "p99_ms",
        "ack_p50_ms",
        "ack_p99_ms",
        "server_cpu",
        "generator_cpu",
        "bytes_per_frame",
    ),
    "returned": ("ms_per_connect", "seconds", "seconds_since_cut", "told_1012"),
}
OF_MODE: Mapping[str, tuple[str, ...]] = {
    "closed": ("connected", "measured"),
    "open": ("connected", "measured"),
    "idle": ("connected", "measured"),
    "storm": ("connected", "returned"),
}
IDLE = ("server_cpu",)  # all that a window in which nothing is sent says
RATIO = {"closed": "messages_per_s", "idle": "kib_per_socket", "storm": "ms_per_connect"}
PER = 1000  # sockets, for the idle CPU


class Spread(NamedTuple):
    least: float
    middle: float
    most: float


@dataclass(slots=True)
class Run:
    """One server under one scenario, once."""

    figures: dict[str, float]
    violations: dict[str, int]


@dataclass(slots=True)
class Series:
    """One server under one scenario, as often as it was asked for. `failure`: why it couldn't be measured."""

    runs: list[Run] = field(default_factory=list)
    failure: str = ""

    def spread(self, name: str) -> Spread | None:
        values = [run.figures[name] for run in self.runs if name in run.figures]
        return Spread(min(values), median(values), max(values)) if values else None

    def middle(self, name: str) -> float | None:
        spread = self.spread(name)
        return spread.middle if spread else None

    @property
    def violations(self) -> dict[str, int]:
        names = dict.fromkeys(name for run in self.runs for name in run.violations)
        return {name: sum(run.violations.get(name, 0) for run in self.runs) for name in names}

    def as_dict(self) -> dict[str, Any]:
        names = dict.fromkeys(name for run in self.runs for name in run.figures)
        return {
            **{name: self.middle(name) for name in names},
            "violations": self.violations,
            "runs": [run.figures for run in self.runs],
            **({"failure": self.failure} if self.failure else {}),
        }


@dataclass(slots=True)
class Result:
    """A scenario on both servers."""

    scenario: Scenario
    product: Series
    tutorial: Series

    @property
    def ratio(self) -> float | None:
        """How many times better than the tutorial: messages a second, memory of a socket, or CPU of a connect."""
        name = RATIO.get(self.scenario.mode, "")
        ours, theirs = self.product.middle(name), self.tutorial.middle(name)
        if not ours or not theirs:
            return None
        return ours / theirs if name == "messages_per_s" else theirs / ours

    def as_dict(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            **self.product.as_dict(),
            "ratio_to_tutorial": self.ratio,
            "tutorial": self.tutorial.as_dict(),
        }


def figures_of(scenario: Scenario, phases: Mapping[str, Phase]) -> dict[str, float]:
    """What counts of what the generator reported; what it could not measure (−1) is left out."""
    found: dict[str, float] = {}
    for phase in OF_MODE[scenario.mode]:
        names: Sequence[str] = IDLE if scenario.mode == "idle" and phase == "measured" else OF_PHASE[phase]
        found |= {name: float(phases[phase][name]) for name in names if phases[phase][name] >= 0}
    if scenario.mode == "idle":
        cpu = found.pop("server_cpu")
        found["cpu_percent_per_1000"] = 100 * cpu * PER / phases["connected"]["sockets"]
    return found
