"""What stands for a person where there is no picture: two letters on one of twelve colours.

The one place that decides it: rosters, lists of rooms, pages and the browser's elements are told the outcome, so that a
person has the same face everywhere.
"""

TONES = 12


def tone_of(number: int) -> int:
    """Which of the twelve colours: by the member's id, by the seat where that is not to be known."""
    return number % TONES + 1


def initials_of(name: str) -> str:
    """Two letters for the face: "Devon K." → DK, "Ms. Rivera" → MR."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalpha()]
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()
