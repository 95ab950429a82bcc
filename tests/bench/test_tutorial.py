"""The baseline is a server that works: it is measured, not made fun of."""

from pathlib import Path

from bench.generator import Load
from bench.scenarios import Scenario
from bench.servers import Tutorial
from tests.bench.conftest import SHORT, Run

CLASS = Scenario("class", "two rooms of three", 2, 3, in_flight=2)


def test_the_tutorials_server_brings_every_message_to_every_screen(tmp_path: Path, run: Run) -> None:
    server = Tutorial(tmp_path)
    seats = server.prepare(CLASS)
    server.start()
    try:
        phases = run(
            Load(
                port=server.port,
                origin=server.origin,
                protocol="tutorial",
                mode="closed",
                seats=seats,
                processes=server.processes,
                in_flight=2,
                **{**SHORT, "drain_seconds": 10},
            )
        ).phases
    finally:
        server.stop()
    assert not any(phases["violations"].values())
    assert phases["measured"]["messages_per_s"] > 0
    assert phases["measured"]["us_per_delivery"] > 0
