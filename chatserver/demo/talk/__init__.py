"""Three weeks of talk at the demo school, per room, in order. Written by hand, the same at every run.

Invariant: nobody speaks where they are not, nor before a yes that they need (tests/chatserver/test_demo_talk.py).
Weekdays, and what is next to them, are placeholders, because the talk moves with the day of the first run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from chatserver.demo.talk import (
    algebra_announcements,
    algebra_general_1,
    algebra_general_2,
    algebra_general_3,
    algebra_help,
    biology_general,
    biology_labs,
    chemistry,
    parents,
    students,
    writing,
)
from chatserver.demo.talk.say import END, START, Edit, Removal, Say, seconds

__all__ = ["END", "START", "TALK", "UNREAD", "Edit", "Removal", "Say", "seconds", "written"]

TALK: Mapping[str, tuple[Say, ...]] = {
    "algebra/general": algebra_general_1.TALK + algebra_general_2.TALK + algebra_general_3.TALK,
    "algebra/help": algebra_help.TALK,
    "algebra/review": (),
    "algebra/announcements": algebra_announcements.TALK,
    "biology/general": biology_general.GENERAL,
    "biology/announcements": biology_general.ANNOUNCEMENTS,
    "biology/lab-1": biology_labs.ONE,
    "biology/lab-2": biology_labs.TWO,
    "biology/lab-3": biology_labs.THREE,
    "biology/lab-4": biology_labs.FOUR,
    "writing/drafts": writing.DRAFTS,
    "writing/notes": writing.PEER_NOTES,
    "chemistry/general": chemistry.GENERAL,
    "chemistry/safety": chemistry.SAFETY,
    "chemistry/study": chemistry.STUDY_GROUP,
    "algebra/rivera-devon": students.RIVERA_DEVON,
    "algebra/rivera-jada": students.RIVERA_JADA,
    "algebra/rivera-liam": students.RIVERA_LIAM,
    "algebra/rivera-caleb": students.RIVERA_CALEB,
    "algebra/chen-liam": students.CHEN_LIAM,
    "biology/sato-devon": students.SATO_DEVON,
    "biology/sato-priya": students.SATO_PRIYA,
    "biology/sato-ewan": students.SATO_EWAN,
    "writing/brooks-oskar": students.BROOKS_OSKAR,
    "writing/brooks-thuy": students.BROOKS_THUY,
    "chemistry/chen-yusuf": students.CHEN_YUSUF,
    "chemistry/chen-tobias": students.CHEN_TOBIAS,
    "biology/paula-sato": parents.PAULA_SATO,
    "writing/paula-brooks": parents.PAULA_BROOKS,
    "algebra/rosa-rivera": parents.ROSA_RIVERA,
    "writing/beatriz-brooks": parents.BEATRIZ_BROOKS,
    "algebra/dana-rivera": parents.DANA_RIVERA,
    "algebra/samuel-rivera": parents.SAMUEL_RIVERA,
    "algebra/jun-rivera": parents.JUN_RIVERA,
}

# (who, room) → how many of the last messages they have not read yet; everything else is read.
UNREAD: Mapping[tuple[str, str], int] = {
    ("rivera", "algebra/help"): 4,
    ("rivera", "algebra/rivera-devon"): 2,
    ("chen", "chemistry/safety"): 1,
    ("liam", "algebra/general"): 2,
    ("liam", "algebra/help"): 4,
    ("devon", "algebra/general"): 3,
    ("devon", "biology/announcements"): 1,
    ("tobias", "chemistry/study"): 1,
    ("paula", "biology/sato-devon"): 2,
    ("paula", "writing/paula-brooks"): 1,
    ("paula", "algebra/general"): 12,
    ("sato", "biology/lab-4"): 1,
}

_MENTION = re.compile(r"@\{([a-z-]+)\}")
_WEEKDAY = re.compile(r"\{(day|dia)([+-]\d+)\}")
_NEAR = re.compile(r"\{(tomorrow|yesterday|ayer)\}", re.IGNORECASE)
_NEXT = {"tomorrow": (1, "en", "on"), "yesterday": (-1, "en", "on"), "ayer": (-1, "es", "el")}


def written(
    text: str,
    *,
    seat: Callable[[str], int],
    weekday: Callable[[int, str], str],
    day: int = 0,
    adjoins: Callable[[int, int], bool] = lambda _one, _other: True,
) -> str:
    """`text` as it is sent on school day `day`: `seat` gives the seat of a person's key, `weekday` a school day's name in
    "en" or "es", `adjoins` whether no weekend lies between two school days.
    """
    text = _MENTION.sub(lambda match: f"@[{seat(match[1])}]", text)
    text = _NEAR.sub(lambda match: _near(match[1], day, weekday, adjoins), text)
    return _WEEKDAY.sub(lambda match: weekday(int(match[2]), "en" if match[1] == "day" else "es"), text)


def _near(word: str, day: int, weekday: Callable[[int, str], str], adjoins: Callable[[int, int], bool]) -> str:
    """The school day before or after: "tomorrow", or "on Monday" across a weekend; with a capital where it has one."""
    step, language, preposition = _NEXT[word.lower()]
    if adjoins(day, day + step):
        return word
    named = f"{preposition} {weekday(day + step, language)}"
    return named[0].upper() + named[1:] if word[0].isupper() else named
