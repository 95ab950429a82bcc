"""A Redis of our own, for tests and benchmarks: in a temporary folder, on a socket in it, keeping nothing on disk.

It ends with the thread that started it, and starts in a few hundredths of a second, so that whoever kills, stops or
empties one need not think of others.
"""

import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

START_SECONDS = 20
PROGRAM = "redis-server"


def is_there() -> bool:
    return shutil.which(PROGRAM) is not None


class Redis:
    """It may be killed and started again, or stopped for a while."""

    def __init__(self) -> None:
        if not is_there():
            raise FileNotFoundError("redis-server isn't installed.")
        self.home = Path(tempfile.mkdtemp(prefix="redis-", dir="/tmp"))  # short: a socket's path has 107 bytes
        self.socket = self.home / "socket"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> "Redis":
        self.socket.unlink(missing_ok=True)
        where = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.home)]
        options = [*where, "--save", "", "--appendonly", "no"]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", PROGRAM, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        end = time.monotonic() + START_SECONDS
        while self._ask("PING") != "PONG":
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Redis did not start:\n{(self.home / 'log').read_text()[-3000:]}")
            time.sleep(0.01)
        return self

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._wait()

    def pause(self) -> None:
        """It is there, takes connections and bytes, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def flush(self) -> None:
        self._ask("FLUSHALL")

    def cut(self) -> None:
        """Every connection that is subscribed to something is closed."""
        self._ask("CLIENT", "KILL", "TYPE", "pubsub")

    def demand(self, password: str) -> None:
        """From now on nobody gets in without it."""
        self._ask("CONFIG", "SET", "requirepass", password)

    def subscribers(self) -> int:
        return self._ask("CLIENT", "LIST", "TYPE", "pubsub").count("id=")

    def publishes(self) -> int:
        """How many there were since the start."""
        found = re.search(r"cmdstat_publish:calls=(\d+)", self._ask("INFO", "commandstats"))
        return int(found[1]) if found else 0

    def publish(self, channel: str, text: str) -> None:
        self._ask("PUBLISH", channel, text)

    def end(self) -> None:
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        self._wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def _wait(self) -> None:
        if self.process is not None:
            self.process.wait(START_SECONDS)
            self.process = None

    def _ask(self, *words: str) -> str:
        """One command, by hand: the answer's text, of which there is little."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(START_SECONDS)
            try:
                line.connect(str(self.socket))
            except OSError:
                return ""
            line.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words))
            answer = line.recv(1 << 20).decode()
        return answer.lstrip("+:").strip()
