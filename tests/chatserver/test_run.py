"""`./chat run`: how a server starts, what it refuses, how it ends. Real processes throughout."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import Live


def run(var: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CHATSERVER_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "chatserver", "run", *arguments],
        env=clean | {"CHATSERVER_VAR": str(var)} | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
    )


def status_of(server: Live, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_ready_server_answers_and_ends_cleanly_on_sigterm(new_live: Callable[..., Live]) -> None:
    server = new_live("--empty")
    assert status_of(server, "/sign-in/") == 200
    said = server.log.read_text()
    assert f"ClassTrak is at {server.url}/" in said
    server.stop()  # asserts the exit code 0 and a log without a traceback
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()


def test_it_ends_cleanly_on_ctrl_c(new_live: Callable[..., Live]) -> None:
    server = new_live("--empty")
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0
    server.process = None
    assert "Traceback" not in server.log.read_text()


def test_a_killed_server_starts_again_on_the_same_port(new_live: Callable[..., Live]) -> None:
    server = new_live("--empty")
    address = server.url
    server.kill()
    server.restart()
    assert server.url == address
    assert status_of(server, "/sign-in/") == 200


def test_an_empty_start_has_no_demo(new_live: Callable[..., Live]) -> None:
    server = new_live("--empty")
    assert not (server.var / "demo.json").exists()
    assert "Demo school" not in server.log.read_text()


def test_the_demo_fills_an_empty_database_once(new_live: Callable[..., Live]) -> None:
    server = new_live(fills=True)
    people = server.people()
    carded = [person for person in people.values() if person.card]
    assert len(carded) < len(people)
    assert [person for person in people.values() if f" {person.username} " in server.log.read_text()] == carded
    server.stop()
    server.restart()
    assert server.log.read_text().count("Demo school …") == 1
    assert server.people() == people


def test_everything_mutable_is_under_its_folder_and_the_key_is_its_own(new_live: Callable[..., Live]) -> None:
    first, second = new_live("--empty"), new_live("--empty")
    key = first.var / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() != (second.var / "secret.key").read_text()


def test_a_second_server_on_the_same_folder_is_refused(new_live: Callable[..., Live]) -> None:
    server = new_live("--empty")
    refused = run(server.var, "--port=0")
    assert (refused.returncode, "Another server already runs" in refused.stderr) == (1, True)
    assert status_of(server, "/sign-in/") == 200


def test_a_taken_port_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(tmp_path, f"--port={port}")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"./chat run --port {port + 1}" in refused.stderr
    assert list(tmp_path.iterdir()) == []  # nothing was begun


def test_an_address_that_is_not_ours_is_refused_without_a_port_to_try(tmp_path: Path) -> None:
    refused = run(tmp_path, "--host=203.0.113.1", "--port=0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "203.0.113.1 port 0 can't be used" in refused.stderr
    assert "--port" not in refused.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [("CHATSERVER_URL", "chat.example"), ("CHATSERVER_THREADS", "many"), ("CHATSERVER_LOCALE", "xx")],
)
def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path: Path, setting: str, value: str) -> None:
    refused = run(tmp_path, "--port=0", **{setting: value})
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"{setting}: ")
    assert "Traceback" not in refused.stderr
