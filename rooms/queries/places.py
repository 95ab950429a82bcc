"""All that is open to a member: where they stand in each room, who else can read it, who the two of a chat are, and
who is paused in the courses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from consent import gate
from consent.queries.duties import lacking_second_step
from consent.queries.facts import decisions_of
from rooms.models import Course
from rooms.queries.mutes import Muting, mutes_in
from rooms.queries.readers import Readers, opens, readers_of
from rooms.queries.rooms import Pair, pairs_of
from rooms.queries.standings import SUPERVISOR, Standing, standings_of


@dataclass(frozen=True, slots=True)
class Places:
    standings: Mapping[int, Standing] = field(default_factory=dict)
    readers: Mapping[int, Readers] = field(default_factory=dict)
    pairs: Mapping[int, Pair] = field(default_factory=dict)
    mutes: Mapping[int, Sequence[Muting]] = field(default_factory=dict)

    @property
    def courses(self) -> dict[int, Course]:
        return {standing.room.course_id: standing.room.course for standing in self.standings.values()}


NOWHERE = Places()


def places_of(decisions: Mapping[int, gate.Decision], *, now: datetime | None = None) -> dict[int, Places]:
    """member → places, for all members about whom the gate has decided. Whom it holds is nowhere."""
    now = now or timezone.now()
    standings = open_standings(decisions, now)
    rooms = {room for found in standings.values() for room in found}
    readers, pairs = readers_of(rooms, now=now), pairs_of(rooms)
    mutes = mutes_in({s.room.course_id for found in standings.values() for s in found.values()}, now)
    return {
        member: Places(
            standings=found,
            readers={room: readers[room] for room in found},
            pairs={room: pairs[room] for room in found if room in pairs},
            mutes=mutes,
        )
        for member, found in standings.items()
    }


def open_standings(decisions: Mapping[int, gate.Decision], now: datetime) -> dict[int, dict[int, Standing]]:
    """member → room → standing, for whom the gate lets in, in the rooms that its decision opens."""
    allowed = [member for member, decision in decisions.items() if isinstance(decision, gate.Allow)]
    found = without_idle_duties(standings_of(allowed, now=now))
    return {
        member: {room: standing for room, standing in rooms.items() if opens(decisions[member], standing.room)}
        for member, rooms in found.items()
    }


def without_idle_duties(found: dict[int, dict[int, Standing]]) -> dict[int, dict[int, Standing]]:
    """A supervisor reads along once they have set up the second step of signing in."""
    supervising = {member for member, rooms in found.items() if any(s.role == SUPERVISOR for s in rooms.values())}
    idle = lacking_second_step(supervising)
    if not idle:
        return found
    return found | {
        member: {room: standing for room, standing in found[member].items() if standing.role != SUPERVISOR}
        for member in idle
    }


def places_for(member_id: int) -> Places:
    """The places of one member, asked of the gate now."""
    now = timezone.now()
    return places_of(decisions_of([member_id], now=now), now=now).get(member_id, NOWHERE)
