"""`./chat bench verify`: hold a client's log against the configured database."""

import json
from argparse import Namespace

from bench.provision import set_up
from chatserver.progress import stop

WRONG_LOG = 2  # exit code


def main(options: Namespace) -> int:
    """Prints the findings as JSON; 1 if there is any."""
    set_up()
    from bench.oracle import read_log, verify

    try:
        told = list(read_log(options.log.read_text().splitlines()))
    except (OSError, ValueError) as problem:
        stop(f"{options.log} can't be read as a log of a load generator: {problem}", WRONG_LOG)
    findings = verify(told).as_dict()
    print(json.dumps({"lines": len(told), **findings}))
    return int(any(findings.values()))
