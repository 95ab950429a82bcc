"""`./chat bench faults`: the judge finds each broken promise as what it is; the short form runs over a real server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.faults.judging import PROMISES, Verdict, lines
from bench.faults.school import Setting
from bench.faults.table import FAULTS, NAMES
from bench.faults.talker import Place, Talker
from bench.faults.wire import frame
from realtime.frames import whole_texts
from tests.vendors import only_sqlite
from tools import ROOT

ROOM, START = 7, 40


def two_people() -> list[Talker]:
    """One wrote three messages, both saw them."""
    place = Place(0, "")
    people = [Talker(place, ROOM, ""), Talker(place, ROOM, "")]
    for talker in people:
        talker.record.start = START
        talker.record.shown = [(41, "a"), (42, "b"), (43, "c")]
    people[0].record.sent = ["a", "b", "c"]
    people[0].record.acked = {"a": 41, "b": 42, "c": 43}
    return people


def judged(people: list[Talker], **found: int) -> dict[str, int]:
    verdict = Verdict()
    verdict.hold_together(people)
    verdict.hold_against_database({"lost": 0, "invented": 0, "doubled": 0, "holes": 0, **found})
    return {name: getattr(verdict, name) for name in PROMISES if getattr(verdict, name)}


def test_what_was_acked_and_shown_to_all_breaks_nothing() -> None:
    assert judged(two_people()) == {}


def test_a_message_that_somebody_never_saw_is_lost_and_a_gap() -> None:
    people = two_people()
    del people[1].record.shown[1]
    assert judged(people) == {"lost": 1, "gaps": 1}


def test_a_message_shown_under_two_seqs_is_there_twice() -> None:
    people = two_people()
    people[1].record.shown.append((44, "c"))
    assert judged(people) == {"twice": 1}


def test_two_acks_of_one_message_under_two_seqs_are_found() -> None:
    people = two_people()
    people[0].record.twice_acked = 1
    assert judged(people) == {"twice": 1}


def test_another_message_than_the_acked_one_is_a_loss() -> None:
    people = two_people()
    people[1].record.shown[2] = (43, "z")
    assert judged(people) == {"lost": 1}


def test_an_authors_messages_in_another_order_are_found() -> None:
    people = two_people()
    people[0].record.sent = ["b", "a", "c"]
    assert judged(people) == {"order": 1}


def test_a_screen_that_goes_back_is_found() -> None:
    people = two_people()
    people[1].record.shown = [(41, "a"), (43, "c"), (42, "b")]
    assert judged(people) == {"order": 1}


def test_what_the_database_does_not_have_is_found() -> None:
    found = {"lost": 1, "invented": 2, "doubled": 3, "holes": 4}
    assert judged(two_people(), **found) == {"lost": 1, "ghosts": 2, "twice": 3, "gaps": 4}


def test_a_bound_that_does_not_hold_breaks_the_promise() -> None:
    verdict = Verdict()
    verdict.must(True, "0 sockets closed")
    assert not verdict.is_broken
    verdict.must(False, "3 sockets closed")
    assert verdict.is_broken
    assert verdict.said == ["0 sockets closed", "NOT MET: 3 sockets closed"]


def test_the_log_is_what_verify_reads() -> None:
    assert list(lines(two_people()[:1])) == [
        *(f"acked 7 {seq} {cid}" for cid, seq in (("a", 41), ("b", 42), ("c", 43))),
        *(f"shown 7 {seq} {cid}" for cid, seq in (("a", 41), ("b", 42), ("c", 43))),
    ]


@pytest.mark.parametrize("size", [0, 125, 126, 8000, 40_000])
def test_the_client_frames_as_the_protocol_says(size: int) -> None:
    data = frame(b"x" * size)
    assert whole_texts(data, 48 * 1024) == ([b"x" * size], len(data))


def test_every_fault_has_a_name_of_its_own_and_people_enough() -> None:
    assert len(set(NAMES)) == len(FAULTS)
    assert all(fault.members >= Setting.writers for fault in FAULTS)


def test_an_unknown_fault_is_named() -> None:
    command = [sys.executable, "-m", "bench", "faults", "meteor"]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no fault meteor" in done.stderr


@only_sqlite  # it brings its own databases
@pytest.mark.timeout(240)
def test_the_short_form_breaks_no_promise(tmp_path: Path) -> None:
    """A lock and broken frames; kills and restarts have tests of their own."""
    command = [sys.executable, "-m", "bench", "faults", "lock", "frames", "--db=sqlite", "--times=1", "--seconds=3"]
    command.append(f"--json={tmp_path / 'faults.json'}")
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=230)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "faults.json").read_text())
    assert [row["fault"] for row in rows] == ["lock", "frames"]
    for row in rows:
        assert row["acked"] > 0
        assert {row[name] for name in PROMISES} == {0}
