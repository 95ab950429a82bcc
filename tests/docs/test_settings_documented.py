"""docs/operations.md names every setting, and none that isn't there."""

import re
from pathlib import Path

from chatserver.environment import ROOT, WITHOUT_PREFIX, Environment


def test_every_setting_stands_in_the_operators_table() -> None:
    text = Path(ROOT, "docs", "operations.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z]+_[A-Z_]+)`", text, re.MULTILINE))
    names = {name.upper() for name in Environment.model_fields}
    assert documented == {name if name in WITHOUT_PREFIX else f"CHATSERVER_{name}" for name in names}
