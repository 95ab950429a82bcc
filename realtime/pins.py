"""The names of Twisted, autobahn and Daphne that the engine leans on without their promise.

Each is looked up at import in the code of the function that uses it there. One that is gone costs speed, never
correctness: the caller falls back to the public way, and the log says so once.
"""

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


def names_of(function: Callable[..., Any]) -> frozenset[str]:
    code = getattr(function, "__code__", None)
    return frozenset(code.co_names) if code is not None else frozenset()


def holds(purpose: str, function: Callable[..., Any], *names: str) -> bool:
    """Whether the function still works with all of the names."""
    missing = sorted(set(names) - names_of(function))
    if missing:
        log.warning("%s: falls back to plain behaviour, %s has no %s", purpose, function.__qualname__, missing)
    return not missing
