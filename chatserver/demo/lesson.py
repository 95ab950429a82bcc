"""Play the lesson: ninety seconds in General, written by six classmates, so that one visitor alone sees a class at work.

It follows on this morning's warm-up. `second` counts from the press of the button to the moment the message is sent;
whoever writes it is seen typing for `typing_seconds` before that.
"""

from __future__ import annotations

from dataclasses import dataclass

ROOM = "algebra/general"
SECONDS = 90


@dataclass(frozen=True, slots=True)
class Line:
    second: float
    who: str
    typing_seconds: float
    text: str


LESSON = (
    Line(5, "liam", 4, "yes!! now I see the square"),
    Line(10, "caleb", 3, "so its always half and then the corner"),
    Line(15, "zoe", 3, "what if its x² + 7x"),
    Line(21, "mei-lin", 4, "half is 3.5, corner is 12.25"),
    Line(24, "zoe", 2, "ok ew"),
    Line(31, "kenji", 5, "7/2 and 49/4 if you like it cleaner"),
    Line(36, "devon", 4, "is there a trick so i dont forget both sides"),
    Line(42, "zoe", 4, "feed the square, feed both sides 🐟"),
    Line(45, "devon", 2, "RIGHT"),
    Line(53, "caleb", 6, "can i try one: x² + 4x = 12. half is 2, corner 4, so (x + 2)² = 16"),
    Line(58, "liam", 3, "and x = 2 or x = −6?"),
    Line(62, "caleb", 2, "yes!!"),
    Line(69, "kenji", 5, "checked it. 4 + 8 is 12 and 36 − 24 is 12"),
    Line(75, "mei-lin", 4, "@{caleb} can i put yours on my card, its shorter than the book"),
    Line(79, "caleb", 2, "sure :)"),
    Line(84, "zoe", 3, "number 14 is next. i am ready this time"),
    Line(88, "devon", 3, "zoe vs 14, round three"),
)
