"""What the records of all people say, held against each other and against the database."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bench.faults.talker import Record, Talker

T = TypeVar("T")

PROMISES = ("lost", "twice", "order", "gaps", "ghosts", "stuck", "unmet")


@dataclass
class Verdict:
    """One row of the table. All of PROMISES are zero when the server kept its word.

    lost: acknowledged, and not stored or not shown to everybody in the room. twice: two seqs or two rows for one
    message, or shown under two. order: an author's messages out of the order of writing. gaps: seqs that somebody never
    saw, or holes in the log. ghosts: shown, and not stored. stuck: people who were not served again. unmet: bounds of
    this fault that did not hold; `said` names them.
    """

    acked: int = 0
    lost: int = 0
    twice: int = 0
    order: int = 0
    gaps: int = 0
    ghosts: int = 0
    stuck: int = 0
    unmet: int = 0
    recoveries: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def is_broken(self) -> bool:
        return any(getattr(self, name) for name in PROMISES)

    def must(self, is_met: bool, says: str) -> None:
        self.unmet += not is_met
        self.said.append(says if is_met else f"NOT MET: {says}")

    def hold_together(self, talkers: Sequence[Talker], *, unordered: Sequence[Talker] = ()) -> None:
        """The people's records beside each other."""
        for room in {talker.room for talker in talkers}:
            records = [talker.record for talker in talkers if talker.room == room]
            self._judge_room(records)
        for talker in talkers:
            self.acked += len(talker.record.acked)
            self.order += 0 if talker in unordered else _out_of_order(talker.record)

    def hold_against_database(self, findings: dict[str, int]) -> None:
        """What `bench verify` found."""
        self.lost += findings["lost"]
        self.ghosts += findings["invented"]
        self.twice += findings["doubled"]
        self.gaps += findings["holes"]

    def _judge_room(self, records: Sequence[Record]) -> None:
        acked = {cid: seq for record in records for cid, seq in record.acked.items()}
        last = max(acked.values(), default=0)
        for record in records:
            shown = dict(record.shown)
            self.gaps += len(set(range(record.start + 1, last + 1)) - shown.keys())
            self.order += sum(one >= other for (one, _), (other, _) in _pairs(record.shown))
            self.twice += record.twice_acked + _repeated(cid for _, cid in record.shown)
            self.lost += sum(shown.get(seq) != cid for cid, seq in acked.items() if seq > record.start)


def lines(talkers: Iterable[Talker]) -> Iterator[str]:
    """The log that `bench verify` reads."""
    for talker in talkers:
        for cid, seq in talker.record.acked.items():
            yield f"acked {talker.room} {seq} {cid}"
        for seq, cid in talker.record.shown:
            yield f"shown {talker.room} {seq} {cid}"


def _out_of_order(record: Record) -> int:
    seqs = [record.acked[cid] for cid in record.sent if cid in record.acked]
    return sum(one >= other for one, other in _pairs(seqs))


def _pairs(values: Sequence[T]) -> Iterator[tuple[T, T]]:
    return itertools.pairwise(values)


def _repeated(cids: Iterable[str]) -> int:
    return sum(count - 1 for count in Counter(cids).values())
