"""The load generator sees what a server does wrong, each fault as what it is."""

import pytest

from bench.generator import Load, LoadFailed, Seat
from tests.bench.conftest import SHORT, Run
from tests.bench.liar import ROOM, Liar

SEATS = [Seat(ROOM, sends, "/ws/", "session=x") for sends in (True, False, False)]
NOTHING = dict.fromkeys(("gaps", "repeats", "differs", "incomplete", "unacked", "errors", "closed"), 0)


def load(liar: Liar) -> Load:
    return Load(port=liar.port, origin="http://127.0.0.1", protocol="product", mode="closed", seats=SEATS, **SHORT)


def test_a_server_that_keeps_its_word_has_no_violations(run: Run) -> None:
    with Liar() as liar:
        phases = run(load(liar)).phases
    assert phases["violations"] == NOTHING
    assert phases["connected"]["sockets"] == 3
    measured = phases["measured"]
    assert measured["messages_per_s"] > 0
    assert measured["deliveries_per_s"] > 2 * measured["messages_per_s"]
    assert 0 < measured["ack_p50_ms"] <= measured["p99_ms"]


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("skip", {"gaps": 1, "incomplete": 1}),
        ("twice", {"repeats": 1}),
        ("other text", {"differs": 1}),
        ("other ack", {"differs": 1}),
        ("unacked", {"unacked": 1}),
        ("error", {"errors": 1}),
    ],
)
def test_a_fault_is_found_once_and_as_what_it_is(run: Run, fault: str, found: dict[str, int]) -> None:
    with Liar(fault) as liar:
        assert run(load(liar)).phases["violations"] == NOTHING | found


def test_two_screens_that_disagree_about_a_seq_are_found(run: Run) -> None:
    with Liar("other seq") as liar:
        violations = run(load(liar)).phases["violations"]
    assert violations["gaps"] > 0
    assert violations["repeats"] > 0
    assert violations["differs"] > 0


def test_a_socket_that_is_closed_is_found_with_what_it_missed(run: Run) -> None:
    with Liar("close") as liar:
        violations = run(load(liar)).phases["violations"]
    assert violations["closed"] == 1
    assert violations["incomplete"] > 0


def test_what_was_acked_and_shown_is_logged_with_its_seq(run: Run) -> None:
    with Liar() as liar:
        generator = run(load(liar))
    assert generator.log is not None
    lines = [line.split() for line in generator.log.read_text().splitlines()]
    told = {
        what: [(int(room), int(seq), cid) for w, room, seq, cid in lines if w == what] for what in ("acked", "shown")
    }
    assert told["acked"] == told["shown"]
    seqs = [seq for _, seq, _ in told["acked"]]
    assert seqs == list(range(41, 41 + len(seqs)))
    assert len({cid for _, _, cid in told["acked"]}) == len(seqs)


def test_an_open_loop_sends_no_more_than_it_was_told(run: Run) -> None:
    with Liar() as liar:
        opened = Load(
            port=liar.port, origin="http://x", protocol="product", mode="open", seats=SEATS, per_second=200, **SHORT
        )
        generator = run(opened)
    assert generator.phases["violations"] == NOTHING
    assert generator.log is not None
    assert 0 < generator.log.read_text().count("acked") <= 200 * 0.35 + 2  # window, warm-up, the first of each


def test_a_server_that_nobody_can_reach_ends_the_run_with_its_reason(run: Run) -> None:
    with Liar() as liar:
        port = liar.port
    gone = Load(port=port, origin="http://x", protocol="product", mode="closed", seats=SEATS, **SHORT)
    with pytest.raises(LoadFailed, match="turned away"):
        run(gone)
