"""The listening socket, opened by whoever starts the server and handed to it as `fd:fileno=N`."""

import os
import socket

from realtime.config import EngineConfig

FIRST_INHERITED = 3  # as sd_listen_fds(3) has it


def open_listener(
    host: str, port: int, *, backlog: int = EngineConfig().listen_backlog, shared: bool = False
) -> socket.socket:
    """Bound, listening, inheritable. `shared`: other processes may listen on the same port (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    listener.set_inheritable(True)
    return listener


def inherited_listeners(count: int) -> list[socket.socket]:
    """`count` of what systemd listens on for us (`LISTEN_FDS`), so that nobody is refused while we are away; else none.

    One for each place; places beyond share, since several may accept from one queue. Raises ValueError where there are
    more: nobody would accept from those.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    given = int(os.environ.get("LISTEN_FDS", "0"))
    if given > count:
        raise ValueError(
            f"systemd listens on {given} sockets for {count} processes: give each process one, or all one."
        )
    return [_adopted(FIRST_INHERITED + place % given) for place in range(count)] if given else []


def _adopted(number: int) -> socket.socket:
    listener = socket.socket(fileno=os.dup(number))
    listener.setblocking(False)
    listener.set_inheritable(True)
    return listener
