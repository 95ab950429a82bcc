"""`./chat bench mail`: senders of mail are killed with -9 at random, and what arrives is held against the outbox.

Invariant: the mail server is a real one and outlives every sender; a mail is lost when it has come to an end and never
arrived, and twice when its Message-ID arrived more than once.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.servers import NOT_INHERITED
from bench.services import check, services
from tools import ROOT

VIOLATED = 1  # exit code


@dataclass(frozen=True)
class Outcome:
    mails: int
    kills: int
    states: Mapping[str, int]
    lost: list[str]
    twice: list[str]

    @property
    def is_broken(self) -> bool:
        return bool(self.lost or self.twice) or sum(self.states.values()) != self.mails

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return f"{self.mails} mails, {self.kills} kills: {states}; lost {len(self.lost)}, twice {len(self.twice)}"


def main(options: Namespace) -> int:
    check(options.db, 1)
    seed = options.seed if options.seed is not None else secrets.randbits(32)
    began = time.monotonic()
    with services(options.db, 1) as settings, tempfile.TemporaryDirectory(prefix="classtrak-mail-") as folder:
        outcome = kill_senders(Path(folder), settings, mails=options.mails, kills=options.kills, seed=seed)
    print(f"{outcome}\n{time.monotonic() - began:.0f} s, --seed {seed}")
    return VIOLATED if outcome.is_broken else 0


def kill_senders(folder: Path, settings: Mapping[str, str], *, mails: int, kills: int, seed: int) -> Outcome:
    """Raises RuntimeError with what the senders wrote where they ended by themselves."""
    from bench.mail_sink import mail_server

    with mail_server() as (inbox, url):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        done = subprocess.run(
            [sys.executable, "-m", "bench.mail_senders", str(mails), str(kills), str(seed)],
            env=clean | dict(settings) | {"CHATSERVER_VAR": str(folder), "CHATSERVER_MAIL_URL": url},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        arrived = inbox.arrivals()
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    told = json.loads(done.stdout)
    states: dict[str, str] = told["states"]
    return Outcome(
        mails=mails,
        kills=told["kills"],
        states=Counter(states.values()),
        lost=sorted(set(states) - set(arrived)),
        twice=sorted(name for name, count in arrived.items() if count > 1),
    )
