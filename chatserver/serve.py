"""One server process: the hardened Daphne on a socket that already listens, with the engine behind it."""

import resource
import socket
from collections.abc import Callable
from typing import Any, cast

from twisted.logger import STDLibLogObserver, globalLogPublisher

from chatserver.access import AccessLog
from chatserver.addresses import Application, RealAddress
from chatserver.asgi import application
from chatserver.board import Board
from chatserver.engine import Engine
from chatserver.environment import environment
from chatserver.logs import catch_the_rest
from chatserver.probes import Probes
from chatserver.pulse import Pulse
from chatserver.turns import Turns
from realtime.daphne import Server, loop  # first: it installs the reactor
from realtime.tuning import tune


def run_server(
    listener: socket.socket,
    ready: Callable[[], None],
    line: socket.socket | None = None,
    board: Board | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl+C, then drain: every socket is told, what was accepted is on disk.

    The end of `line` does as SIGTERM does: whoever started us is gone. `board`: there are others beside us.
    """
    catch_the_rest()
    _raise_open_files()
    globalLogPublisher.addObserver(cast(Any, STDLibLogObserver()))  # Daphne throws Twisted's away
    engine = Engine(loop)
    pulse = Pulse(engine, board)

    async def finish() -> None:
        await pulse.stop()
        await engine.stop()

    server = Server(
        operated(pulse),
        [f"fd:fileno={listener.fileno()}"],
        config=engine.config,
        farewell=engine.farewell,
        settle=engine.settle,
        finish=finish,
        ready=ready,
    )
    loop.call_soon(engine.start)
    loop.call_soon(pulse.start, server)
    if line is not None:
        loop.add_reader(line, _parent_is_gone, server, line)
    tune()
    server.run()


def _raise_open_files() -> None:
    """A socket is an open file; what shells allow by themselves (1,024) is for programs that still use select()."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def operated(pulse: Pulse) -> Application:
    """The product, with what its operator needs round it."""
    here = environment()
    turns = Turns(cast(Any, application), pulse.engine.networks.holds)
    pages = RealAddress(AccessLog(turns), here.trusted_proxies)
    return Probes(pages, pulse, allow=here.metrics_allow, trusted=here.trusted_proxies)


def _parent_is_gone(server: Server, line: socket.socket) -> None:
    loop.remove_reader(line)
    server.start_drain()
