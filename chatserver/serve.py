"""One server process: the hardened Daphne on a socket that already listens, with the engine behind it."""

import socket
from collections.abc import Callable

from chatserver.asgi import application
from chatserver.engine import Engine
from realtime.daphne import Server, loop  # first: it installs the reactor
from realtime.tuning import tune


def run_server(listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl+C, then drain: every socket is told, what was accepted is on disk."""
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
    tune()
    server.run()
