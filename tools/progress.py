"""What a person sees while something takes time: one short line per step, with its seconds."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn


def stop(sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence for a person on standard error."""
    print(sentence, file=sys.stderr)
    sys.exit(code)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print `name …` at once, and the seconds when it is done."""
    print(f"  {name} … ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


class CommandFailed(Exception):
    """A program ended badly; its last lines are in `output`."""

    def __init__(self, command: Sequence[str | Path], output: str) -> None:
        super().__init__(f"{' '.join(map(str, command[:4]))} …")
        self.output = output


def call(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run quietly, without standard input. Raises `CommandFailed` with what the program said."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    if done.returncode != 0:
        raise CommandFailed(command, "\n".join(done.stdout.splitlines()[-20:]))
