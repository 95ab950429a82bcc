"""One server process: the hardened Daphne on a socket that already listens, with the engine behind it."""

import socket
from collections.abc import Callable

from chatserver.asgi import application
from chatserver.engine import Engine
from realtime.daphne import Server, loop  # first: it installs the reactor
from realtime.tuning import tune


def run_server(listener: socket.socket, ready: Callable[[], None], line: socket.socket | None = None) -> None:
    """Serve until SIGTERM or Ctrl+C, then drain: every socket is told, what was accepted is on disk.

    The end of `line` does as SIGTERM does: whoever started us is gone.
    """
    engine = Engine(loop)
    server = Server(
        application,
        [f"fd:fileno={listener.fileno()}"],
        config=engine.config,
        farewell=engine.farewell,
        settle=engine.settle,
        ready=ready,
    )
    loop.call_soon(engine.start)
    if line is not None:
        loop.add_reader(line, _parent_is_gone, server, line)
    tune()
    server.run()


def _parent_is_gone(server: Server, line: socket.socket) -> None:
    loop.remove_reader(line)
    server.start_drain()
