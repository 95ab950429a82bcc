"""What a room has to be after whatever was done in it: the simplest thing that could be true, without a database."""

from dataclasses import dataclass, field
from uuid import UUID

TEACHER, ANA, BEN, TEEN, PARENT = "teacher", "ana", "ben", "teen", "ana's parent"
YOUNG = (ANA, BEN)  # need a parent's yes
STUDENTS = (*YOUNG, TEEN)
WRITERS = (TEACHER, *STUDENTS)
PEOPLE = (*WRITERS, PARENT)

Seen = tuple[int, str, int, str | None, str | None]
"""seq, author, version, text (None: not for this reader), the kind of who removed it."""


@dataclass
class Said:
    seq: int
    number: int
    author: str
    cid: UUID
    text: str
    version: int = 1
    removed_by: str | None = None

    def seen_by(self, reader: str) -> Seen:
        """A removed text is still there for its author and the author's family (S17)."""
        is_shown = self.removed_by is None or is_of_family(reader, self.author)
        kind = None if self.removed_by is None else "author" if self.removed_by == self.author else "staff"
        return self.seq, self.author, self.version, self.text if is_shown else None, kind


def is_of_family(reader: str, author: str) -> bool:
    return reader == author or (reader, author) == (PARENT, ANA)


@dataclass
class Mark:
    """How far somebody has read."""

    seq: int = 0
    number: int = 0

    def move(self, seq: int, number: int) -> None:
        if seq > self.seq:
            self.seq, self.number = seq, max(self.number, number)


@dataclass
class RoomModel:
    """`fresh`: whose access has not moved since they came in; only they may change anything."""

    last_seq: int = 0
    said: list[Said] = field(default_factory=list)
    inside: set[str] = field(default_factory=lambda: set(WRITERS))
    consented: set[str] = field(default_factory=lambda: set(YOUNG))
    muted: set[str] = field(default_factory=set)
    knows_mute: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    marks: dict[str, Mark] = field(default_factory=lambda: {name: Mark() for name in PEOPLE})

    # Who may what

    def may_enter(self, name: str) -> bool:
        """A parent reads along as long as the child is in the class, whatever holds the child at the gate (S20)."""
        if name == PARENT:
            return ANA in self.inside
        return name in self.inside and not self.is_hidden(name)

    def is_hidden(self, author: str) -> bool:
        return author in YOUNG and author not in self.consented

    def may_see(self, reader: str, author: str) -> bool:
        return not self.is_hidden(author) or reader == TEACHER or is_of_family(reader, author)

    def seen_by(self, reader: str) -> list[Seen]:
        return [said.seen_by(reader) for said in self.said if self.may_see(reader, said.author)]

    def may_write(self, name: str) -> bool:
        return name in self.fresh and name not in self.knows_mute

    def may_edit(self, name: str, said: Said) -> bool:
        return self.may_write(name) and said.author == name and said.removed_by is None

    def may_remove(self, name: str, said: Said) -> bool:
        return name in self.fresh and (said.author == name or (name == TEACHER and said.author in STUDENTS))

    def may_restore(self, name: str, said: Said) -> bool:
        return self.may_remove(name, said) and said.removed_by in (None, name)

    # How much is new

    def unread(self, name: str) -> int:
        return len(self.said) - self.marks[name].number

    def number_at(self, seq: int) -> int:
        return sum(said.seq <= seq for said in self.said)

    # What happens

    def came_in(self, name: str) -> None:
        self.fresh.add(name)
        self.knows_mute -= {name}
        self.knows_mute |= {name} & self.muted

    def access_moved(self, name: str) -> None:
        self.fresh -= {name, PARENT} if name == ANA else {name}

    def event(self) -> None:
        self.last_seq += 1

    def stored(self, author: str, cid: UUID, text: str) -> Said:
        """A message takes the next seq and the next number; its author has read that far."""
        self.event()
        said = Said(self.last_seq, len(self.said) + 1, author, cid, text)
        self.said.append(said)
        self.marks[author].move(said.seq, said.number)
        return said
