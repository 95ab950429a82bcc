"""`./chat doctor`: what it finds, in a line each, and that it only looks."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.mail_sink import mail_server
from chatserver.doctor import installation
from chatserver.doctor.findings import Check, State, as_text, failed, found, ok, warning
from chatserver.doctor.machine import kind_of
from tests.live import Live
from tests.postgres import new_database
from tests.redis_server import running
from tests.served import Served
from tests.vendors import only_postgres, only_sqlite

pytestmark = pytest.mark.timeout(180)  # a server's start, on a machine with other work
PUBLIC = "https://chat.example.org"


def run(live: Live, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "chatserver", "doctor", *arguments],
        env=live.env | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def findings(live: Live, **settings: str) -> dict[str, dict[str, Any]]:
    done = run(live, "--json", **settings)
    assert done.stderr == ""
    told = {each["name"]: each for each in json.loads(done.stdout)}
    assert done.returncode == int(any(each["state"] == "failed" for each in told.values()))
    assert all(bool(each["todo"]) == (each["state"] != "ok") for each in told.values())
    return told


def states(live: Live, **settings: str) -> dict[str, str]:
    return {name: each["state"] for name, each in findings(live, **settings).items()}


@pytest.fixture
def fresh(tmp_path: Path) -> Live:
    """A folder in which nothing has ever started."""
    return Live(tmp_path / "var")


def test_before_the_first_start_it_makes_nothing(fresh: Live) -> None:
    told = states(fresh)
    assert {told[name] for name in ("Database", "Tables", "Secret key", "Audit log", "People", "Folder")} == {"ok"}
    assert not fresh.var.exists()


def test_a_served_installation_is_well(tmp_path: Path) -> None:
    with mail_server() as (_inbox, url):
        served = Served(tmp_path, mail_url=url).start()
        served.stop()
        _is_well(served, tmp_path)


def _is_well(served: Live, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    told = findings(served)
    of_this_machine = {"User", "Clock", "Disk", "Listen queue", "Open files", "File system"}
    assert {each["name"] for each in told.values() if each["state"] != "ok"} <= of_this_machine
    assert told["Static files"]["says"] == "collected, of this version"


def test_it_says_each_in_a_line_and_how_many(fresh: Live) -> None:
    done = run(fresh, CHATSERVER_DEBUG="1", CHATSERVER_URL=PUBLIC)
    assert done.returncode == 1
    assert "  failed   Switches      CHATSERVER_DEBUG on a public address\n" in done.stdout
    assert done.stdout.count("\n  failed ") == int(done.stdout.strip().rpartition(", ")[2].partition(" ")[0])


@pytest.mark.parametrize(
    ("settings", "name", "state"),
    [
        ({"CHATSERVER_URL": "http://chat.example.org"}, "Address", "failed"),
        ({"CHATSERVER_URL": PUBLIC}, "Address", "ok"),
        ({"CHATSERVER_URL": PUBLIC}, "Mail", "warning"),
        ({"CHATSERVER_URL": PUBLIC, "CHATSERVER_MAIL_URL": "mailbox:"}, "Mail", "failed"),
        ({"CHATSERVER_MAIL_URL": "smtp://127.0.0.1:9"}, "Mail", "failed"),
        ({"CHATSERVER_DEMO": "1"}, "Mail", "ok"),
        ({"CHATSERVER_URL": PUBLIC, "CHATSERVER_ORIGINS": "http://old.example.org"}, "Address", "warning"),
        ({"CHATSERVER_URL": PUBLIC}, "Proxies", "warning"),
        ({"CHATSERVER_URL": PUBLIC, "CHATSERVER_TRUSTED_PROXIES": "127.0.0.1"}, "Proxies", "ok"),
        ({"CHATSERVER_DEMO": "1"}, "Switches", "warning"),
        ({"CHATSERVER_DEMO": "1", "CHATSERVER_URL": PUBLIC}, "Switches", "failed"),
        ({"CHATSERVER_METRICS_ALLOW": "0.0.0.0/0"}, "Operators", "warning"),
        ({"CHATSERVER_METRICS_ALLOW": "10.0.0.0/8"}, "Operators", "ok"),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1"}, "Redis", "failed"),
        ({"DATABASE_URL": "postgresql://ann:secret@127.0.0.1:1/chat"}, "Database", "failed"),
        ({"DATABASE_URL": "postgresql:///chat?host=/nowhere", "CHATSERVER_WORKERS": "2"}, "Redis", "warning"),
        ({"DATABASE_URL": "", "CHATSERVER_WORKERS": "2"}, "Processes", "failed"),
    ],
)
def test_a_setting_that_would_go_wrong_is_found(fresh: Live, settings: dict[str, str], name: str, state: str) -> None:
    told = findings(fresh, **settings)
    assert told[name]["state"] == state
    assert "secret@" not in json.dumps(told)
    assert ":secret" not in json.dumps(told)


def test_without_its_database_it_says_so_once(fresh: Live) -> None:
    told = findings(fresh, DATABASE_URL="postgresql://ann:secret@127.0.0.1:1/chat")
    assert told["Database"]["says"].startswith("DATABASE_URL: PostgreSQL can't be used.")
    assert "Tables" not in told


def test_a_wrong_setting_is_refused_as_at_every_start(fresh: Live) -> None:
    done = run(fresh, CHATSERVER_TRUSTED_PROXIES="10.0.0.1/8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "CHATSERVER_TRUSTED_PROXIES: 10.0.0.1/8 has host bits set\n"


def test_a_demo_school_on_a_public_address_is_found(new_live: Callable[..., Live]) -> None:
    live = new_live()
    live.stop()
    assert states(live)["People"] == "ok"
    assert states(live, CHATSERVER_URL=PUBLIC)["People"] == "failed"


def test_a_changed_entry_at_the_end_of_the_audit_log_is_found(new_live: Callable[..., Live]) -> None:
    live = new_live()
    live.stop()
    assert states(live)["Audit log"] == "ok"
    spoil = "from accounts.models import AuditEntry; e = AuditEntry.objects.last(); "
    spoil += "AuditEntry.objects.filter(pk=e.pk).update(action='other')"
    command = [sys.executable, "-m", "chatserver", "manage", "shell", "--no-imports", "-c", spoil]
    subprocess.run(command, env=live.env, check=True, capture_output=True, timeout=60)
    assert findings(live)["Audit log"]["says"].startswith("broken: ")


def test_a_key_that_others_can_read_is_found(fresh: Live) -> None:
    fresh.var.mkdir(mode=0o700)
    key = fresh.var / "secret.key"
    key.write_text("x" * 60)
    key.chmod(0o644)
    assert states(fresh)["Secret key"] == "failed"
    key.chmod(0o600)
    assert states(fresh)["Secret key"] == "ok"
    key.write_text("short")
    assert states(fresh)["Secret key"] == "failed"


def test_a_folder_that_everybody_can_open_is_found(fresh: Live) -> None:
    fresh.var.mkdir()
    fresh.var.chmod(0o755)
    assert states(fresh)["Folder"] == "warning"


@only_sqlite
def test_an_old_schema_is_found(fresh: Live) -> None:
    fresh.var.mkdir(mode=0o700)
    migrate = [sys.executable, "-m", "chatserver", "manage", "migrate", "accounts", "--verbosity=0"]
    subprocess.run(migrate, env=fresh.env, check=True, capture_output=True, timeout=60)
    assert findings(fresh)["Tables"]["says"].startswith("The database has an old schema")


@only_postgres
def test_more_processes_than_postgres_has_connections_for_are_found(fresh: Live) -> None:
    fresh.use_database(new_database(os.environ["DATABASE_URL"]))
    told = findings(fresh, CHATSERVER_WORKERS="2")
    assert {told[name]["state"] for name in ("Database", "Connections", "Clocks")} == {"ok"}
    assert findings(fresh, CHATSERVER_WORKERS="40")["Connections"]["state"] == "warning"


def test_a_redis_that_answers_is_well(fresh: Live) -> None:
    with running() as redis:
        assert findings(fresh, REDIS_URL=redis.url)["Redis"]["state"] == "ok"


def test_a_redis_without_password_is_warned_of_where_others_get_to() -> None:
    assert installation.redis_finding("cache.example.org:6379", "7.0.15", is_open=True).state is State.WARNING
    assert installation.redis_finding("cache.example.org:6379", "7.0.15", is_open=False).state is State.OK
    assert installation.redis_finding("cache.example.org:6379", "6.2.1", is_open=False).state is State.FAILED


@pytest.mark.parametrize(
    ("bind", "protected", "is_kept"),
    [
        ("127.0.0.1 -::1", "no", True),
        ("* -::*", "yes", True),
        ("* -::*", "no", False),
        ("127.0.0.1 10.0.0.5", "no", False),
    ],
)
def test_a_redis_beside_us_that_others_get_to_is_no_better(bind: str, protected: str, is_kept: bool) -> None:
    told = {"port": "6379", "bind": bind, "protected-mode": protected}
    assert installation.is_kept_to_itself(told) is is_kept
    assert installation.is_kept_to_itself(told | {"port": "0"})


# Its parts


def test_a_check_that_can_not_look_does_not_end_the_others() -> None:
    def breaks() -> Any:
        raise ValueError("whatever it was about")

    finding = found(Check("Broken", breaks))
    assert (finding.state, finding.says) == (State.FAILED, "could not be looked at: ValueError")


def test_the_text_counts_and_tells_what_to_do() -> None:
    text = as_text([("One", ok("good")), ("Two", warning("so so", "mend it")), ("Three", failed("bad\n  news", "now"))])
    assert [line.split(maxsplit=2)[:2] for line in text.splitlines() if line and "→" not in line] == [
        ["ok", "One"],
        ["warning", "Two"],
        ["failed", "Three"],
        ["1", "ok,"],
    ]
    assert "bad news" in text
    assert text.count("→") == 2


def test_the_file_system_is_the_one_mounted_last_and_deepest() -> None:
    mounts = [("/", "ext4"), ("/srv", "nfs4"), ("/srv/chat", "ext4"), ("/srv/chat", "xfs"), ("/srv/c", "tmpfs")]
    assert [kind_of(Path(path), mounts) for path in ("/home", "/srv/x", "/srv/chat/var", "/srv/cache")] == [
        "ext4",
        "nfs4",
        "xfs",
        "nfs4",
    ]
