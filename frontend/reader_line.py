"""Who can read a room now, in words, when the page comes: the line above the composer, and the list in the panel.

reader_line.js says the same while the page lives. Invariant: both make one sentence of one set of facts and words (a
browser test compares what stands there before the script and after).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from frontend.chat_words import Word
from frontend.spoken import counted, listed, spoken
from rooms.models import Enrollment
from rooms.queries.rosters import RosterSeat
from rooms.queries.states import RoomState


@dataclass(frozen=True, slots=True)
class Fact:
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class ReaderWords:
    """A room, who has a seat in it, and the words of the page."""

    room: RoomState
    people: Mapping[int, RosterSeat]
    words: Mapping[str, Word]

    @property
    def people_count(self) -> int:
        """Who is in the room, families not counted."""
        return self.room.readers.students + len(self.room.readers.staff)

    @property
    def line(self) -> str:
        return self._direct_line() if self.room.kind == "direct" else self._room_line()

    def _room_line(self) -> str:
        readers = self.room.readers
        parts = [
            *counted(self.words, "n_students", readers.students),
            *self._staff(),
            *counted(self.words, "n_parents", readers.parents),
        ]
        return self._say("can_read_room", list=listed(parts))

    def _direct_line(self) -> str:
        room, readers = self.room, self.room.readers
        if not room.my_seat:
            return self._along_line()
        two = [self._say("you_first"), self._name(room.peer_seat, room.title)]
        if room.about:
            return self._say("can_read_direct_parent", list=listed(two), child=room.about.removesuffix("."))
        if readers.parents == 0:
            supervisor = [self._say("the_supervisor")] if readers.supervisor else []
            return self._say("can_read_direct_unlinked", list=listed([*two, *supervisor]))
        is_staff = room.view == "staff"
        parents = self._say("n_linked_parents" if is_staff else "your_n_linked_parents", n=readers.parents)
        return self._say("can_read_direct_staff" if is_staff else "can_read_direct", list=listed([*two, parents]))

    def _along_line(self) -> str:
        """Somebody without a seat reads along, a linked parent or the supervisor: the two, you, the other parents."""
        readers = self.room.readers
        others = (
            counted(self.words, "n_other_parents", readers.parents - 1)
            if self._reads_along
            else counted(self.words, "n_linked_parents", readers.parents)
        )
        key = "can_read_direct_unlinked" if readers.supervisor else "can_read_direct_along"
        return self._say(key, list=listed([*self._both(), self._say("you_in_list"), *others]))

    @property
    def facts(self) -> list[Fact]:
        """The same as a list."""
        return list(self._facts())

    def _facts(self) -> Iterator[Fact]:
        room, readers, is_direct = self.room, self.room.readers, self.room.kind == "direct"
        if is_direct and not room.my_seat:
            yield Fact("users", listed(self._both()))
        elif is_direct and room.peer_seat in self.people:
            yield Fact("user", self._say("you_and", name=self._name(room.peer_seat)))
        elif readers.students:
            yield Fact("graduation-cap", self._students())
        if self._staff() and not is_direct:
            yield Fact("presentation", listed(self._staff()))
        if room.about:
            yield Fact("eye", self._say("it_is_about", child=room.about))
        elif readers.parents:
            key = "n_linked_parents" if is_direct else "parents_of_students"
            yield Fact("eye", self._say(key, n=readers.parents))
        supervisor = "supervisor_reads" if readers.supervisor else "supervisor_may"
        yield Fact("shield", self._say(supervisor if is_direct else "moderators_with_reason"))

    def _students(self) -> str:
        readers, me = self.room.readers, self.people.get(self.room.my_seat)
        if me is not None and me.role == Enrollment.Role.STUDENT:
            others = readers.students - 1
            return self._say("you_and_classmates", n=others) if others else self._say("you_alone")
        who = self._say("students_in_course", n=readers.students)
        return f"{who} {self._say('n_wait_for_consent', n=readers.waiting)}" if readers.waiting else who

    def _staff(self) -> list[str]:
        return [self._name(seat, self._say("a_teacher")) for seat in self.room.readers.staff]

    def _both(self) -> Sequence[str]:
        """The two of a chat: the child and the teacher for a parent; for the supervisor, whom the roster holds."""
        if self._reads_along:
            child = self.room.children[0] if self.room.children else None
            return [self._name(child, self.room.title), *self._staff()]
        students_first = sorted(self.people.values(), key=lambda person: person.role in Enrollment.STAFF)
        return [person.name for person in students_first]

    @property
    def _reads_along(self) -> bool:
        return self.room.view.startswith("guardian")

    def _name(self, seat: int | None, unknown: str = "") -> str:
        person = self.people.get(seat) if seat is not None else None
        return person.name if person is not None else unknown

    def _say(self, key: str, **values: str | int) -> str:
        return spoken(self.words, key, **values)
