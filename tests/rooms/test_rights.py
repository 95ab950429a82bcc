"""Every person in every room: what they see and may do, and that all who have nothing there find nothing."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import NotFound
from consent.actions.guardians import link_guardian
from consent.actions.schools import end_agreement, end_grant, give_grant, join_school
from consent.models import Grant, GuardianLink, School, SchoolAgreement
from rooms.actions.enrollments import end_enrollment
from rooms.permissions import reach
from rooms.queries.places import places_for
from rooms.queries.readers import readers_of
from rooms.queries.standings import standings_of
from tests.cast import SYSTEM, make_agreement, make_member, make_school, make_young_student
from tests.rooms.school_of_all import OUTSIDE, PEOPLE, ROOMS, TABLE, Everybody
from tests.rooms_cast import (
    INSTRUCTOR,
    can_enter,
    join,
    make_classmate,
    make_course,
    make_direct,
    make_room,
    standing_of,
)

pytestmark = pytest.mark.django_db


def found(everybody: Everybody, who: str) -> dict[str, tuple[str, set[str]]]:
    names = {room.pk: name for name, room in everybody.rooms.items()}
    standings = places_for(everybody.people[who].pk).standings
    return {names[pk]: (s.view.partition(":")[0], set(s.may)) for pk, s in standings.items()}


@pytest.mark.row("S9")
@pytest.mark.row("S10")
@pytest.mark.row("S22")
def test_everybody_has_what_the_table_says(everybody: Everybody) -> None:
    expected = {who: {room: TABLE[room][who] for room in ROOMS if who in TABLE[room]} for who in PEOPLE}
    assert {who: found(everybody, who) for who in PEOPLE} == expected
    assert all(not expected[who] or who == "other_instructor" for who in OUTSIDE)


@pytest.mark.row("S8")
def test_a_foreign_room_is_not_found_just_as_an_absent_one(everybody: Everybody) -> None:
    absent = max(room.pk for room in everybody.rooms.values()) + 1000
    answers = set()
    for who in PEOPLE:
        for name in ("general", "linked_chat", "elsewhere"):
            if who not in TABLE[name]:
                room = everybody.rooms[name]
                with pytest.raises(NotFound) as caught:
                    reach(everybody.people[who].pk, room.pk)
                answers.add(repr((caught.value.code, caught.value.text, caught.value.data)))
        with pytest.raises(NotFound) as caught:
            reach(everybody.people[who].pk, absent)
        answers.add(repr((caught.value.code, caught.value.text, caught.value.data)))
    assert len(answers) == 1


def test_who_is_not_signed_in_has_nothing(everybody: Everybody) -> None:
    for room in everybody.rooms.values():
        with pytest.raises(NotFound):
            reach(None, room.pk)


@pytest.mark.row("S10")
def test_readers_are_exactly_those_who_can_read(everybody: Everybody) -> None:
    """The line above the composer and the places of each person say the same."""
    readers = readers_of([room.pk for room in everybody.rooms.values()])
    places = [places_for(everybody.people[who].pk).standings for who in PEOPLE]
    for name, room in everybody.rooms.items():
        if name == "archived":
            continue
        here = [standings[room.pk] for standings in places if room.pk in standings]
        counted = readers[room.pk]
        assert counted.students == sum(s.role == "student" for s in here), name
        assert list(counted.staff) == sorted(s.seat for s in here if s.is_staff), name
        assert counted.guardians == {s.member_id for s in here if s.role == "parent"}, name
        assert counted.parents == len(counted.guardians), name
        assert counted.supervisor == any(s.role == "supervisor" for s in here), name


def test_those_who_are_held_are_counted_as_waiting(everybody: Everybody) -> None:
    readers = readers_of([room.pk for room in everybody.rooms.values()])
    waiting = {name: readers[room.pk].waiting for name, room in everybody.rooms.items()}
    assert (waiting["general"], waiting["group"], waiting["linked_chat"], waiting["elsewhere"]) == (3, 0, 0, 0)


@pytest.mark.row("S22")
def test_a_guardian_s_view_names_the_seats_of_the_own_children(everybody: Everybody) -> None:
    seats = {row.member_id: row.seat for row in everybody.course.enrollments.all()}
    of_two = standing_of(everybody.people["parent_of_two"], everybody.rooms["general"])
    children = [everybody.people[who] for who in ("young", "masked")]
    assert of_two.view == f"guardian:{seats[children[0].pk]},{seats[children[1].pk]}"
    assert of_two.children == tuple(child.pk for child in children)
    assert of_two.seat == 0
    School.objects.update(masking=School.Masking.OWN_CHILD_ONLY)
    stricter = standing_of(everybody.people["parent"], everybody.rooms["general"])
    assert stricter.view == f"guardian_own:{seats[children[0].pk]}"


def test_a_number_of_statements_whoever_asks(everybody: Everybody) -> None:
    counts = set()
    for group in (["student"], ["parent_of_two"], [who for who in PEOPLE if "supervisor" not in who]):
        members = [everybody.people[who].pk for who in group]
        with CaptureQueriesContext(connection) as statements:
            standings_of(members)
        counts.add(len(statements))
    assert len(counts) == 1
    with CaptureQueriesContext(connection) as one:
        readers_of([everybody.rooms["general"].pk])
    with CaptureQueriesContext(connection) as all_of_them:
        readers_of([room.pk for room in everybody.rooms.values()])
    assert len(one) == len(all_of_them)


# What ends by itself


@pytest.mark.row("S21")
def test_a_link_that_ends_by_itself_ends_the_reading_and_the_writing(everybody: Everybody) -> None:
    until = timezone.now().replace(microsecond=0) + dt.timedelta(hours=1)
    parent, general, about = everybody.people["parent"], everybody.rooms["general"], everybody.rooms["about"]
    GuardianLink.objects.filter(guardian=parent).update(ends_at=until)
    assert [standing_of(parent, room).until for room in (general, about)] == [until, until]
    with time_machine.travel(until, tick=False):
        assert not places_for(parent.pk).standings
        assert parent.pk not in readers_of([general.pk])[general.pk].guardians
        assert readers_of([about.pk])[about.pk].parents == 0


def test_a_duty_that_ends_by_itself_ends_the_reading(everybody: Everybody) -> None:
    until = timezone.now().replace(microsecond=0) + dt.timedelta(hours=1)
    supervisor, chat = everybody.people["supervisor"], everybody.rooms["unlinked_chat"]
    Grant.objects.filter(member=supervisor).update(ends_at=until)
    assert standing_of(supervisor, chat).until == until
    with time_machine.travel(until, tick=False):
        assert not can_enter(supervisor, chat)
        assert readers_of([chat.pk])[chat.pk].supervisor is False


def test_of_two_children_s_links_the_first_end_asks_again(everybody: Everybody) -> None:
    member, general = everybody.people["parent_of_two"], everybody.rooms["general"]
    first = timezone.now() + dt.timedelta(hours=1)
    GuardianLink.objects.filter(guardian=member, child=everybody.people["masked"]).update(ends_at=first)
    assert standing_of(member, general).until == first


# The supervisor (S10)


@pytest.mark.row("S10")
def test_a_linked_parent_takes_the_supervisor_s_place(everybody: Everybody) -> None:
    supervisor, chat = everybody.people["supervisor"], everybody.rooms["unlinked_chat"]
    assert can_enter(supervisor, chat)
    link_guardian(SYSTEM, make_member(), everybody.people["student"])
    assert not can_enter(supervisor, chat)
    readers = readers_of([chat.pk])[chat.pk]
    assert (readers.supervisor, readers.parents) == (False, 1)


@pytest.mark.row("S10")
def test_where_no_supervisor_is_named_none_is_promised(everybody: Everybody) -> None:
    chat = everybody.rooms["unlinked_chat"]
    assert readers_of([chat.pk])[chat.pk].supervisor is True
    end_grant(SYSTEM, Grant.objects.get(member=everybody.people["supervisor"]))
    assert readers_of([chat.pk])[chat.pk].supervisor is False


def test_a_grown_up_s_chats_are_nobody_s_to_supervise(school: School) -> None:
    course = make_course(None, "Evening Spanish")
    teacher, learner = make_member(), make_member()
    join(course, teacher, INSTRUCTOR)
    join(course, learner)
    give_grant(SYSTEM, make_member(), Grant.Kind.SUPERVISOR, school=school)
    chat = make_direct(course, teacher, learner)
    assert readers_of([chat.pk])[chat.pk].supervisor is False


# Agreements of several schools (S18)


@pytest.mark.row("S18")
def test_a_young_student_has_the_rooms_of_schools_with_an_agreement_alone(agreement: SchoolAgreement) -> None:
    other = make_school("Another")
    child = make_young_student(agreement.school)
    join_school(SYSTEM, other, child)
    here, there = make_course(agreement.school), make_course(other, "Music")
    for course in (here, there):
        join(course, child)
    rooms = [make_room(here), make_room(there)]
    assert [can_enter(child, room) for room in rooms] == [True, False]
    assert [readers_of([room.pk])[room.pk].students for room in rooms] == [1, 0]
    assert [readers_of([room.pk])[room.pk].waiting for room in rooms] == [0, 1]
    make_agreement(other)
    end_agreement(SYSTEM, agreement)
    assert [can_enter(child, room) for room in rooms] == [False, True]


def test_a_student_who_left_is_nobody_s_parent(everybody: Everybody) -> None:
    """A seat in a chat without an enrolment is a parent's only where there is a link."""
    leaver = make_classmate(everybody.course)
    chat = make_direct(everybody.course, everybody.people["instructor"], leaver)
    end_enrollment(SYSTEM, everybody.course, leaver)
    readers = readers_of([chat.pk])[chat.pk]
    assert (readers.students, readers.parents, readers.guardians) == (0, 0, frozenset())
