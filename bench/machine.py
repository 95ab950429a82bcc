"""`./chat bench machine`: the state machine of the tests over more examples than the suite's, other ones each time."""

import os
import sys
from argparse import Namespace

from bench.services import check
from tools.environment import ensure

TEST = "tests/rooms/test_machine.py"


def main(options: Namespace) -> int:
    """Becomes pytest, which starts a database of its own; 1 and the shortest way there where something is violated."""
    check(options.db, workers=1)
    ensure("test")
    told = {"CHATSERVER_TEST_EXAMPLES": str(options.examples), "CHATSERVER_TEST_LEG": options.db}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "pytest", "-q", "--durations=1", TEST], os.environ | told)
