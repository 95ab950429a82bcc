"""Countries by their two letters: ISO 3166, as the time zone database ships it, in English."""

from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def country_names() -> Mapping[str, str]:
    """Code → name, by name."""
    table = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return dict(sorted(((code, name) for code, name in rows), key=lambda row: row[1]))
