"""Seats turned into names, for one view: who is listed, and by which name."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from consent.models import Scope
from rooms.actions.enrollments import end_enrollment
from rooms.models import Course
from rooms.queries.faces import initials_of, tone_of
from rooms.queries.places import places_for
from rooms.queries.rosters import RosterSeat, roster_of, roster_version
from tests.cast import SYSTEM, make_consent, make_member
from tests.rooms.school_of_all import NAMES, PEOPLE, Everybody
from tests.rooms_cast import INSTRUCTOR, join, make_classmate, seat_of, standing_of

CHILDREN = ("student", "classmate", "young", "masked", "waiting", "hidden", "left", "suspended")


def seen(everybody: Everybody, who: str, room: str = "general") -> dict[str, RosterSeat]:
    """person → their seat, as `who` sees the roster."""
    place = everybody.rooms[room]
    seats = {seat.seat: seat for seat in roster_of(standing_of(everybody.people[who], place))}
    rows = everybody.course.enrollments.all() if room == "general" else place.members.all()
    return {everybody.who(row.member_id): seats[row.seat] for row in rows if row.seat in seats}


def real(everybody: Everybody, who: str) -> str:
    return everybody.people[who].course_name


def named(everybody: Everybody, who: str, room: str = "general") -> set[str]:
    """Of whom the reader has the real name."""
    return {other for other, seat in seen(everybody, who, room).items() if seat.name == real(everybody, other)}


STAFF = {"instructor", "co_instructor", "assistant"}


@pytest.mark.row("S3")
@pytest.mark.row("S22")
def test_who_is_named_to_whom(everybody: Everybody) -> None:
    assert named(everybody, "instructor") == {*STAFF, *CHILDREN}
    assert named(everybody, "student") == {*STAFF, "student", "classmate", "young", "left"}
    assert named(everybody, "masked") == {*STAFF, "student", "classmate", "young", "left", "masked"}
    assert named(everybody, "parent") == {*STAFF, "young"}
    assert named(everybody, "other_parent") == {*STAFF, "classmate"}
    assert named(everybody, "parent_of_two") == {*STAFF, "young", "masked"}
    assert named(everybody, "hidden_parent") == {*STAFF, "hidden"}


@pytest.mark.row("S18")
@pytest.mark.row("S20")
def test_who_waits_or_is_hidden_is_listed_for_staff_and_the_own_family_alone(everybody: Everybody) -> None:
    listed = {who: set(seen(everybody, who)) & {"waiting", "hidden"} for who in ("instructor", "assistant")}
    assert listed == {"instructor": {"waiting", "hidden"}, "assistant": {"waiting", "hidden"}}
    for who in ("student", "young", "parent", "other_parent", "parent_of_two"):
        assert not set(seen(everybody, who)) & {"waiting", "hidden"}
    assert set(seen(everybody, "hidden_parent")) & {"waiting", "hidden"} == {"hidden"}
    marks = {who for who, seat in seen(everybody, "instructor").items() if seat.waiting}
    assert marks == {"waiting", "hidden"}
    assert not any(seat.waiting for who in ("student", "parent") for seat in seen(everybody, who).values())


@pytest.mark.row("S22")
def test_a_masked_child_is_a_number_in_name_initials_and_colour(everybody: Everybody) -> None:
    for reader in ("student", "parent"):
        seat = seen(everybody, reader)["masked"]
        assert (seat.name, seat.initials) == (f"Student {seat.seat}", str(seat.seat))
        assert seat.avatar == tone_of(seat.seat)
    with translation.override("es"):
        assert seen(everybody, "parent")["masked"].name.startswith("Estudiante")


@pytest.mark.row("S3")
def test_the_scope_shows_the_name_to_classmates_and_to_no_other_family(everybody: Everybody) -> None:
    make_consent(everybody.people["masked"], scopes=[Scope.USE, Scope.VISIBLE_TO_PEERS])
    assert "masked" in named(everybody, "student")
    assert "masked" not in named(everybody, "parent")


def test_one_finds_oneself_and_the_own_child(everybody: Everybody) -> None:
    assert [who for who, seat in seen(everybody, "masked").items() if seat.you] == ["masked"]
    assert [who for who, seat in seen(everybody, "parent_of_two").items() if seat.child] == ["young", "masked"]
    assert not any(seat.you for seat in seen(everybody, "parent").values())
    assert not any(seat.child for seat in seen(everybody, "instructor").values())


def test_who_has_left_keeps_the_seat_and_is_marked(everybody: Everybody) -> None:
    assert {who for who, seat in seen(everybody, "student").items() if seat.left} == {"left"}


def test_a_substitute_is_marked_when_the_time_is_over(everybody: Everybody) -> None:
    substitute, until = make_member("Farid Haddad"), timezone.now() + dt.timedelta(hours=1)
    join(everybody.course, substitute, INSTRUCTOR, until=until)
    seat = seat_of(substitute, everybody.rooms["general"])

    def has_left() -> bool:
        standing = standing_of(everybody.people["student"], everybody.rooms["general"])
        return {each.seat: each.left for each in roster_of(standing)}[seat]

    assert not has_left()
    with time_machine.travel(until, tick=False):
        assert has_left()


# Groups and chats have rosters of their own


def test_a_group_lists_who_is_or_was_in_it(everybody: Everybody) -> None:
    assert set(seen(everybody, "student", "group")) == {"instructor", "student", "young", "left"}
    assert named(everybody, "parent", "group") == {"instructor", "young"}


@pytest.mark.row("S10")
def test_a_chat_lists_its_two_people(everybody: Everybody) -> None:
    assert named(everybody, "young", "linked_chat") == {"instructor", "young"}
    assert named(everybody, "parent", "linked_chat") == {"instructor", "young"}
    assert named(everybody, "supervisor", "unlinked_chat") == {"instructor", "student"}
    about = seen(everybody, "instructor", "about")
    assert {who: (seat.role, seat.name) for who, seat in about.items()} == {
        "parent": ("parent", NAMES["parent"]),
        "instructor": ("instructor", "Ms. Rivera"),
    }
    assert [who for who, seat in seen(everybody, "parent", "about").items() if seat.you] == ["parent"]


# Its version and its cost


def test_every_change_of_names_seats_or_visibility_moves_the_version(everybody: Everybody) -> None:
    def version() -> int:
        return roster_version(everybody.rooms["general"])

    course = Course.objects.get(pk=everybody.course.pk)
    versions = [version()]
    for change in (
        lambda: join(course, make_member()),
        lambda: end_enrollment(SYSTEM, course, everybody.people["classmate"]),
        lambda: make_consent(everybody.people["masked"], scopes=[Scope.USE, Scope.VISIBLE_TO_PEERS]),
        lambda: make_consent(everybody.people["hidden"]),
        lambda: make_consent(everybody.people["waiting"]),
    ):
        change()
        versions.append(version())
    assert versions == sorted(set(versions))


def test_a_larger_class_takes_no_more_statements(everybody: Everybody) -> None:
    standing = standing_of(everybody.people["student"], everybody.rooms["general"])
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            roster_of(standing)
        counts.append(len(statements))
        for age in (13, 16, 16):
            make_classmate(everybody.course, age=age)
    assert counts[0] == counts[1] == 4


def test_nobody_is_listed_twice(everybody: Everybody) -> None:
    for who in PEOPLE:
        for standing in places_for(everybody.people[who].pk).standings.values():
            seats = [seat.seat for seat in roster_of(standing)]
            assert seats == sorted(set(seats)), (who, standing.room)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Devon K.", "DK"),
        ("Ms. Rivera", "MR"),
        ("Mei-Lin C.", "MC"),
        ("Yusuf", "Y"),
        ("", ""),
        ("7 of 9", "O"),
        ("Ángel Ñ.", "ÁÑ"),
    ],
)
def test_two_letters_stand_for_a_name(name: str, initials: str) -> None:
    assert initials_of(name) == initials
