"""What the Markdown files point to is there, and what they tell to type exists."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, texts
from tools.launcher import COMMANDS

PAGES = sorted(name for name in texts() if name.endswith(".md"))
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"\./chat ([a-z]+)")


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_to_a_file(page: str) -> None:
    folder = (ROOT / page).parent
    absent = [link for link in LINK.findall(texts()[page]) if not Path(folder / link).exists()]
    assert absent == []


@pytest.mark.parametrize("page", PAGES)
def test_a_command_to_type_exists(page: str) -> None:
    assert set(COMMAND.findall(texts()[page])) <= set(COMMANDS)


def test_the_readme_opens_with_the_two_commands() -> None:
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if line and not line.startswith("```")]
    assert lines[1:3] == ["./chat run", "./chat test"]
