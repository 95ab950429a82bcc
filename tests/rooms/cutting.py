"""A wire between the writer and PostgreSQL that can be cut at the worst moment: after the commit, before its answer."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = ".s.PGSQL.5432"
COMMITTED = b"COMMIT\0"  # the tag of a CommandComplete


class Wire:
    """A socket of its own, in `folder`; what comes in goes on to PostgreSQL's, and back."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder, self._server = folder, server
        self.cut_count = 0
        self._cuts = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / NAME))
        self._listener.listen()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_next_commits(self, count: int) -> None:
        """The answers to so many commits never arrive; the connections end instead."""
        self._cuts = count

    def close(self) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server / NAME))
                self._open += [client, server]
                for source, target, is_answer in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._carry, args=(source, target, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_answer and self._cuts and COMMITTED in data:
                    self._cuts -= 1
                    self.cut_count += 1
                    break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire_to(server: str) -> Iterator[Wire]:
    """To the PostgreSQL whose socket is in this folder."""
    folder = Path(tempfile.mkdtemp(prefix="wire-", dir="/tmp"))  # short: a socket's path has 107 bytes
    wire = Wire(folder, Path(server))
    try:
        yield wire
    finally:
        wire.close()
        shutil.rmtree(folder)
