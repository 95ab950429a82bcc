"""`./chat serve` in a process of its own, on a database of its own, with its workers.

Everybody is invented by `bench provision`: course rooms, in each its instructor first, all signed in.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.live import Live
from tests.socket_client import SocketClient

LISTENING, ESTABLISHED = "0A", "01"


@dataclass(frozen=True)
class Seat:
    room: int
    member: int
    cookie: str
    origin: str


class Served(Live):
    COMMAND = "serve"

    def __init__(self, var: Path, *arguments: str, redis_url: str = "", **settings: str) -> None:
        super().__init__(var, *arguments, **settings)
        self.env |= {"REDIS_URL": redis_url}

    def provision(self, rooms: int, members: int) -> list[list[Seat]]:
        """Room by room, who is in it."""
        people = self.var / "people.json"
        size = (f"--rooms={rooms}", f"--members={members}")
        self.call("bench", "provision", *size, f"--json={people}")
        seats = [Seat(**each) for each in json.loads(people.read_text())]
        return [seats[at : at + members] for at in range(0, len(seats), members)]

    def call(self, module: str, *arguments: str) -> str:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    # The workers

    @property
    def supervisor(self) -> int:
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        """Their process ids."""
        children = Path(f"/proc/{self.supervisor}/task/{self.supervisor}/children").read_text().split()
        return [int(pid) for pid in children if b"chatserver.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def worker_of(self, client: SocketClient) -> int:
        """The process that holds the other end: by the socket's inode, found among what the workers have open."""
        port = client.connection.local_address[1]
        inode = _inode(self.port, port)
        for pid in self.workers():
            if f"socket:[{inode}]" in _open_files(pid):
                return pid
        raise AssertionError(f"no worker has the socket of port {port}")


def _inode(local: int, remote: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if [int(field.rpartition(":")[2], 16) for field in fields[1:3]] == [local, remote] and fields[3] == ESTABLISHED:
            return fields[9]
    raise AssertionError("that connection isn't there")


def _open_files(pid: int) -> set[str]:
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(entry.path))
        except FileNotFoundError:
            continue
    return found
