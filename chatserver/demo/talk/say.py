"""How the talk of the demo school is written down: who says what, when, in which order."""

from __future__ import annotations

from dataclasses import dataclass

START, END = -15, 0  # the three weeks, in school days from the day of the first run


@dataclass(frozen=True, slots=True)
class Edit:
    """The text from `at` on, the same day."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Removal:
    """Taken away at `at`, the same day, by the author or by staff; staff say why."""

    at: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """One message. `day` counts school days: 0 is today, -1 the last school day before it. `at` is the school's clock.

    In `text`, `@{liam}` is a mention and `{day+2}` or `{dia+2}` the weekday, in English or Spanish, of a school day;
    `{tomorrow}`, `{yesterday}` and `{ayer}` are the school day next to this one ("on Monday" across a weekend).
    `label` names a message that others answer, `reply_to` is such a label in the same room.
    """

    day: int
    at: str
    who: str
    text: str
    label: str | None = None
    reply_to: str | None = None
    edits: tuple[Edit, ...] = ()
    removed: Removal | None = None


def seconds(at: str) -> int:
    """Seconds since midnight of "8:02" or "8:02:20"."""
    hours, minutes, *rest = (int(part) for part in at.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)
