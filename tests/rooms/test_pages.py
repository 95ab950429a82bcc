"""The page of a room: what it holds for whom. Names of masked children are canaries: looked for in all that is sent."""

import json
from collections.abc import Iterable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec.json import encode

from accounts.errors import NotFound
from accounts.models import Member
from consent.actions.guardians import link_guardian
from consent.models import School
from rooms.events import frame_for
from rooms.models import Course, Room
from rooms.queries.log import entries_of
from rooms.queries.messages import latest
from rooms.queries.pages import first_room, room_page, rooms_page
from rooms.queries.places import places_for
from rooms.queries.rosters import roster_of
from rooms.queries.states import room_states
from tests.cast import SYSTEM, make_guardian
from tests.rooms.client import decoded
from tests.rooms.school_of_all import NAMES, PEOPLE, Everybody
from tests.rooms_cast import edited, make_classmate, make_room, message_at, removed, seat_of, written

CHILDREN = ("student", "classmate", "young", "masked", "waiting", "hidden", "left", "suspended")
OWN = {
    "parent": {"young"},
    "other_parent": {"classmate"},
    "masked_parent": {"masked"},
    "hidden_parent": {"hidden"},
    "parent_of_two": {"young", "masked"},
}


def everything_sent(member: Member) -> str:
    """All that somebody's pages and sockets get: lists, pages, histories, rosters, the whole log of every room."""
    places = places_for(member.pk)
    parts: list[bytes] = [encode(rooms_page(member))]
    if first := first_room(room_states(places)):
        parts.append(encode(room_page(member, first)))
    for room_id, standing in places.standings.items():
        parts += [encode(latest(standing).messages), encode(roster_of(standing))]
        entries = entries_of(room_id, after=0, upto=999, limit=500)
        parts += [encode(decoded(frame_for(entry, standing.view))) for entry in entries]
    return b"".join(parts).decode().casefold()


def traces(member: Member) -> set[str]:
    """What would give somebody away, wherever it stands."""
    given, family = member.name.casefold().split()
    return {given, family, member.sign_in_name}


def given_away(text: str, everybody: Everybody, children: Iterable[str]) -> set[str]:
    return {who for who in children if any(trace in text for trace in traces(everybody.people[who]))}


@pytest.fixture
def talked(everybody: Everybody) -> Everybody:
    """More talk: mentions of all the children, an edit, a removal by staff and one by its author."""
    general, people = everybody.rooms["general"], everybody.people
    names = " ".join(f"@[{seat_of(people[who], general)}]" for who in CHILDREN)
    by_teacher = written(general, people["instructor"], f"well done, {names}")
    edited(general, people["instructor"], by_teacher.seq, f"**well done**, {names}")
    removed(general, people["instructor"], written(general, people["masked"]).seq, "unkind")
    removed(general, people["young"], written(general, people["young"], reply_to=by_teacher.seq).seq)
    return everybody


@pytest.mark.row("S22")
def test_no_family_is_sent_the_name_of_another_child(talked: Everybody) -> None:
    assert given_away(everything_sent(talked.people["instructor"]), talked, CHILDREN) == set(CHILDREN)
    for masking in School.Masking:
        School.objects.update(masking=masking)
        for who, own in OWN.items():
            sent = everything_sent(talked.people[who])
            family_names = {child for child in CHILDREN if NAMES[child].split()[1] in talked.people[who].name}
            assert given_away(sent, talked, set(CHILDREN) - own - family_names) == set(), who
            assert given_away(sent, talked, own) == own, who


@pytest.mark.row("S3")
@pytest.mark.row("S20")
def test_no_classmate_is_sent_the_name_of_who_is_masked_hidden_or_waiting(talked: Everybody) -> None:
    for who in ("student", "classmate", "young"):
        sent = everything_sent(talked.people[who])
        assert given_away(sent, talked, ("masked", "hidden", "waiting")) == set(), who
        assert given_away(sent, talked, ("student", "classmate", "young")) == {"student", "classmate", "young"}


@pytest.mark.row("S20")
def test_a_hidden_child_s_words_reach_staff_and_the_own_family_alone(talked: Everybody) -> None:
    readers = {who for who in PEOPLE if "words of hidden" in everything_sent(talked.people[who])}
    assert readers == {"instructor", "co_instructor", "assistant", "hidden_parent"}


@pytest.mark.row("S22")
def test_own_child_only_sends_no_other_child_s_words(talked: Everybody) -> None:
    School.objects.update(masking=School.Masking.OWN_CHILD_ONLY)
    sent = everything_sent(talked.people["parent"])
    words = {who for who in (*CHILDREN, "instructor", "assistant") if f"words of {who}" in sent}
    assert words == {"young", "instructor", "assistant"}


def test_outsiders_are_sent_nothing_of_the_course(talked: Everybody) -> None:
    for who in ("waiting", "hidden", "left", "suspended", "former_parent", "waiting_parent", "moderator", "stranger"):
        sent = everything_sent(talked.people[who])
        assert "algebra" not in sent
        assert "words of" not in sent


@pytest.mark.row("S18")
def test_how_many_wait_is_told_to_staff_alone(everybody: Everybody) -> None:
    def told(who: str) -> tuple[int, int]:
        page = room_page(everybody.people[who], everybody.rooms["general"].pk)
        (room,) = (room for room in page.rooms if room.room == everybody.rooms["general"].pk)
        return room.readers.waiting, page.courses[0].members

    assert told("instructor") == told("assistant") == (3, 10)
    assert {told(who) for who in ("student", "young", "parent", "hidden_parent")} == {(0, 7)}


def test_a_page_is_not_found_for_who_has_nothing_there(everybody: Everybody) -> None:
    general = everybody.rooms["general"]
    for who in ("stranger", "waiting", "hidden", "left", "former_parent", "school_admin"):
        for room_id in (general.pk, general.pk + 9999):
            with pytest.raises(NotFound):
                room_page(everybody.people[who], room_id)


# What it holds


def test_a_page_holds_the_newest_messages_and_the_state_they_show(room: Room, student: Member) -> None:
    for number in range(60):
        written(room, student, f"{number}")
    page = room_page(student, room.pk)
    assert [message.text for message in page.messages] == [f"{number}" for number in range(10, 60)]
    assert (page.more_before, page.more_after, page.room) == (True, False, room.pk)
    assert page.as_of_seq == page.messages[-1].seq
    (state,) = page.rooms
    assert (state.last_seq, state.read_seq, state.unread, state.my_seat) == (page.as_of_seq, page.as_of_seq, 0, 2)
    assert (page.me.name, page.me.k12, page.me.is_young) == (student.course_name, True, False)
    assert page.limits.edit_seconds == 15 * 60


def test_a_page_round_a_message_has_it_in_the_middle(room: Room, student: Member) -> None:
    receipts = [written(room, student, f"{number}") for number in range(80)]
    page = room_page(student, room.pk, around=receipts[40].seq)
    assert [message.text for message in page.messages] == [f"{number}" for number in range(15, 65)]
    assert (page.more_before, page.more_after) == (True, True)


@pytest.mark.row("S21")
def test_a_child_s_page_names_who_is_linked(room: Room, young_student: Member, parent: Member) -> None:
    assert room_page(young_student, room.pk).me.guardians == [parent.name]


@pytest.mark.row("S22")
def test_the_page_says_which_seats_are_the_reader_s_children(room: Room, young_student: Member, parent: Member) -> None:
    (state,) = room_page(parent, room.pk).rooms
    assert (state.view, state.children, state.may, state.my_seat) == ("guardian", [seat_of(young_student, room)], [], 0)


def test_the_first_room_is_a_course_room(everybody: Everybody) -> None:
    def first(who: str) -> int | None:
        return first_room(room_states(places_for(everybody.people[who].pk)))

    assert first("student") == everybody.rooms["general"].pk
    assert first("supervisor") == everybody.rooms["unlinked_chat"].pk
    assert first("stranger") is None


def test_chats_are_called_by_the_other_one(everybody: Everybody) -> None:
    def title(who: str, room: str) -> str:
        page = rooms_page(everybody.people[who])
        return next(state.title for state in page.rooms if state.room == everybody.rooms[room].pk)

    names = {who: everybody.people[who].course_name for who in PEOPLE}
    assert title("instructor", "linked_chat") == names["young"]
    assert title("young", "linked_chat") == names["instructor"]
    assert title("parent", "linked_chat") == f"{names['young']} and {names['instructor']}"
    assert title("instructor", "about") == names["parent"]
    assert title("parent", "about") == names["instructor"]
    page = rooms_page(everybody.people["instructor"])
    about = next(state for state in page.rooms if state.room == everybody.rooms["about"].pk)
    assert about.about == names["young"]


# Its cost


def statements(member: Member, room: Room) -> int:
    with CaptureQueriesContext(connection) as taken:
        room_page(member, room.pk)
    return len(taken)


def test_a_page_with_three_of_everything_takes_as_many_statements_as_with_one(
    course: Course, room: Room, instructor: Member, student: Member, young_student: Member, parent: Member
) -> None:
    written(room, young_student, "one")
    before = [statements(member, room) for member in (instructor, student, parent)]
    for number in range(3):
        make_room(course, f"Room {number}")
        sibling = make_classmate(course, age=13)
        link_guardian(SYSTEM, parent, sibling)
        make_guardian(sibling, slot=2)
        sent = written(room, sibling, f"and @[{seat_of(student, room)}]")
        edited(room, sibling, sent.seq, "changed")
        removed(room, sibling, sent.seq)
    assert [statements(member, room) for member in (instructor, student, parent)] == before
    assert message_at(room, sent.seq).removed_at is not None


def test_the_page_is_plain_data(room: Room, student: Member) -> None:
    written(room, student, "hello")
    page = json.loads(encode(room_page(student, room.pk)))
    assert set(page) == {
        *("me", "limits", "courses", "rooms", "room", "as_of_seq", "messages", "more_before", "more_after", "roster"),
        "drafts",
    }
    assert {"digest", "salt", "author_id", "text_hash"}.isdisjoint(page["messages"][0])
