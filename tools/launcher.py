"""The table of `./chat`'s commands. Those that need the product's libraries continue in `python -m chatserver`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tools import ROOT
from tools.environment import PYTHON, ensure

UNKNOWN = 2  # exit code


@dataclass(frozen=True)
class Command:
    says: str
    run: Callable[[list[str]], int]


def main(arguments: list[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    os.chdir(ROOT)
    if name in ("-h", "--help", "help"):
        print(overview())
        return 0
    if name not in COMMANDS:
        print(
            f"There is no command {name!r}.\n" if name else "Say what to do.\n", overview(), sep="\n", file=sys.stderr
        )
        return UNKNOWN
    try:
        return COMMANDS[name].run(rest)
    except KeyboardInterrupt:
        return 130


def overview() -> str:
    lines = [f"  ./chat {name:<8}{command.says}" for name, command in COMMANDS.items()]
    return "\n".join(["ClassTrak, a chat platform for courses.", "", *lines, "", "Each takes --help."])


def _product(name: str) -> Callable[[list[str]], int]:
    """A command of `python -m chatserver`: its arguments are checked before anything is installed."""

    def run(arguments: list[str]) -> int:
        from chatserver.cli import parse

        parse([name, *arguments])
        ensure("base")
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), "-m", "chatserver", name, *arguments])

    return run


def _bench(arguments: list[str]) -> int:
    from bench.arguments import MAIL, parse

    needs_mail_server = parse(arguments).what == MAIL
    ensure("base", *(("test",) if needs_mail_server else ()))
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", "bench", *arguments])


def _test(arguments: list[str]) -> int:
    from tools.testing import main as test

    return test(arguments)


def _lint(arguments: list[str]) -> int:
    from tools.linting import main as lint

    return lint(arguments)


def _lock(arguments: list[str]) -> int:
    from tools.locking import main as lock

    return lock(arguments)


def _vendor(arguments: list[str]) -> int:
    from tools.vendoring import main as vendor

    return vendor(arguments)


def _rows(arguments: list[str]) -> int:
    from chatserver.rows import main as rows

    return rows(arguments)


def _words(arguments: list[str]) -> int:
    argparse.ArgumentParser("./chat words", description=COMMANDS["words"].says).parse_args(arguments)
    ensure("base", "test")
    return subprocess.call([PYTHON, "-m", "chatserver.words"])


COMMANDS = {
    "run": Command("make everything ready and start the server", _product("run")),
    "serve": Command("serve people: workers on one port, for operators", _product("serve")),
    "test": Command("run the tests, browser tests included", _test),
    "bench": Command("measure the server, beside one as the tutorial teaches it", _bench),
    "lint": Command("ruff, mypy, import-linter, deptry", _lint),
    "rows": Command("what the product promises, the tests that prove it, their last result", _rows),
    "doctor": Command("look for what would go wrong here, and say what to do", _product("doctor")),
    "audit": Command("audit verify: find any changed row of the audit log", _product("audit")),
    "manage": Command("Django's commands", _product("manage")),
    "words": Command("collect and compile the translations", _words),
    "lock": Command("compile the lock files of requirements/", _lock),
    "vendor": Command("bring a file of an npm package into frontend/static/vendor", _vendor),
}
