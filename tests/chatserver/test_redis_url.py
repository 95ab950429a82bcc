"""`REDIS_URL`: what it may be, and that a wrong one stops the start with its name and without its password."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.redis_server import running
from tests.served import Served


def start(url: str) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", "from chatserver.environment import environment; print(environment().redis_url)"]
    return subprocess.run(program, env={**os.environ, "REDIS_URL": url}, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://cache.example",
        "redis://:secret@127.0.0.1:6380/2",
        "rediss://ann:secret@cache.example:6379/",
        "unix:///run/redis/socket",
    ],
)
def test_an_address_is_taken_as_it_is(url: str) -> None:
    done = start(url)
    assert (done.returncode, done.stdout) == (0, f"{url}\n")


@pytest.mark.parametrize(
    "url",
    [
        "cache.example:6379",
        "http://:secret@cache.example",
        "redis://",
        "redis://:secret@cache.example:port",
        "redis://:secret@cache.example/first",
        "redis://:secret@[::1",
        "unix://",
        "unix://run",
    ],
)
def test_a_wrong_one_stops_the_start(url: str) -> None:
    done = start(url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("REDIS_URL: has to be an address such as redis://")
    assert "secret" not in done.stderr


def serve(server: Served, url: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "chatserver", "serve", "--port=0"]
    env = server.env | {"REDIS_URL": url}
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def test_a_wrong_password_stops_the_start(tmp_path: Path) -> None:
    with running() as redis:
        redis.demand("right")
        for url in (redis.url, redis.url.replace("unix://", "unix://:secret@")):
            done = serve(Served(tmp_path), url)
            assert done.returncode == 2
            assert "REDIS_URL: Redis refuses the password" in done.stderr
            assert "secret" not in done.stderr
            assert "Traceback" not in done.stderr
