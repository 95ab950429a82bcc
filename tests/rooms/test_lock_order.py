"""Every action takes its locks in the order of the whole product: access rows, courses, room heads by id, audit heads.

Two transactions that keep to it never wait for each other. Seen by what each one updates. The writer's own batches are
held in test_writers_at_once: its statements don't pass Django's cursor, and on SQLite it has one lock.
"""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from consent.actions.consents import withdraw_consent
from rooms.actions.course_rooms import archive_room, change_room
from rooms.actions.courses import add_room, archive_course, change_course, choose_questions
from rooms.actions.enrollments import end_enrollment
from rooms.actions.join_answers import correct_answers
from rooms.actions.join_codes import make_code
from rooms.actions.joining import join_course, redeem
from rooms.actions.rooms import open_direct_room, open_group, seat_in_group, take_out_of_group
from rooms.models import Room
from rooms.queries.offers import offer_of_code
from tests.cast import SYSTEM, acting, make_consent, make_member, make_student
from tests.rooms_cast import (
    INSTRUCTOR,
    edited,
    join,
    make_course,
    make_direct,
    make_group,
    make_room,
    muted,
    removed,
    restored,
    unmuted,
    written,
)

RANKS = {"accounts_access": 0, "rooms_course": 1, "rooms_roomhead": 2, "accounts_audithead": 3}
UPDATE = re.compile(rf'^\s*UPDATE "?({"|".join(RANKS)})"?.*', re.DOTALL)
OF_ROOM = re.compile(r'WHERE .*room_id"? = (\d+)')

Act = Callable[[Room, Member, Member], object]


def restore(room: Room, teacher: Member, child: Member) -> object:
    seq = written(room, child).seq
    removed(room, teacher, seq, "unkind")
    return restored(room, teacher, seq)


def let_write_again(room: Room, teacher: Member, child: Member) -> None:
    muted(room, teacher, child)
    unmuted(room, teacher, child)


def join_by_code(room: Room, teacher: Member, child: Member) -> None:
    code, newcomer = make_code(acting(teacher), room.course), make_student(room.course.school)  # type: ignore[arg-type]
    redeem(acting(newcomer), offer_of_code(code.code), newcomer)


def answer_and_leave(room: Room, teacher: Member, child: Member) -> None:
    newcomer = make_student(room.course.school)  # type: ignore[arg-type]
    me = acting(newcomer)
    choose_questions(acting(teacher), room.course, ["school"])
    offer = offer_of_code(make_code(acting(teacher), room.course).code)
    place = join_course(me, offer, newcomer, address="203.0.113.7", answers={"school": "Juniper Bend"})
    correct_answers(me, place, {"school": "Hollow Creek"})
    end_enrollment(me, room.course, newcomer)


ACTS: dict[str, Act] = {
    "edit": lambda room, teacher, child: edited(room, child, written(room, child).seq, "changed"),
    "remove": lambda room, teacher, child: removed(room, teacher, written(room, child).seq, "unkind"),
    "restore": restore,
    "mute": lambda room, teacher, child: muted(room, teacher, child),
    "unmute": let_write_again,
    "enroll": lambda room, teacher, child: join(room.course, make_member()),
    "code": join_by_code,
    "answer": answer_and_leave,
    "end": lambda room, teacher, child: end_enrollment(acting(teacher), room.course, child),
    "back": lambda room, teacher, child: (end_enrollment(SYSTEM, room.course, child), join(room.course, child)),
    "hide": lambda room, teacher, child: withdraw_consent(SYSTEM, child, grantor="A. Parent"),
    "show": lambda room, teacher, child: (
        withdraw_consent(SYSTEM, child, grantor="A. Parent"),
        make_consent(child),
    ),
    "room": lambda room, teacher, child: add_room(acting(teacher), room.course, title="New"),
    "chat": lambda room, teacher, child: open_direct_room(acting(child), room.course, with_member=teacher),
    "group": lambda room, teacher, child: seat_in_group(SYSTEM, make_group(room.course, teacher), [teacher, child]),
    "new group": lambda room, teacher, child: open_group(acting(teacher), room.course, title="New", members=[child]),
    "out of the group": lambda room, teacher, child: take_out_of_group(
        acting(teacher), make_group(room.course, teacher, child), child
    ),
    "change the room": lambda room, teacher, child: change_room(acting(teacher), room, title="New", posting="staff"),
    "archive the room": lambda room, teacher, child: archive_room(acting(teacher), make_room(room.course)),
    "change the course": lambda room, teacher, child: change_course(acting(teacher), room.course, title="New"),
    "archive the course": lambda room, teacher, child: archive_course(acting(teacher), room.course),
    "the last one in a group": lambda room, teacher, child: (
        join(room.course, member := make_member(), INSTRUCTOR),
        make_group(room.course, member, child),
        end_enrollment(SYSTEM, room.course, member),
    ),
}


def transactions(statements: list[str]) -> list[list[tuple[int, int]]]:
    """What each of them locked, in order: (rank, room)."""
    found: list[list[tuple[int, int]]] = []
    depth = 0
    for sql in statements:
        if sql.startswith("SAVEPOINT"):
            found += [[]] if depth == 0 else []
            depth += 1
        elif sql.startswith("RELEASE SAVEPOINT"):
            depth -= 1
        elif (update := UPDATE.match(sql)) is not None:
            of_room = OF_ROOM.search(sql)
            assert of_room or update[1] != "rooms_roomhead", sql
            found[-1].append((RANKS[update[1]], int(of_room[1]) if of_room else 0))
    return found


@pytest.mark.parametrize("name", ACTS)
def test_locks_are_taken_in_one_order(
    name: str, room: Room, instructor: Member, young_student: Member, parent: Member
) -> None:
    other = make_course(room.course.school, "Biology")
    join(other, instructor, INSTRUCTOR)
    join(other, young_student)
    for course in (other, room.course, other):
        make_room(course, "More")
    make_direct(other, instructor, young_student)
    make_room(room.course, "Last")
    with CaptureQueriesContext(connection) as captured:
        ACTS[name](room, instructor, young_student)
    taken = transactions([each["sql"] for each in captured.captured_queries])
    assert any(taken)
    for locks in taken:
        assert locks == sorted(locks), locks
