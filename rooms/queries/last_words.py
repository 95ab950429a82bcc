"""The last message of each room in the list, as each view may read it: a line of content under the rules of content.

Invariant: nothing is shown here that the room itself would not show to the same view. The candidates are only a guess
at what may be seen; `is_withheld` has the last word, and a removed message is passed over for everybody.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from msgspec import Struct

from rooms import text as texts
from rooms.events import GUARDIAN, PEER, is_withheld, wire_time
from rooms.models import Enrollment, Message, Room
from rooms.queries.names import Names, seats_in
from rooms.queries.standings import Standing

WORDS_CHARS = 90


class LastMessage(Struct, omit_defaults=True):
    """The beginning of the newest message that this view sees, on one line. `name` absent: somebody it doesn't list."""

    seq: int
    by: int
    at: str
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    seq: int
    by: int
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class LastWords:
    """Room → its candidates, newest first, and who wrote them. `seen_by` asks no database."""

    words: Mapping[int, list[_Words]] = field(default_factory=dict)
    names: Names = field(default_factory=lambda: Names((), {}))

    def seen_by(self, standing: Standing) -> LastMessage | None:
        """In the active language."""
        for each in self.words.get(standing.room.pk, ()):
            if not self._is_withheld(each, standing):
                name, text = self.names.name(standing, each.by), self.names.named(standing, each.text)
                return LastMessage(each.seq, each.by, each.at, text, name)
        return None

    def _is_withheld(self, words: _Words, standing: Standing) -> bool:
        author = self.names.person(standing.room.pk, words.by)
        if author is None:
            return True
        is_student = author.role not in Enrollment.STAFF
        return is_withheld(standing.view, author=words.by, is_hidden=author.is_hidden, is_student=is_student)


NO_WORDS = LastWords()


def last_words_of(standings: Iterable[Standing]) -> LastWords:
    """For the rooms of any number of members at once. At most eight statements."""
    standings = list(standings)
    rooms = {standing.room.pk: standing.room for standing in standings}
    words = _words(_newest(rooms) | _newest_of_families(standings))
    seats = {room: {each.by for each in found} | seats_in(w.text for w in found) for room, found in words.items()}
    is_for_peers = any(standing.view == PEER for standing in standings)
    return LastWords(words, Names([rooms[room] for room in seats], seats, is_for_peers=is_for_peers))


def _stands(**author: OuterRef) -> "QuerySet[Message, Any]":
    """What stands in a room that is asked about, newest first."""
    rows = Message.objects.filter(room=OuterRef("pk"), seq__gte=OuterRef("head__first_seq"), removed_at__isnull=True)
    return rows.filter(**author).order_by("-seq").values("pk")


def _newest(room_ids: Collection[int]) -> set[int]:
    """Of each room the newest message, and the newest one by somebody who isn't hidden."""
    hidden = Enrollment.objects.filter(
        course=OuterRef("room__course"), member=OuterRef("author"), hidden_at__isnull=False
    )
    rooms = Room.objects.filter(pk__in=room_ids).annotate(
        newest=Subquery(_stands()[:1]), shown=Subquery(_stands().filter(~Exists(hidden))[:1])
    )
    return {pk for row in rooms.values_list("newest", "shown") for pk in row if pk is not None}


def _newest_of_families(standings: Iterable[Standing]) -> set[int]:
    """The newest one of the own child, whom classmates may not see, and where a school keeps other children's words
    back, of each of the staff."""
    along = [standing for standing in standings if standing.view.startswith(GUARDIAN)]
    children = {child for standing in along for child in standing.children}
    masked = {standing.room.course_id for standing in along if standing.own_child_only}
    people = Q(course__enrollments__member__in=children) | Q(
        course__in=masked, course__enrollments__role__in=Enrollment.STAFF
    )
    rooms = Room.objects.filter(people, pk__in={standing.room.pk for standing in along})
    author = OuterRef("course__enrollments__member")
    found = rooms.annotate(newest=Subquery(_stands(author=author)[:1])).values_list("newest", flat=True)
    return {pk for pk in found if pk is not None}


def _words(pks: Collection[int]) -> dict[int, list[_Words]]:
    """Rendering a line costs time: it is done here, in a thread, and the names are put in later."""
    rows = Message.objects.filter(pk__in=pks, removed_at__isnull=True).order_by("room", "-seq")
    words: dict[int, list[_Words]] = defaultdict(list)
    for room, seq, seat, at, text in rows.values_list("room_id", "seq", "seat", "at", "text"):
        words[room].append(_Words(seq, seat, wire_time(at), texts.plain_excerpt(text, WORDS_CHARS)))
    return words
