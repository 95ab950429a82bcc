"""The messages of a page as they stand in the timeline when it comes from the server: the same rows as rows.js makes.

Day lines in the reader's zone, the line "New" before the first unread message of somebody else, one head for what one
author wrote within five minutes. Readable without a script, and replaced without a jump when there is one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from frontend.templatetags.local_time import written
from rooms.events import MessageBody
from rooms.queries.rosters import RosterSeat

GROUP = timedelta(minutes=5)
MENTION = re.compile(r'(<span class="mention" data-seat="(\d+)")>@\[\d+\]</span>')


@dataclass(frozen=True, slots=True)
class Row:
    """`day` and `is_new` are the lines above the message."""

    message: MessageBody
    at: datetime
    person: RosterSeat | None
    day: date | None
    is_new: bool
    is_grouped: bool
    body: SafeString | None

    @property
    def day_words(self) -> str:
        if self.day is None:
            return ""
        return _("Today") if self.day == timezone.localdate() else written(self.day, "weekday")

    @property
    def name(self) -> str:
        return self.person.name if self.person else _("Somebody")


class Reader(Protocol):
    """Where somebody stands who reads: a room, or a record."""

    @property
    def my_seat(self) -> int: ...

    @property
    def unread(self) -> int: ...

    @property
    def read_seq(self) -> int: ...


def rows_of(messages: Sequence[MessageBody], room: Reader, roster: Sequence[RosterSeat]) -> Iterator[Row]:
    people = {person.seat: person for person in roster}
    line_stands, before = room.unread == 0, None
    for message in messages:
        at = timezone.localtime(datetime.fromisoformat(message.at))
        is_day = before is None or before.at.date() != at.date()
        is_new = not line_stands and message.seq > room.read_seq and message.by != room.my_seat
        line_stands = line_stands or is_new
        before = Row(
            message=message,
            at=at,
            person=people.get(message.by),
            day=at.date() if is_day else None,
            is_new=is_new,
            is_grouped=not (is_day or is_new) and joins(before, message, at),
            body=body_of(message, people, room.my_seat),
        )
        yield before


def joins(before: Row | None, message: MessageBody, at: datetime) -> bool:
    """The same author within five minutes; a removed message stands for itself."""
    if before is None or message.removed or before.message.removed:
        return False
    return before.message.by == message.by and at - before.at < GROUP


def body_of(message: MessageBody, people: Mapping[int, RosterSeat], my_seat: int) -> SafeString | None:
    """The stored HTML with names in its mentions; None: plain text, or nothing."""
    if message.html is None:
        return None

    def named(match: re.Match[str]) -> str:
        seat = int(match[2])
        name = people[seat].name if seat in people else "…"
        you = ' data-kind="you"' if seat == my_seat else ""
        return f"{match[1]}{you}>@{escape(name)}</span>"

    return mark_safe(MENTION.sub(named, message.html))  # noqa: S308  stored by rooms.text behind two sanitisers
