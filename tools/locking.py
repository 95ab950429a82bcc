"""`./chat lock`: compile requirements/*.in into lock files with hashes and without any address."""

import argparse
import os

from chatserver.progress import step, stop
from tools import ROOT
from tools.environment import VENV, ensure
from tools.programs import CommandFailed, call

COMPILE = ("pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--python-version", "3.11")
CONSTRAINTS = {"uv": (), "base": (), "test": ("base",), "lint": ("base", "test")}  # in this order


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("./chat lock", description="Compile the lock files of requirements/.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest releases that the .in files allow")
    options = parser.parse_args(arguments)
    ensure("base")
    os.chdir(ROOT)
    for name, others in CONSTRAINTS.items():
        constraints = [word for other in others for word in ("-c", f"requirements/{other}.txt")]
        upgrade = ["--upgrade"] if options.upgrade else []
        try:
            with step(f"requirements/{name}.txt"):
                call(
                    VENV / "bin" / "uv",
                    *COMPILE,
                    *upgrade,
                    *constraints,
                    f"requirements/{name}.in",
                    "-o",
                    f"requirements/{name}.txt",
                )
        except CommandFailed as failure:
            stop(failure.output)
    return 0
