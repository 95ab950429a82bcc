"""Other programs, run quietly and without standard input."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


class CommandFailed(Exception):
    """A program ended badly; its last lines are in `output`."""

    def __init__(self, command: Sequence[str | Path], output: str) -> None:
        super().__init__(f"{' '.join(map(str, command[:4]))} …")
        self.output = output


def call(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """What the program printed. Raises `CommandFailed` with the last of it."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
            cwd=cwd,
            check=False,
        )
    except FileNotFoundError:
        raise CommandFailed(command, f"{command[0]} is not on this machine.") from None
    if done.returncode != 0:
        raise CommandFailed(command, "\n".join(done.stdout.splitlines()[-20:]))
    return done.stdout
