"""A yes taken back: classmates and other families no longer see the child's messages; family and school keep them."""

import pytest
from time_machine import travel

from accounts.models import Access, Member, MemberState
from consent.actions.consents import withdraw_consent
from consent.gate import midnight
from consent.models import Scope
from rooms.actions.enrollments import hide_member, show_whom_the_gate_lets_in
from rooms.events import Withheld, seen_by
from rooms.models import Course, Enrollment, Room, RoomEvent
from rooms.queries.log import entries_of
from rooms.queries.messages import around, before, latest
from rooms.queries.rosters import roster_of
from rooms.writer import Refusal
from rooms.writer.store import write
from tests.cast import SYSTEM, ZONE, make_consent, make_guardian
from tests.rooms_cast import (
    can_enter,
    draft_of,
    edited,
    join,
    make_course,
    make_direct,
    make_group,
    make_room,
    seat_of,
    standing_of,
    texts_of,
    written,
)

KEEP = ("instructor", "assistant", "parent", "second_parent")
LOSE = ("student", "classmate", "other_parent")


@pytest.fixture
def second_parent(young_student: Member) -> Member:
    return make_guardian(young_student, "Jun Kim", slot=2)


@pytest.fixture
def people(request: pytest.FixtureRequest) -> dict[str, Member]:
    return {who: request.getfixturevalue(who) for who in KEEP + LOSE}


def withdraw(child: Member) -> None:
    withdraw_consent(SYSTEM, child, grantor="A. Parent")


def history(member: Member, room: Room) -> list[str | None]:
    return texts_of(latest(standing_of(member, room)).messages)


def replay(member: Member, room: Room) -> list[str]:
    """What somebody who comes back gets, from the first seq on: kinds, and the texts of messages."""
    view, found = standing_of(member, room).view, []
    for entry in entries_of(room.pk, after=0, upto=99, limit=500):
        seen = seen_by(entry, view)
        if not isinstance(seen, Withheld) and entry.message is not None:
            found.append(f"{entry.kind} {entry.message.text}")
    return found


def kinds(room: Room) -> list[str]:
    return list(RoomEvent.objects.filter(room=room).order_by("seq").values_list("kind", flat=True))


@pytest.mark.row("S20")
def test_messages_vanish_and_come_back(room: Room, young_student: Member, people: dict[str, Member]) -> None:
    written(room, people["student"], "hi")
    own = written(room, young_student, "mine")
    edited(room, young_student, own.seq, "mine again")
    whole = ["message.sent hi", "message.sent mine again", "message.edited mine again"]
    for member in people.values():
        assert (history(member, room), replay(member, room)) == (["hi", "mine again"], whole)
    withdraw(young_student)
    for who, member in people.items():
        kept = who in KEEP
        assert history(member, room) == (["hi", "mine again"] if kept else ["hi"]), who
        assert replay(member, room) == (whole if kept else ["message.sent hi"]), who
    make_consent(young_student)
    for member in people.values():
        assert (history(member, room), replay(member, room)) == (["hi", "mine again"], whole)
    assert kinds(room)[-2:] == ["member.hidden", "member.shown"]


@pytest.mark.row("S20")
def test_pages_round_a_vanished_message_leave_it_out(room: Room, young_student: Member, student: Member) -> None:
    first = written(room, student, "1")
    mine = written(room, young_student, "2")
    last = written(room, student, "3")
    withdraw(young_student)
    standing = standing_of(student, room)
    assert texts_of(around(standing, mine.seq).messages) == ["1", "3"]
    assert texts_of(before(standing, last.seq, limit=2).messages) == ["1"]
    assert texts_of(before(standing, mine.seq).messages) == ["1"]
    assert first.seq < mine.seq < last.seq


@pytest.mark.row("S20")
def test_nothing_of_the_child_s_is_accepted_after_the_commit(room: Room, young_student: Member) -> None:
    draft = draft_of(room, young_student, "in the middle of a sent")
    withdraw(young_student)
    assert write([draft]) == [Refusal.ACCESS_CHANGED]
    assert not can_enter(young_student, room)


@pytest.mark.row("S20")
def test_every_room_of_the_child_hears_of_it_and_no_other(
    course: Course, young_student: Member, instructor: Member, student: Member
) -> None:
    general, group = make_room(course), make_group(course, instructor, young_student)
    chat = make_direct(course, instructor, young_student)
    others = [make_group(course, instructor, student), make_direct(course, instructor, student)]
    other_course = make_course(course.school, "Biology")
    not_there = make_room(other_course)
    withdraw(young_student)
    seats = {room.pk: {"seat": seat_of(young_student, room)} for room in (general, group, chat)}
    hidden = RoomEvent.objects.filter(kind="member.hidden")
    assert {event.room_id: event.data for event in hidden} == seats
    assert all("member.hidden" not in kinds(room) for room in [*others, not_there])


@pytest.mark.row("S20")
def test_rooms_of_two_courses_are_locked_by_their_ids(course: Course, young_student: Member) -> None:
    """The order of the whole product: two transactions never wait for each other's heads."""
    other = make_course(course.school, "Biology")
    join(other, young_student)
    rooms = [make_room(where, f"Room {number}") for number in range(2) for where in (other, course)]
    withdraw(young_student)
    events = RoomEvent.objects.filter(kind="member.hidden").order_by("pk").values_list("room_id", flat=True)
    assert list(events) == sorted(room.pk for room in rooms)


@pytest.mark.row("S20")
def test_the_child_leaves_the_list_of_classmates_and_other_families(
    room: Room, young_student: Member, people: dict[str, Member]
) -> None:
    seat = seat_of(young_student, room)

    def listed(member: Member) -> bool:
        return seat in {person.seat for person in roster_of(standing_of(member, room))}

    assert all(listed(member) for member in people.values())
    withdraw(young_student)
    assert {who for who, member in people.items() if listed(member)} == set(KEEP)
    marks = {person.seat: person.waiting for person in roster_of(standing_of(people["instructor"], room))}
    assert [seat for seat, waiting in marks.items() if waiting] == [seat]


@pytest.mark.row("S20")
def test_twice_is_once(room: Room, young_student: Member) -> None:
    withdraw(young_student)
    hidden_at = Enrollment.objects.get(member=young_student).hidden_at
    assert hidden_at is not None
    before_seq = kinds(room)
    hide_member(young_student.pk, at=hidden_at)
    assert kinds(room) == before_seq
    assert Enrollment.objects.get(member=young_student).hidden_at == hidden_at


@pytest.mark.row("S3")
def test_another_scope_only_moves_the_roster(room: Room, young_student: Member) -> None:
    version = Course.objects.get(pk=room.course_id).roster_version
    before_kinds = kinds(room)
    make_consent(young_student, scopes=[Scope.USE, Scope.VISIBLE_TO_PEERS])
    assert Course.objects.get(pk=room.course_id).roster_version == version + 1
    assert kinds(room) == before_kinds


@pytest.mark.row("S18")
def test_a_first_yes_lets_the_child_appear_without_a_word_about_hiding(
    room: Room, unconsented_student: Member, student: Member
) -> None:
    seat = seat_of(unconsented_student, room)
    assert seat not in {person.seat for person in roster_of(standing_of(student, room))}
    make_consent(unconsented_student)
    assert unconsented_student.state == MemberState.ACTIVE
    assert seat in {person.seat for person in roster_of(standing_of(student, room))}
    assert {"member.hidden", "member.shown"}.isdisjoint(kinds(room))


@pytest.mark.row("S20")
def test_only_the_family_s_access_moves(room: Room, young_student: Member, people: dict[str, Member]) -> None:
    known = dict(Access.objects.values_list("member_id", "epoch"))
    withdraw(young_student)
    moved = {pk for pk, epoch in Access.objects.values_list("member_id", "epoch") if epoch != known[pk]}
    assert moved == {young_student.pk, people["parent"].pk, people["second_parent"].pk}


@pytest.mark.row("S21")
def test_who_turns_fourteen_is_seen_again_without_a_new_yes(room: Room, young_student: Member, student: Member) -> None:
    written(room, young_student, "mine")
    withdraw(young_student)
    assert show_whom_the_gate_lets_in() == 0
    assert history(student, room) == []
    assert young_student.protected_until is not None
    birthday = midnight(young_student.protected_until, ZONE)
    with travel(birthday, tick=False):
        assert show_whom_the_gate_lets_in() == 1
        assert history(student, room) == ["mine"]
        assert show_whom_the_gate_lets_in() == 0
    assert kinds(room)[-1] == "member.shown"
