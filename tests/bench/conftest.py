"""The generator, compiled once, and servers of the product's own kind over provisioned databases."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.generator import Generator, Load, compile_generator
from tests.live import PREFIXES_OF_OURS
from tools import ROOT

SHORT: dict[str, Any] = {"seconds": 0.3, "settle_seconds": 0.05, "warm_seconds": 0.05, "drain_seconds": 0.5}


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "gcc is not on this machine: apt-get install gcc libc6-dev"
        )
    return compile_generator(tmp_path_factory.mktemp("generator"))


Run = Callable[[Load], Generator]


@pytest.fixture
def run(program: Path, tmp_path: Path) -> Run:
    """Run the generator to its end; everything that it reported is in `phases`."""

    def runs(load: Load) -> Generator:
        generator = Generator(program, load, tmp_path)
        try:
            generator.wait_for("violations")
        finally:
            generator.end()
        return generator

    return runs


class Bench:
    """`python -m bench …` over one folder, as another process."""

    def __init__(self, var: Path) -> None:
        self.var = var
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES_OF_OURS)}
        self.env = clean | {"CHATSERVER_VAR": str(var)}

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bench", *arguments]
        return subprocess.run(
            command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50
        )

    def provision(self, rooms: int, members: int) -> list[dict[str, Any]]:
        people = self.var / "people.json"
        done = self.call("provision", f"--rooms={rooms}", f"--members={members}", f"--json={people}")
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(people.read_text())
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    var = tmp_path / "var"
    var.mkdir()
    return Bench(var)
