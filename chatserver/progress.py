"""What a person sees while something takes time: one short line per step, with its seconds. Standard library only."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


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


def say(text: str) -> None:
    print(text, flush=True)


def stop(sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence for a person on standard error."""
    print(sentence, file=sys.stderr)
    sys.exit(code)
