"""`python -m chatserver.worker`: one server process of `./chat serve`, on a socket that its parent holds.

Invariant: it says over its line that people can connect, and drains when the line ends: its parent is gone.
"""

import argparse
import os
import socket
from contextlib import nullcontext

from chatserver.board import Board
from chatserver.cli import WRONG_ARGUMENTS, only_server
from chatserver.progress import stop

SETTINGS = "chatserver.settings_served"


def main() -> None:
    parser = argparse.ArgumentParser("python -m chatserver.worker", description=__doc__)
    parser.add_argument("--listener", type=int, required=True, help="the descriptor of the listening socket")
    parser.add_argument("--line", type=int, required=True, help="the descriptor of the line to the parent")
    parser.add_argument("--board", type=int, required=True, help="the descriptor of what the workers show each other")
    parser.add_argument("--slot", type=int, required=True, help="ours on the board")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import realtime.daphne  # noqa: F401 - installs the reactor, which has to be there before anything asks for it
    from chatserver.environment import environment

    here = environment()
    with nullcontext() if here.database_url else only_server(here.var):
        board = Board(options.board, options.slot)
        _serve(socket.socket(fileno=options.listener), socket.socket(fileno=options.line), board)


def _serve(listener: socket.socket, line: socket.socket, board: Board) -> None:
    import django

    django.setup()
    from chatserver import checks, durability, schema

    for problem in (durability.problem, schema.problem, checks.problem):
        if (sentence := problem()) is not None:
            stop(sentence, WRONG_ARGUMENTS)
    from chatserver.serve import run_server

    def ready() -> None:
        line.send(b"ready")

    run_server(listener, ready, line, board)


if __name__ == "__main__":
    main()
