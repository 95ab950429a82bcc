"""docs/operations.md names every family of /metrics as it is, and alarms on none that isn't there."""

import re
from pathlib import Path

from chatserver.environment import ROOT
from chatserver.figures import COUNTER, FAMILIES, HISTOGRAM, Family

TEXT = Path(ROOT, "docs", "operations.md").read_text()


def shown(family: Family) -> str:
    name = f"{family.name}_total" if family.kind == COUNTER else family.name
    return f"{name}{{{family.label}}}" if family.label else name


def samples(family: Family) -> set[str]:
    if family.kind == HISTOGRAM:
        return {f"{family.name}_bucket", f"{family.name}_count", f"{family.name}_sum"}
    return {f"{family.name}_total" if family.kind == COUNTER else family.name}


def test_every_family_stands_in_the_table_with_its_words() -> None:
    table = re.findall(r"^\| `([a-z_]+(?:\{[a-z]+\})?)` \| (counter|gauge|histogram)\. (.+) \|$", TEXT, re.MULTILINE)
    assert table == [(shown(family), family.kind, family.says) for family in FAMILIES]


def test_no_alarm_asks_for_what_is_not_shown() -> None:
    asked = set(re.findall(r"classtrak_([a-z_]+)", TEXT)) - {""}
    assert asked
    assert asked <= set().union(*map(samples, FAMILIES))
