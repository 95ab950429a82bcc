"""What the page of a room holds when it comes: enough to read at once, and to go on from over the socket.

`as_of_seq` is read before the messages: the socket's events from there on bring the page up to date (snapshot + events
= new snapshot).
"""

from collections.abc import Iterable

from django.utils import timezone
from msgspec import Struct

from accounts.errors import NotFound
from accounts.models import Member
from accounts.queries.settings import SettingsState, settings_of, zone_of
from consent import gate
from consent.queries.children import guardians_of
from consent.queries.facts import gate_facts
from rooms.events import MessageBody
from rooms.queries import messages
from rooms.queries.drafts import DraftState, drafts_of
from rooms.queries.faces import initials_of, tone_of
from rooms.queries.last_words import NO_WORDS, last_words_of
from rooms.queries.log import author_marks
from rooms.queries.names import Names, seats_in
from rooms.queries.places import Places, places_for
from rooms.queries.rooms import title_of
from rooms.queries.rosters import RosterSeat, people_of, roster_of
from rooms.queries.states import CourseState, RoomState, course_states, room_states
from rooms.text import TEXT_CHARS, plain_excerpt

LINE_CHARS = 240


class PageMember(Struct):
    """The reader of the page. `guardians`: the names of one's own linked parents; `time_zone`: that of all times."""

    id: int
    name: str
    initials: str
    avatar: int
    time_zone: str
    settings: SettingsState
    guardians: list[str]
    is_young: bool
    k12: bool


class PageLimits(Struct):
    text_chars: int
    edit_seconds: int


class PageRoster(Struct):
    version: int
    seats: list[RosterSeat]


class RoomPage(Struct):
    me: PageMember
    limits: PageLimits
    courses: list[CourseState]
    rooms: list[RoomState]
    room: int
    as_of_seq: int
    messages: list[MessageBody]
    more_before: bool
    more_after: bool
    roster: PageRoster
    drafts: list[DraftState]


class RoomsPage(Struct):
    """The list of rooms alone, where none is open."""

    me: PageMember
    courses: list[CourseState]
    rooms: list[RoomState]


def room_page(member: Member, room_id: int, *, around: int | None = None, has_list: bool = True) -> RoomPage:
    """The page of a room, at its end or around a message. Raises NotFound for what is not theirs.

    `has_list`: the list of rooms is shown with it, with the last words of each.
    """
    places = places_for(member.pk)
    standing = places.standings.get(room_id)
    if standing is None:
        raise NotFound
    people = people_of(standing.room)
    marks = author_marks(standing.room, [(person.seat, person.role, person.is_hidden) for person in people])
    sight = messages.Sight(standing.room.head, marks)
    read = messages.latest(standing, sight=sight) if around is None else messages.around(standing, around, sight=sight)
    return RoomPage(
        me=page_member(member),
        limits=PageLimits(TEXT_CHARS, standing.edit_seconds),
        courses=course_states(places),
        rooms=room_states(places, last_words_of(places.standings.values()) if has_list else NO_WORDS),
        room=room_id,
        as_of_seq=read.as_of_seq,
        messages=read.messages,
        more_before=read.more_before,
        more_after=read.more_after,
        roster=PageRoster(standing.room.course.roster_version, roster_of(standing, people)),
        drafts=own_drafts(member.pk, places),
    )


def rooms_page(member: Member) -> RoomsPage:
    places = places_for(member.pk)
    words = last_words_of(places.standings.values())
    return RoomsPage(page_member(member), course_states(places), room_states(places, words))


def own_drafts(member_id: int, places: Places) -> list[DraftState]:
    """Where the room is no longer theirs, nothing is shown of it."""
    return [draft for draft in drafts_of([member_id]).get(member_id, []) if draft.room in places.standings]


class DraftLine(Struct):
    """A draft in the list of them all."""

    room: int
    title: str
    course: str
    at: str
    text: str


def drafts_page(member_id: int) -> list[DraftLine]:
    """The member's drafts, the newest first, people by their names as the member knows them."""
    places = places_for(member_id)
    drafts = own_drafts(member_id, places)
    standings = {draft.room: places.standings[draft.room] for draft in drafts}
    names = Names([s.room for s in standings.values()], {draft.room: seats_in([draft.text]) for draft in drafts})
    return [
        DraftLine(
            room=draft.room,
            title=title_of(standings[draft.room], places.pairs.get(draft.room)),
            course=standings[draft.room].room.course.short_title,
            at=draft.at,
            text=names.named(standings[draft.room], plain_excerpt(draft.text, LINE_CHARS)),
        )
        for draft in drafts
    ]


def first_room(rooms: Iterable[RoomState]) -> int | None:
    """Where somebody who opens the chat begins: with a seat of their own, in a course room, else whatever there is."""
    order = sorted(rooms, key=lambda room: (not room.has_own_seat, room.kind != "course"))
    return order[0].room if order else None


def page_member(member: Member) -> PageMember:
    facts = gate_facts([member.pk])[member.pk]
    return PageMember(
        id=member.pk,
        name=member.course_name,
        initials=initials_of(member.course_name),
        avatar=tone_of(member.pk),
        time_zone=zone_of(member),
        settings=settings_of(member),
        guardians=[guardian.name for guardian in guardians_of([member.pk])[member.pk]],
        is_young=gate.is_protected(facts, timezone.now()),
        k12=member.is_k12,
    )
