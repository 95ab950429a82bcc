"""`./chat test`: the legs of the test suite, each its own pytest process, and what each needs on the machine.

Invariant: with CI set nothing is skipped in silence. A leg whose tools are missing fails there, and says how to get
them; elsewhere it is skipped with the same sentence.
"""

import argparse
import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from shutil import which

from tools import ROOT, debian, postgres, redis
from tools.environment import PYTHON, ensure
from tools.programs import CommandFailed

HEADLESS_SHELL = "chromium-headless-shell"  # the same engine without windows: a quarter faster
BROWSERS = (HEADLESS_SHELL, "chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser of the browser tests: `$CHROMIUM`, or the first found on PATH."""
    return os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := which(name))), None)


@dataclass(frozen=True)
class Tool:
    """A program that a leg needs, and the Debian packages that bring it."""

    name: str
    is_there: Callable[[], bool]
    packages: tuple[str, ...]


@dataclass(frozen=True)
class Leg:
    """One run of pytest."""

    name: str
    arguments: tuple[str, ...]
    tools: tuple[Tool, ...] = ()
    helpful: tuple[Tool, ...] = ()
    """Without them the leg runs, and those of its tests that need them say so (with CI set they fail)."""

    by_name: bool = False
    """Runs only when it is asked for: `--leg NAME`."""


def has_libatomic() -> bool:
    """Playwright's driver needs it, and a small Debian does without."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return sys.platform != "linux"
    return True


REDIS = Tool("Redis", redis.is_there, ("redis-server",))
POSTGRES = Tool("PostgreSQL", lambda: postgres.programs() is not None, ("postgresql",))
CHROMIUM = Tool("Chromium", lambda: chromium() is not None, (HEADLESS_SHELL, "fonts-noto-color-emoji"))
SHELL = Tool("Chromium's headless shell", lambda: which(HEADLESS_SHELL) is not None, (HEADLESS_SHELL,))
LIBATOMIC = Tool("libatomic", has_libatomic, ("libatomic1",))

# Tests wait for their servers as long as they compute: twice as many workers as cores. A browser computes: one more.
CORES = min(os.cpu_count() or 1, 8)
BY_MODULE = ("--dist=loadfile", "--no-loadscope-reorder")  # what a module starts, it starts once
SPREAD = (f"-n{2 * CORES}", *BY_MODULE)

# A new leg (another database, say) is a line here; tests/services.py reads CHATSERVER_TEST_LEG and starts its servers.
LEGS = (
    Leg("sqlite", (*SPREAD, "-m", "not browser"), helpful=(REDIS,)),
    Leg(
        "postgres",
        (*SPREAD, "-m", "not browser and not any_database"),
        tools=(POSTGRES,),
        helpful=(REDIS,),
        by_name=True,
    ),
    Leg("postgres-all", (*SPREAD, "-m", "not browser"), tools=(POSTGRES,), helpful=(REDIS,), by_name=True),
    Leg("browser", (f"-n{CORES + 1}", *BY_MODULE, "-m", "browser"), tools=(CHROMIUM, LIBATOMIC), helpful=(SHELL,)),
)


def main(arguments: list[str]) -> int:
    options, rest = _parser().parse_known_args(arguments)
    pytest_arguments = rest[1:] if rest[:1] == ["--"] else rest
    ensure("base", "test")
    legs = [leg for leg in LEGS if options.leg == leg.name or (options.leg is None and not leg.by_name)]
    if not options.no_install:
        _install_tools(legs)
    if pytest_arguments:
        return _pytest(options.leg or "sqlite", pytest_arguments, is_whole=False)
    return max([_run(leg) for leg in legs])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat test",
        description="Run the tests. Without arguments every leg runs; any other argument goes to one pytest, on SQLite"
        " unless --leg says otherwise.",
        epilog="Legs: " + ", ".join(leg.name + " (by name alone)" * leg.by_name for leg in LEGS),
        allow_abbrev=False,
    )
    parser.add_argument(
        "--leg", choices=[leg.name for leg in LEGS], help="run this leg alone, or the tests named on its database"
    )
    parser.add_argument("--no-install", action="store_true", help="never install Debian packages; skip what lacks them")
    return parser


def _missing(tools: tuple[Tool, ...]) -> list[Tool]:
    return [tool for tool in tools if not tool.is_there()]


def _install_tools(legs: list[Leg]) -> None:
    missing = _missing(tuple(dict.fromkeys(tool for leg in legs for tool in (*leg.tools, *leg.helpful))))
    if missing and debian.may_install():
        try:
            debian.install(*(package for tool in missing for package in tool.packages))
        except CommandFailed as failure:
            print(failure.output)


def _run(leg: Leg) -> int:
    print(f"\n== {leg.name} ==", flush=True)
    missing = _missing(leg.tools)
    if not missing:
        began = time.monotonic()
        code = _pytest(leg.name, leg.arguments, is_whole=True)
        print(f"== {leg.name}: {'passed' if code == 0 else f'failed ({code})'} in {time.monotonic() - began:.0f} s ==")
        return code
    names = ", ".join(tool.name for tool in missing)
    way = debian.command(*(package for tool in missing for package in tool.packages))
    print(f"{'Failed' if _in_ci() else 'Skipped'}: {names} not found. As root: {way}")
    return int(_in_ci())


def _in_ci() -> bool:
    return bool(os.environ.get("CI"))


def _pytest(leg: str, arguments: Sequence[str], *, is_whole: bool) -> int:
    environment = os.environ | {"CHATSERVER_TEST_LEG": leg, "CHATSERVER_TEST_WHOLE": "1" if is_whole else ""}
    return subprocess.call([PYTHON, "-m", "pytest", *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
