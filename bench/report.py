"""What people and other programs read: a table, and JSON with one object for each scenario."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Result, Series, Spread

COLUMNS = {
    "messages/s": "messages_per_s",
    "deliveries/s": "deliveries_per_s",
    "µs/delivery": "us_per_delivery",
    "p50 ms": "p50_ms",
    "p99 ms": "p99_ms",
    "KiB/socket": "kib_per_socket",
    "ms/connect": "ms_per_connect",
}
NOTHING = "–"


def write_json(path: Path, results: Sequence[Result], of: Mapping[str, Any]) -> None:
    """`of`: what holds for all of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([{**result.as_dict(), **of} for result in results], indent=2, ensure_ascii=False)
    path.write_text(text + "\n")


def print_table(results: Sequence[Result]) -> None:
    head = ["scenario", "server", *COLUMNS, "× tutorial", "violations"]
    rows = [row for result in results for row in _rows(result)]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    print()
    for row in [head, *rows]:
        print(
            "  ".join(
                text.rjust(width) if place > 1 else text.ljust(width)
                for place, (text, width) in enumerate(zip(row, widths, strict=True))
            )
        )
    for result in results:
        for line in notes(result):
            print(line)


def _rows(result: Result) -> list[list[str]]:
    ratio = f"{result.ratio:.1f}" if result.ratio else NOTHING
    rows = [[result.scenario.name, "product", *_figures(result.product), ratio, _violations(result.product)]]
    if result.tutorial.runs:
        rows.append(["", "tutorial", *_figures(result.tutorial), "", _violations(result.tutorial)])
    return rows


def _figures(series: Series) -> list[str]:
    return [_spread(series.spread(name)) for name in COLUMNS.values()]


def _spread(spread: Spread | None) -> str:
    """The median, with smallest and largest where there was more than one run."""
    if spread is None:
        return NOTHING
    if spread.least == spread.most:
        return number(spread.middle)
    return f"{number(spread.middle)} ({number(spread.least)}–{number(spread.most)})"


def number(value: float) -> str:
    """Three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _violations(series: Series) -> str:
    if series.failure:
        return "failed"
    found = {name: count for name, count in series.violations.items() if count}
    return ", ".join(f"{name} {count}" for name, count in found.items()) or "0"


def notes(result: Result) -> list[str]:
    """What has no column."""
    series, lines = result.product, []
    if (idle := series.middle("cpu_percent_per_1000")) is not None:
        lines.append(f"{result.scenario.name}: {idle:.2f} % of a core per 1,000 sockets")
    if (seconds := series.middle("seconds")) is not None:
        cut = series.middle("seconds_since_cut") or 0.0
        lines.append(f"{result.scenario.name}: all back {seconds:.1f} s after the start, {cut:.1f} s after the cut")
    return lines
