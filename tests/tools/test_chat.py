"""`./chat` says what it can do, and refuses the rest with a sentence, before it installs anything."""

import subprocess
import sys

import pytest

from tools import ROOT
from tools.launcher import COMMANDS


def chat(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "chat"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=50, **options)  # type: ignore[call-overload]


def test_help_names_every_command() -> None:
    said = chat("--help")
    assert said.returncode == 0
    assert [line.split()[1] for line in said.stdout.splitlines() if line.startswith("  ./chat")] == list(COMMANDS)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "manage"])
def test_every_command_explains_itself_from_any_folder(name: str, tmp_path) -> None:
    said = chat(name, "--help", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"usage: ./chat {name}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dance"], "There is no command 'dance'."),
        ([], "Say what to do."),
        (["run", "--prot", "1"], "unrecognized arguments: --prot 1"),
        (["run", "--port", "many"], "'many' is no port from 0 to 65535"),
        (["serve", "--port", "99999"], "'99999' is no port from 0 to 65535"),
        (["audit", "forget"], "invalid choice: 'forget'"),
        (["vendor", "left-pad@1.3.0"], "has no recipe for 'left-pad'"),
    ],
)
def test_what_it_does_not_know_is_refused_with_a_sentence(arguments: list[str], sentence: str) -> None:
    said = chat(*arguments)
    assert (said.returncode, said.stdout) == (2, "")
    assert sentence in said.stderr
