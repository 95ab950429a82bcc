"""docs/operations.md names every setting, and none that isn't there."""

import re
from pathlib import Path

from chatserver.environment import ROOT, Environment


def test_every_setting_stands_in_the_operators_table() -> None:
    text = Path(ROOT, "docs", "operations.md").read_text()
    documented = set(re.findall(r"^\| `CHATSERVER_([A-Z_]+)`", text, re.MULTILINE))
    assert documented == {name.upper() for name in Environment.model_fields}
