"""Senders that are killed at random. The same with 200 kills over 2,000 mails: `./chat bench mail`."""

import secrets
from pathlib import Path

import pytest

from bench.mail import kill_senders
from tests.vendors import only_sqlite

pytestmark = [pytest.mark.timeout(180), only_sqlite]  # the outbox is of a process with a database of its own


def test_of_200_mails_whose_senders_are_killed_20_times_none_is_lost_and_none_arrives_twice(tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    outcome = kill_senders(tmp_path, {}, mails=200, kills=20, seed=seed)
    assert (outcome.lost, outcome.twice, outcome.kills) == ([], [], 20), f"--seed {seed}: {outcome}"
    assert sum(outcome.states.values()) == 200
    assert set(outcome.states) <= {"sent", "unknown"}
