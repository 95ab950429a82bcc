"""Rooms, courses and readers as a page is told them: by the socket's `ready` and in the page's snapshot alike. Pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from rooms.events import PEER, STAFF, wire_time
from rooms.models import Enrollment, Room
from rooms.queries.faces import initials_of
from rooms.queries.last_words import NO_WORDS, LastMessage, LastWords
from rooms.queries.mutes import MutedSeat, Muting
from rooms.queries.places import Places
from rooms.queries.readers import Readers
from rooms.queries.rooms import face_seat, peer_seat, title_of
from rooms.queries.standings import Standing


class ReaderCounts(Struct):
    """Who can read the room now. `staff` are seats; the line above the composer is made of this."""

    students: int
    staff: list[int]
    parents: int
    waiting: int
    supervisor: bool


class RoomState(Struct, omit_defaults=True):
    """A room as one member sees it. `my_seat` 0: reads without a seat; `children`: seats whose record this view is.

    `avatar`, `initials`: the face of a direct chat. `muted`: the member is paused here. `last`: on pages that show the
    list.
    """

    room: int
    course: int
    kind: str
    title: str
    view: str
    may: list[str]
    posting: str
    first_seq: int
    last_seq: int
    read_seq: int
    unread: int
    mentions: int
    my_seat: int
    readers: ReaderCounts
    edit_seconds: int
    peer_seat: int | None = None
    avatar: int | None = None
    initials: str | None = None
    about: str | None = None
    children: list[int] | None = None
    muted: MutedSeat | None = None
    last: LastMessage | None = None

    @property
    def has_own_seat(self) -> bool:
        """Of one's own: a parent's seat in a chat about a child is not."""
        return self.my_seat > 0 and not (self.about is not None and self.view == PEER)


class CourseState(Struct):
    """`mutes`: who is paused there, for staff; for a parent, the own child."""

    course: int
    title: str
    short_title: str
    roster_version: int
    my_seat: int
    members: int
    private: bool
    school: str
    mutes: list[MutedSeat]


def room_states(places: Places, words: LastWords = NO_WORDS) -> list[RoomState]:
    """Every room, courses together, in the order of their lists; in the language that is active."""
    standings = sorted(places.standings.values(), key=lambda s: (s.room.course_id, s.room.position, s.room.pk))
    return [_room_state(standing, places, words) for standing in standings]


def _room_state(standing: Standing, places: Places, words: LastWords) -> RoomState:
    room, head, unread = standing.room, standing.room.head, standing.unread
    pair = places.pairs.get(room.pk)
    return RoomState(
        room=room.pk,
        course=room.course_id,
        kind=room.kind,
        title=title_of(standing, pair),
        view=standing.view.partition(":")[0],
        may=list(standing.may),
        posting=room.posting,
        first_seq=head.first_seq,
        last_seq=head.last_seq,
        read_seq=unread.seq,
        unread=unread.count(head.message_count),
        mentions=unread.mentions,
        my_seat=standing.seat,
        readers=reader_counts(places.readers[room.pk], standing.view),
        edit_seconds=standing.edit_seconds,
        peer_seat=peer_seat(standing, pair),
        avatar=pair.tones[face_seat(standing, pair)] if pair is not None else None,
        initials=initials_of(pair.names[face_seat(standing, pair)]) if pair is not None else None,
        about=pair.about if pair is not None else None,
        children=sorted(standing.child_seats) or None,
        muted=muted_seat(standing.mute) if standing.mute is not None else None,
        last=words.seen_by(standing),
    )


def reader_counts(readers: Readers, view: str) -> ReaderCounts:
    """How many wait for consent is staff's to know: in a small class the number alone says who."""
    return ReaderCounts(
        students=readers.students,
        staff=list(readers.staff),
        parents=readers.parents,
        waiting=readers.waiting if view == STAFF else 0,
        supervisor=readers.supervisor,
    )


def course_states(places: Places) -> list[CourseState]:
    seats, members = _own_seats(places.standings.values()), _member_counts(places)
    return [
        CourseState(
            course=course.pk,
            title=course.title,
            short_title=course.short_title,
            roster_version=course.roster_version,
            my_seat=seats.get(course.pk, 0),
            members=members.get(course.pk, 0),
            private=course.visibility == course.Visibility.PRIVATE,
            school=course.school.name if course.school is not None else "",
            mutes=mutes_seen(places, course.pk, places.mutes.get(course.pk, ())) or [],
        )
        for course in sorted(places.courses.values(), key=lambda course: (course.title, course.pk))
    ]


def mutes_seen(places: Places, course: int, mutes: Sequence[Muting]) -> list[MutedSeat] | None:
    """Those that this member may know of; None: of nobody there is anything to know (S22)."""
    standings = [s for s in places.standings.values() if s.room.course_id == course]
    if any(standing.is_staff for standing in standings):
        return [muted_seat(muting) for muting in mutes]
    children = {child for standing in standings for child in standing.children}
    return [muted_seat(muting) for muting in mutes if muting.member_id in children] if children else None


def muted_seat(muting: Muting) -> MutedSeat:
    return MutedSeat(muting.seat, wire_time(muting.until), muting.by, muting.reason)


def _own_seats(standings: Iterable[Standing]) -> dict[int, int]:
    """course → the member's own seat there."""
    enrolled = {*Enrollment.STAFF, Enrollment.Role.STUDENT}
    rows = (s for s in standings if s.room.kind != Room.Kind.DIRECT and s.seat and s.role in enrolled)
    return {standing.room.course_id: standing.seat for standing in rows}


def _member_counts(places: Places) -> dict[int, int]:
    """course → how many are in it now, by its largest room; those who wait are counted for staff alone."""
    counts: dict[int, int] = {}
    for room_id, standing in places.standings.items():
        readers, course = reader_counts(places.readers[room_id], standing.view), standing.room.course_id
        counts[course] = max(counts.get(course, 0), readers.students + readers.waiting + len(readers.staff))
    return counts
