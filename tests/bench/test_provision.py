"""`./chat bench provision`: invented people whom the product takes for its own."""

import json
import stat
import subprocess
import sys

import pytest

from bench.generator import Load, Seat
from tests.bench.conftest import SHORT, Bench, Run
from tests.live import Live
from tests.vendors import only_sqlite
from tools import ROOT


@only_sqlite  # the benchmark provisions the database of its own folder
def test_everybody_is_signed_in_and_sends_over_a_real_server(bench: Bench, run: Run) -> None:
    """Signed in, through the gate, in one room each; and nothing that was said is other than what was stored."""
    people = bench.provision(rooms=2, members=4)
    live = Live(bench.var, "--empty", limits="bench").start()
    seats = [Seat(row["room"], place % 4 in (1, 2), "/ws/", row["cookie"]) for place, row in enumerate(people)]
    generator = run(
        Load(port=live.port, origin=live.origin, protocol="product", mode="closed", seats=seats, in_flight=3, **SHORT)
    )
    live.stop()
    assert not any(generator.phases["violations"].values())
    assert generator.phases["measured"]["messages_per_s"] > 0

    assert generator.log is not None
    done = bench.call("verify", str(generator.log))
    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert said.pop("lines") == len(generator.log.read_text().splitlines()) > 0
    assert said == {"lost": 0, "invented": 0, "doubled": 0, "holes": 0}

    lines = generator.log.read_text().splitlines()
    what, room, seq, cid = next(line for line in lines if line.startswith("acked")).split()
    moved = f"{what} {room} {int(seq) + 1} {cid}"
    never = f"shown {room} 1 {'0' * 8}-0000-7000-8000-{'0' * 12}"
    generator.log.write_text("\n".join([*lines, moved, never]) + "\n")
    done = bench.call("verify", str(generator.log))
    assert done.returncode == 1
    assert {"lost": 1, "invented": 1, "doubled": 1, "holes": 0}.items() <= json.loads(done.stdout).items()


def test_the_file_names_each_member_once_with_a_cookie_and_the_origin(bench: Bench) -> None:
    bench.env["CHATSERVER_URL"] = "http://127.0.0.1:8123"
    people = bench.provision(rooms=3, members=2)
    assert [set(row) for row in people] == [{"room", "member", "cookie", "origin"}] * 6
    assert len({row["room"] for row in people}) == 3
    assert len({row["member"] for row in people}) == len({row["cookie"] for row in people}) == 6
    assert {row["origin"] for row in people} == {"http://127.0.0.1:8123"}
    assert stat.S_IMODE((bench.var / "people.json").stat().st_mode) == 0o600


def test_a_database_with_members_is_refused(bench: Bench) -> None:
    bench.provision(rooms=1, members=1)
    again = bench.call("provision", "--rooms=1", "--members=1", f"--json={bench.var / 'again.json'}")
    assert (again.returncode, again.stdout) == (2, "")
    assert "only an empty one is filled" in again.stderr
    assert not (bench.var / "again.json").exists()


def test_the_ledgers_of_the_invented_people_verify(bench: Bench) -> None:
    bench.provision(rooms=1, members=3)
    command = [sys.executable, "-m", "chatserver", "audit", "verify"]
    done = subprocess.run(command, env=bench.env, cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("line", ["acked 1 2", "said 1 2 0192", "acked one 2 01920000-0000-7000-8000-000000000000"])
def test_a_log_that_is_none_is_refused_with_its_name(bench: Bench, line: str) -> None:
    bench.provision(rooms=1, members=1)
    log = bench.var / "odd.log"
    log.write_text(line + "\n")
    done = bench.call("verify", str(log))
    assert (done.returncode, done.stdout) == (2, "")
    assert str(log) in done.stderr
