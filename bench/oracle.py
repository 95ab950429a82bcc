"""What clients were told, held against the database: whatever was acknowledged or shown has to be stored as it was."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db.models import Count, F, Max, Min

from rooms.models import Message, RoomEvent, RoomHead

AT_ONCE = 500  # cids a statement asks for


@dataclass(slots=True)
class Findings:
    """All zero when the server kept its word."""

    lost: int = 0  # acknowledged, and not in the database under this seq
    invented: int = 0  # shown, and not in the database under this seq
    doubled: int = 0  # acknowledged under two seqs
    holes: int = 0  # rooms whose log has a hole or doesn't end where its head says

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a client's log."""

    what: str  # "acked" or "shown"
    room: int
    seq: int
    cid: UUID


def read_log(lines: Iterable[str]) -> Iterator[Told]:
    """Raises ValueError at a line that is none."""
    for line in lines:
        what, room, seq, cid = line.split()
        if what not in ("acked", "shown"):
            raise ValueError(line)
        yield Told(what, int(room), int(seq), UUID(cid))


def verify(told: Iterable[Told]) -> Findings:
    """What differs."""
    lines = set(told)
    stored = dict(_stored({line.cid for line in lines}))
    missing = Counter(line.what for line in lines if stored.get(line.cid) != (line.room, line.seq))
    seqs_of = Counter(line.cid for line in lines if line.what == "acked")
    return Findings(
        lost=missing["acked"],
        invented=missing["shown"],
        doubled=sum(count > 1 for count in seqs_of.values()),
        holes=_holes({line.room for line in lines}),
    )


def _stored(cids: set[UUID]) -> Iterator[tuple[UUID, tuple[int, int]]]:
    wanted = list(cids)
    for start in range(0, len(wanted), AT_ONCE):
        rows = Message.objects.filter(cid__in=wanted[start : start + AT_ONCE])
        for cid, room, seq in rows.values_list("cid", "room_id", "seq"):
            yield cid, (room, seq)


def _holes(rooms: set[int]) -> int:
    """Rooms whose seqs don't run from the head's first to its last, or whose messages aren't numbered through."""
    logs = RoomEvent.objects.filter(room__in=rooms).values("room_id").annotate(first=Min("seq"), last=Max("seq"))
    spans = {row["room_id"]: (row["first"], row["last"], row["count"]) for row in logs.annotate(count=Count("seq"))}
    heads = {
        head.room_id: (head.first_seq, head.last_seq, head.last_seq - head.first_seq + 1)
        for head in RoomHead.objects.filter(room__in=rooms)
    }
    numbers = Message.objects.filter(room__in=rooms).values("room_id").annotate(last=Max("number"), count=Count("seq"))
    uneven = set(numbers.exclude(last=F("count")).values_list("room_id", flat=True))
    return sum(room in uneven or room not in heads or heads[room] != spans.get(room) for room in rooms)
