"""What `./chat bench` understands. Standard library only: it is read before anything is installed."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.scenarios import NAMES

PROVISION, VERIFY, FAULTS, MACHINE, MAIL = "provision", "verify", "faults", "machine", "mail"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; `what` is the first word, or `run`. Ends with a sentence and 2 on anything that it doesn't know."""
    parsers = {PROVISION: _provision, VERIFY: _verify, FAULTS: _faults, MACHINE: _machine, MAIL: _mail}
    if arguments and arguments[0] in parsers:
        return parsers[arguments[0]]().parse_args(arguments[1:], argparse.Namespace(what=arguments[0]))
    return _run().parse_args(arguments, argparse.Namespace(what="run"))


def _run() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat bench",
        description="Measure the server, beside a Channels server as its tutorial teaches it. Needs gcc.",
        epilog="./chat bench faults --help: what breaks around a server. ./chat bench machine --help: anything in any "
        "order. ./chat bench mail --help: senders of mail are killed. ./chat bench provision --help and ./chat bench "
        "verify --help: for a load generator of your own.",
    )
    parser.add_argument(
        "scenarios", nargs="*", choices=[[], *NAMES], metavar="SCENARIO", help=f"of: {', '.join(NAMES)}"
    )
    parser.add_argument("--seconds", type=_positive(float), default=5.0, help="of each window (default: %(default)g)")
    parser.add_argument("--repeats", type=_positive(int), default=3, help="of each scenario (default: %(default)s)")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite", help="default: %(default)s")
    parser.add_argument(
        "--workers", type=_positive(int), default=1, help="processes of the server; above 1: PostgreSQL"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there (default: var/bench/…)")
    parser.add_argument("--no-tutorial", action="store_true", help="leave the tutorial's server out; no ratios then")
    return parser


def _provision() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat bench provision",
        description="Fill the configured database, which has to be empty, with invented courses and signed-in members.",
    )
    parser.add_argument("--rooms", type=_positive(int), default=20, help="course rooms (default: %(default)s)")
    parser.add_argument("--members", type=_positive(int), default=30, help="of each room (default: %(default)s)")
    parser.add_argument(
        "--json", type=Path, required=True, metavar="FILE", help="writes [{room, member, cookie, origin}]"
    )
    return parser


def _verify() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat bench verify",
        description="Hold what clients were told against the configured database; exit code 1 if anything differs.",
    )
    parser.add_argument(
        "log", type=Path, help="a line for each message: `acked` or `shown`, room, seq, cid, separated by blanks"
    )
    return parser


def _faults() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat bench faults",
        description="Break what is around a server while people write, and hold what they were told against each other "
        "and the database. Exit code 1 if anything acknowledged was lost, doubled, out of order, or not shown.",
    )
    parser.add_argument("names", nargs="*", metavar="FAULT", help="by their short names; default: all")
    parser.add_argument("--db", choices=["sqlite", "postgres"], help="default: one after the other")
    parser.add_argument("--workers", type=_positive(int), help="processes (default: 1 on SQLite, 2 on PostgreSQL)")
    parser.add_argument("--times", type=_positive(int), help="of each fault (default: its own, 30 for kill)")
    parser.add_argument(
        "--seconds", type=_positive(float), default=20.0, help="hostile clients are there (default: %(default)g)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there (default: var/bench/…)")
    return parser


def _machine() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat bench machine",
        description="Do anything in any order, kill -9 included, beside a model of a room: the suite's test, but other "
        "examples each time. Exit code 1 and the shortest way there where the two differ.",
    )
    parser.add_argument("--examples", type=_positive(int), default=1000, help="default: %(default)s")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite", help="default: %(default)s")
    return parser


def _mail() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "./chat bench mail",
        description="Kill senders of mail with -9 at random, and hold what arrives against the outbox. Exit code 1 if "
        "a mail was lost or arrived twice.",
    )
    parser.add_argument("--mails", type=_positive(int), default=2000, help="default: %(default)s")
    parser.add_argument("--kills", type=_positive(int), default=200, help="default: %(default)s")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite", help="default: %(default)s")
    parser.add_argument("--seed", type=int, help="of the dice (default: another one each time)")
    return parser


def _positive(kind: type) -> type:
    def read(text: str) -> float:
        value: float = kind(text)
        if value <= 0:
            raise ValueError(text)
        return value

    read.__name__ = f"positive {kind.__name__}"  # argparse says it
    return read  # type: ignore[return-value]
