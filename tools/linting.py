"""`./chat lint`: every check that reads the code without running it. All run, whatever the first one says."""

import argparse
import subprocess

from chatserver.progress import step
from tools import ROOT
from tools.environment import PYTHON, VENV, ensure

IMPORT_LINTER = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = {
    "ruff check": (VENV / "bin" / "ruff", "check", "--quiet"),
    "ruff format": (VENV / "bin" / "ruff", "format", "--check", "--quiet"),
    "mypy": (PYTHON, "-m", "mypy", "--no-error-summary"),
    "import-linter": (PYTHON, "-c", IMPORT_LINTER),
    "deptry": (PYTHON, "-m", "deptry", "."),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("./chat lint", description="Check form, types, imports and dependencies.")
    parser.add_argument("checks", nargs="*", choices=[[], *CHECKS], metavar="CHECK", help=f"of: {', '.join(CHECKS)}")
    chosen = parser.parse_args(arguments).checks or list(CHECKS)
    ensure("base", "test", "lint")
    return max([_check(name) for name in chosen])


def _check(name: str) -> int:
    with step(name):
        done = subprocess.run(
            CHECKS[name],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        print(done.stdout)
    return done.returncode
