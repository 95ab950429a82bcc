"""What `./chat bench` refuses, each with a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.arguments import parse
from tools import ROOT


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dance"], "invalid choice: 'dance'"),
        (["busy", "--seconds=0"], "invalid positive float value: '0'"),
        (["busy", "--db=oracle"], "invalid choice: 'oracle'"),
        (["busy", "--repeats=many"], "invalid positive int value: 'many'"),
        (["provision", "--rooms=2"], "required: --json"),
        (["provision", "--rooms=0", "--json=x"], "invalid positive int value: '0'"),
        (["verify"], "required: log"),
        (["machine", "--examples=0"], "invalid positive int value: '0'"),
    ],
)
def test_what_it_does_not_know_is_refused_with_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(arguments)
    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err


def test_without_a_compiler_it_says_what_is_missing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bench.generator import compile_generator as c; c(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (2, "")
    assert "gcc is not on this machine" in done.stderr


def test_several_processes_on_sqlite_are_refused() -> None:
    command = [sys.executable, "-m", "bench", "busy", "--workers=2"]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (2, "")
    assert "SQLite serves one process" in done.stderr
