"""`./chat serve`: what it refuses, each with a sentence, and how one worker is kept, replaced and ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatserver.preparing import is_public
from tests.live import Live
from tests.served import Served
from tests.vendors import only_sqlite

pytestmark = pytest.mark.timeout(180)  # several processes: test_workers.py
PUBLIC = "https://chat.example.org"


def serve(server: Live, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A start in a server's folder that is expected to be refused."""
    command = [sys.executable, "-m", "chatserver", "serve", "--port=0", *arguments]
    env = server.env | settings
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def refused(done: "subprocess.CompletedProcess[str]", sentence: str, code: int = 2) -> None:
    assert done.returncode == code, (done.stdout, done.stderr)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Not started yet; over an empty database."""
    server = Served(tmp_path)
    yield server
    server.stop()


def until(condition: Callable[[], object], what: str) -> None:
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what} never came true")


# Refused


@only_sqlite
def test_several_processes_on_sqlite_are_refused(served: Served) -> None:
    refused(serve(served, "--workers=2"), "SQLite serves one process.")
    refused(serve(served, CHATSERVER_WORKERS="2"), "SQLite serves one process.")


@pytest.mark.parametrize("count", ["0", "65", "-1", "two", "1.5", ""])
def test_a_wrong_number_of_workers_is_refused(served: Served, count: str) -> None:
    refused(serve(served, f"--workers={count}"), "is no number from 1 to 64")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"CHATSERVER_DEMO": "1", "CHATSERVER_URL": PUBLIC}, "CHATSERVER_DEMO lets everybody in"),
        ({"CHATSERVER_DEBUG": "1", "CHATSERVER_URL": PUBLIC}, "CHATSERVER_DEBUG shows everybody the inside"),
        ({"REDIS_URL": "http://cache.example"}, "REDIS_URL: has to be an address"),
        ({"DATABASE_URL": "mysql://h/chat"}, "DATABASE_URL: has to be an address"),
        ({"CHATSERVER_LOG_LEVEL": "LOUD"}, "CHATSERVER_LOG_LEVEL"),
        ({"CHATSERVER_LIMITS": "bench"}, "CHATSERVER_LIMITS=bench"),
    ],
)
def test_a_setting_that_must_not_be_is_refused(served: Served, settings: dict[str, str], sentence: str) -> None:
    refused(serve(served, **settings), sentence)


def test_the_demo_is_refused_wherever_others_get_to(served: Served) -> None:
    refused(serve(served, "--host=0.0.0.0", CHATSERVER_DEMO="1"), "CHATSERVER_DEMO lets everybody in")


def test_the_demos_people_are_served_on_this_machine_alone(new_live: Callable[..., Live]) -> None:
    live = new_live()
    live.stop()
    refused(serve(live, CHATSERVER_URL=PUBLIC), "The demo school is for trying")


@pytest.mark.parametrize(
    ("host", "url", "public"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", False),
        ("127.0.0.2", "http://localhost:8000", False),
        ("::1", "http://[::1]:8000", False),
        ("localhost", "http://localhost", False),
        ("0.0.0.0", "http://127.0.0.1:8000", True),  # noqa: S104
        ("::", "http://127.0.0.1:8000", True),
        ("192.168.1.5", "http://127.0.0.1:8000", True),
        ("127.0.0.1", "https://chat.example.org", True),
        ("chat.example.org", "http://127.0.0.1:8000", True),
    ],
)
def test_an_address_is_public_when_others_get_there(host: str, url: str, public: bool) -> None:
    assert is_public(host, url) == public


def test_an_old_schema_is_refused(served: Served) -> None:
    served.provision(rooms=1, members=2)
    served.call("chatserver", "manage", "migrate", "rooms", "0001", "--fake", "--verbosity=0")
    refused(serve(served), "First: ./chat manage migrate")


def test_a_port_that_another_has_is_refused(served: Served, tmp_path: Path) -> None:
    served.start()
    other = tmp_path / "other"
    other.mkdir()
    refused(serve(Served(other), f"--port={served.port}"), f"127.0.0.1 port {served.port} can't be used")
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]
        refused(serve(Served(other), f"--port={port}"), f"127.0.0.1 port {port} can't be used")


@only_sqlite
def test_a_second_server_on_the_same_folder_is_refused(served: Served) -> None:
    served.start()
    refused(serve(served), "Another server already runs", code=1)


# On a socket of systemd's


AS_SYSTEMD = """
import os, sys
for number, listener in enumerate(map(int, sys.argv[1].split(",")), 3):
    os.dup2(listener, number)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(number - 2)}
os.execv(sys.executable, [sys.executable, "-m", "chatserver", "serve", *sys.argv[2:]])
"""


def test_who_connects_to_systemds_socket_waits_over_a_whole_restart(served: Served, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with socket.create_server(("127.0.0.1", 0)) as held:
        command = [sys.executable, "-c", AS_SYSTEMD, str(held.fileno()), f"--ready={ready}", "--port=1"]
        for _ in range(2):
            with served.log.open("ab") as log:
                process = subprocess.Popen(command, env=served.env, pass_fds=[held.fileno()], stdout=log, stderr=log)
            with socket.create_connection(held.getsockname(), timeout=60) as line:  # at once: nobody accepts yet
                line.sendall(b"GET /sign-in/ HTTP/1.0\r\n\r\n")
                assert line.recv(12) == b"HTTP/1.0 200"
            until(ready.exists, "that it is ready")
            process.terminate()
            assert process.wait(30) == 0
            ready.unlink()
        assert f":{held.getsockname()[1]}/" in served.log.read_text()


def test_more_sockets_than_processes_are_refused(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        numbers = (one.fileno(), other.fileno())
        command = [sys.executable, "-c", AS_SYSTEMD, ",".join(map(str, numbers))]
        env = served.env
        done = subprocess.run(command, env=env, pass_fds=numbers, capture_output=True, text=True, timeout=60)
    refused(done, "systemd listens on 2 sockets for 1 processes")


# Kept


def test_the_parent_imports_nothing_of_what_it_serves() -> None:
    program = "import sys, chatserver.cli, chatserver.supervisor, realtime.listening; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"django", "twisted", "daphne", "asyncio", "pydantic", "channels", "redis", "psycopg", "msgspec", "sqlite3"}
    assert not heavy & {name.partition(".")[0] for name in done.stdout.split()}


def test_one_worker_is_replaced_on_sighup_and_when_it_is_killed(served: Served) -> None:
    served.start()
    (first,) = served.workers()
    os.kill(served.supervisor, signal.SIGHUP)
    until(lambda: "all workers are replaced" in served.log.read_text(), "the restart")
    (second,) = served.workers()
    assert second != first
    os.kill(second, signal.SIGKILL)
    until(lambda: [pid for pid in served.workers() if pid != second], "a new worker")
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as line:  # waits for it
        line.sendall(b"GET /sign-in/ HTTP/1.0\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.0 200"
    served.stop()  # asserts the exit code 0 and a log without a traceback
    assert "ended with -9: starting it again" in served.log.read_text()


def test_a_start_that_is_ended_early_ends_at_once(served: Served) -> None:
    for seconds in (0.05, 0.6, 2.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "chatserver", "serve", "--port=0"],
            env=served.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)  # whatever it is at by then
        process.terminate()
        assert process.wait(30) in (0, -signal.SIGTERM), seconds


def test_a_first_start_that_was_ended_halfway_is_gone_on_with(served: Served) -> None:
    served.call("chatserver", "manage", "migrate", "contenttypes", "--verbosity=0")
    served.start()
    served.stop()


def test_what_was_collected_is_collected_again_only_when_it_changed(served: Served) -> None:
    served.start()
    served.stop()
    assert served.log.read_text().count("Static files") == 1
    served.start()
    served.stop()
    assert served.log.read_text().count("Static files") == 1
    (served.var / "static.sha256").write_text("of another version")
    served.start()
    assert served.log.read_text().count("Static files") == 2
