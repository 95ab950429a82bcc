"""The listening socket, opened by whoever starts the server and handed to it as `fd:fileno=N`."""

import socket

from realtime.config import EngineConfig


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
