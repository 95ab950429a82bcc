"""`/healthz`, `/readyz`, `/metrics` of a real server: what they say, to whom, and when they say no."""

import http.client
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chatserver.figures import FAMILIES
from tests.chatserver.conftest import DEVON, RIVERA, Enter, School
from tests.live import Live
from tests.postgres import execute, folder
from tests.socket_client import SUBPROTOCOL, Browser
from tests.vendors import only_postgres
from tools.postgres import Postgres

pytestmark = pytest.mark.timeout(180)  # a server's start, on a machine with other work
PROBES = ("/healthz", "/readyz", "/metrics")
NOBODY = "/nothing-is-here"


def get(live: Live, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=30)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def samples(text: str) -> dict[str, float]:
    """`name{label="…"}` without the worker's number → value."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "worker"}
            key = sample.name + "".join(f"{{{name}={value}}}" for name, value in labels.items())
            found[key] = found.get(key, 0) + sample.value
    return found


def figures(live: Live) -> Mapping[str, float]:
    status, text = get(live, "/metrics")
    assert status == 200
    return samples(text)


# Who may know


@pytest.mark.parametrize("path", PROBES)
def test_the_operators_network_is_answered_whatever_host_it_names(school: School, path: str) -> None:
    status, text = get(school.live, path, host="10.9.8.7")
    assert (status, bool(text)) == (200, True)
    assert get(school.live, path, "HEAD") == (200, "")


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_who_comes_by_a_proxy_that_is_not_named_finds_what_is_nowhere(school: School, path: str, header: str) -> None:
    by_proxy = {header: "127.0.0.1"}
    assert get(school.live, path)[0] == 200
    assert get(school.live, path, **by_proxy) == get(school.live, NOBODY, **by_proxy)
    assert get(school.live, NOBODY, **by_proxy)[0] == 404


def test_nothing_is_changed_there(school: School) -> None:
    for path in PROBES:
        assert get(school.live, path, "POST")[0] == get(school.live, NOBODY, "POST")[0]


def test_another_network_may_be_named(new_live: Callable[..., Live]) -> None:
    live = new_live("--empty", metrics_allow="192.0.2.0/24", trusted_proxies="127.0.0.1")
    for path in PROBES:
        assert get(live, path)[0] == 404
        assert get(live, path, x_forwarded_for="198.51.100.9")[0] == 404
        assert get(live, path, x_forwarded_for="192.0.2.5")[0] == 200
        assert get(live, path, x_forwarded_for="192.0.2.5, 198.51.100.9")[0] == 404


# Whether it is ready


def test_a_server_that_serves_is_ready(school: School) -> None:
    assert get(school.live, "/healthz") == (200, "alive\n")
    assert get(school.live, "/readyz") == (200, "ready\n")


def test_a_redis_that_is_away_is_shown_and_keeps_it_ready(tmp_path: Path) -> None:
    live = Live(tmp_path, "--empty")
    live.env["REDIS_URL"] = f"unix://{tmp_path}/nowhere"
    live.start()
    until(lambda: get(live, "/readyz")[1] == "ready, redis away\n", "that Redis is away")
    assert get(live, "/readyz")[0] == 200
    assert figures(live)["classtrak_bus_up"] == 0
    live.stop()


def test_a_missing_migration_makes_it_unready_and_its_return_ready_again(new_live: Callable[..., Live]) -> None:
    live = new_live("--empty")
    until(lambda: get(live, "/readyz")[1] == "ready\n", "that it is ready")
    rename_migration(live, "0001_initial", "0001_other")
    until(lambda: get(live, "/readyz") == (503, "migrations\n"), "that a migration is missing")
    rename_migration(live, "0001_other", "0001_initial")
    until(lambda: get(live, "/readyz") == (200, "ready\n"), "that it is ready again")


def rename_migration(live: Live, old: str, new: str) -> None:
    change = f"UPDATE django_migrations SET name = '{new}' WHERE name = '{old}' AND app = 'chatserver'"  # noqa: S608
    if live.database_url:
        execute(live.database_url, change)
        return
    with closing(sqlite3.connect(live.var / "chat.sqlite3", timeout=10)) as database, database:
        database.execute(change)


@only_postgres
def test_a_database_that_is_away_makes_it_unready_and_not_dead(tmp_path: Path) -> None:
    postgres = Postgres(folder=folder()).start()
    live = Live(tmp_path, "--empty")
    live.use_database(postgres.url("postgres"))
    live.start()
    try:
        until(lambda: get(live, "/readyz")[1] == "ready\n", "that it is ready")
        postgres.kill()
        until(lambda: get(live, "/readyz") == (503, "database\n"), "that the database is away")
        assert get(live, "/healthz") == (200, "alive\n")
        assert figures(live)["classtrak_draining"] == 0
        postgres.start()
        until(lambda: get(live, "/readyz") == (200, "ready\n"), "that it is back")
        live.stop()
    finally:
        postgres.end()


def test_who_drains_is_not_ready_any_more(new_live: Callable[..., Live]) -> None:
    live = new_live()
    assert live.process is not None
    cookie = Browser.signed_in(live, DEVON).cookie_header
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=30)) as kept, deaf_socket(live, cookie):
        assert ask(kept, "/readyz") == (200, "ready\n")
        live.process.send_signal(signal.SIGTERM)
        until(lambda: "draining" in ask(kept, "/readyz")[1], "that it drains")
        assert ask(kept, "/readyz") == (503, "draining\n")
        assert ask(kept, "/healthz") == (200, "alive\n")
    assert live.process.wait(30) == 0
    live.process = None


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def deaf_socket(live: Live, cookie: str) -> socket.socket:
    """A signed-in socket that answers no close frame, so that the drain has to wait for it."""
    headers = _HANDSHAKE | {"Host": "x", "Origin": live.origin, "Cookie": cookie, "Sec-WebSocket-Protocol": SUBPROTOCOL}
    line = socket.create_connection(("127.0.0.1", live.port), timeout=30)
    line.sendall(("GET /ws/ HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers.items()) + "\r\n").encode())
    assert line.recv(12) == b"HTTP/1.1 101"
    return line


def test_a_loop_that_hangs_is_slow_for_a_while(new_live: Callable[..., Live]) -> None:
    live = new_live("--empty")
    until(lambda: get(live, "/readyz") == (200, "ready\n"), "that it is ready")  # its pulse beats
    assert live.process is not None
    os.kill(live.process.pid, signal.SIGSTOP)
    time.sleep(2.5)  # it isn't a signal: so long does it stand still
    os.kill(live.process.pid, signal.SIGCONT)
    until(lambda: get(live, "/readyz") == (503, "slow\n"), "that it was slow")
    until(lambda: get(live, "/readyz") == (200, "ready\n"), "that it is ready again")


# What it shows


def test_every_family_is_shown_and_named_for_this_product(school: School) -> None:
    _, text = get(school.live, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    on_sqlite_alone = {"bus_up", "bus", "pool"}
    shown = {family for family in FAMILIES if f"classtrak_{family.name}" in families}
    assert {family.name for family in FAMILIES} - {family.name for family in shown} <= on_sqlite_alone
    assert {families[f"classtrak_{family.name}"].type for family in shown} == {"counter", "gauge", "histogram"}
    assert all(family.documentation for family in families.values())


async def test_a_message_moves_the_figures_that_are_about_it(school: School, enter: Enter) -> None:
    before = figures(school.live)
    devon, rivera = await enter(DEVON), await enter(RIVERA)
    room = devon.room("General")
    seq = (await devon.say(room, "counted"))["seq"]
    await rivera.reach(room, seq)
    await devon.close()
    until(lambda: figures(school.live)["classtrak_sockets_closed_total{code=1000}"] >= 1, "that a socket is closed")
    after = figures(school.live)

    def moved(name: str) -> float:
        return after[f"classtrak_{name}"] - before.get(f"classtrak_{name}", 0)

    assert moved("messages_total") == moved("batches_total") == moved("batch_messages_count") == 1
    assert moved("write_seconds_count") == moved("ack_seconds_count") == 1
    assert after["classtrak_ack_seconds_sum"] >= after["classtrak_write_seconds_sum"] > 0
    assert moved("gate_answers_total{answer=allowed}") == moved("sockets_opened_total") == 2
    assert moved("events_total") == 1
    assert moved("deliveries_total") >= 2
    assert moved("frames_in_total") >= 3
    assert after["classtrak_sockets"] == 1
    assert after["classtrak_loop_late_seconds_bucket{le=+Inf}"] == after["classtrak_loop_late_seconds_count"]


async def test_the_figures_name_nobody(school: School, enter: Enter) -> None:
    devon = await enter(DEVON)
    await devon.say(devon.room("General"), "canary-of-the-figures")
    _, text = get(school.live, "/metrics")
    for name in ("canary", "Devon", DEVON, "General", "Algebra"):
        assert name not in text


def test_what_the_door_says_is_counted(school: School) -> None:
    before = figures(school.live).get("classtrak_gate_answers_total{answer=no_session}", 0)
    with closing(http.client.HTTPConnection("127.0.0.1", school.live.port, timeout=30)) as connection:
        connection.request("GET", "/ws/", headers=_HANDSHAKE | {"Origin": school.live.origin})
        assert connection.getresponse().status == 403
    assert figures(school.live)["classtrak_gate_answers_total{answer=no_session}"] == before + 1


_HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def until(condition: Callable[[], object], what: str) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} never came true")
