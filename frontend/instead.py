"""What stands where one would write, for who can't: the same sentences as chat-composer.js, when the page comes."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from frontend.chat_words import Word
from frontend.reader_line import Fact
from frontend.spoken import listed, spoken
from frontend.templatetags.local_time import clock
from rooms.queries.mutes import MutedSeat
from rooms.queries.rosters import RosterSeat
from rooms.queries.states import RoomState


def instead_of_writing(room: RoomState, people: Mapping[int, RosterSeat], words: Mapping[str, Word]) -> Fact | None:
    """None: here one writes."""
    if room.muted is not None:
        return Fact("hourglass", _paused(room.muted, people, words))
    if "send" in room.may:
        return None
    if room.view == "guardian" or not room.my_seat:
        return Fact("eye", spoken(words, "you_are_reading_dot"))
    if room.posting == "staff":
        names = [people[seat].name for seat in room.readers.staff if seat in people]
        return Fact("megaphone", spoken(words, "only_names_write", names=listed(names)))
    return Fact("lock", spoken(words, "room_is_closed"))


def _paused(muted: MutedSeat, people: Mapping[int, RosterSeat], words: Mapping[str, Word]) -> str:
    person = people.get(muted.by)
    return spoken(
        words,
        "paused_you",
        name=person.name if person is not None else spoken(words, "staff_member"),
        time=clock(timezone.localtime(datetime.fromisoformat(muted.until))),
        reason=muted.reason.rstrip("."),
    )
