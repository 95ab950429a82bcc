"""`DATABASE_URL`: which database it names, and that a wrong one stops the start with its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatserver.databases import database

VAR = Path("/tmp/nowhere")  # noqa: S108 - never made


def test_empty_is_sqlite_in_the_folder_of_everything_mutable() -> None:
    made = database("", var=VAR, threads=4)
    assert (made["ENGINE"], made["NAME"]) == ("chatserver.sqlite", VAR / "chat.sqlite3")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://ann:p%40ss@db.example:5433/chat", ("chat", "ann", "p@ss", "db.example", "5433")),
        ("postgresql:///chat?host=/run/postgresql", ("chat", "", "", "/run/postgresql", "")),
        ("postgres://db.example/chat", ("chat", "", "", "db.example", "")),
    ],
)
def test_an_address_names_database_user_and_host(url: str, named: tuple[str, ...]) -> None:
    made = database(url, var=VAR, threads=4)
    assert made["ENGINE"] == "django.db.backends.postgresql"
    assert tuple(made[part] for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == named


def test_what_libpq_knows_is_passed_on_and_wins_over_ours() -> None:
    made = database("postgresql://h/chat?sslmode=require&options=-c%20lock_timeout%3D1s", var=VAR, threads=4)
    assert made["OPTIONS"]["sslmode"] == "require"
    assert made["OPTIONS"]["options"].endswith("-c lock_timeout=1s")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://ann:secret@h/chat", "has to be an address"),
        ("chat.sqlite3", "has to be an address"),
        ("postgresql://ann:secret@h", "names no database"),
        ("postgresql://ann:secret@h:port/chat", "has a port that is no number"),
        ("postgresql://ann:secret@h/chat?colour=red", "can't be read: invalid URI query parameter"),
        ("postgresql://ann:secret@h/chat%zz", "can't be read: invalid percent-encoded token"),
    ],
)
def test_a_wrong_one_stops_the_start_with_its_name_and_without_its_password(url: str, sentence: str) -> None:
    program = [sys.executable, "-c", "import chatserver.settings"]
    done = subprocess.run(program, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"DATABASE_URL: {sentence}")
    assert "secret" not in done.stderr
