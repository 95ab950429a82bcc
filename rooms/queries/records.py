"""Archived rooms and courses: records, read by those who could read them when they were rooms, and by nobody else.

Invariant: a record is reached through the member as a room is; it has a page, never a socket.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.errors import NotFound
from consent.queries.facts import decisions_of
from rooms.events import MessageBody
from rooms.queries import messages
from rooms.queries.courses import admits
from rooms.queries.rooms import Pair, pairs_of, title_of
from rooms.queries.rosters import RosterSeat, roster_of
from rooms.queries.standings import Standing, standings_of


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record in the list of a course."""

    standing: Standing
    title: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """`earlier`: the seq before which the page before this one ends."""

    standing: Standing
    title: str
    messages: Sequence[MessageBody]
    roster: Sequence[RosterSeat]
    earlier: int | None


def records_of(member_id: int, course_id: int) -> list[RecordLine]:
    """Every record of a course that the member may read, in the order of the rooms."""
    standings = [each for each in _standings(member_id).values() if each.room.course_id == course_id]
    pairs = pairs_of([each.room.pk for each in standings])
    lines = [_line(standing, pairs) for standing in standings]
    return sorted(lines, key=lambda line: (line.standing.room.position, line.standing.room.pk))


def record_page(member_id: int, room_id: int, *, before: int | None = None) -> RecordPage:
    """Fifty messages, the newest or those before a seq. Raises NotFound."""
    standing = _standings(member_id).get(room_id)
    if standing is None:
        raise NotFound
    page = messages.before(standing, before)
    return RecordPage(
        standing=standing,
        title=_line(standing, pairs_of([room_id])).title,
        messages=page.messages,
        roster=roster_of(standing),
        earlier=page.messages[0].seq if page.more_before else None,
    )


def _standings(member_id: int) -> dict[int, Standing]:
    now = timezone.now()
    decision = decisions_of([member_id], now=now).get(member_id)
    found = standings_of([member_id], now=now, archived=True)[member_id]
    return {room: standing for room, standing in found.items() if admits(decision, standing.room.course)}


def _line(standing: Standing, pairs: dict[int, Pair]) -> RecordLine:
    return RecordLine(standing, title_of(standing, pairs.get(standing.room.pk)))
