"""Every action takes its locks in the order of the whole product: access rows, members, codes and invitations, courses,
room heads by id, audit heads, the site's last.

Two transactions that keep to it never wait for each other. Seen by what each one changes, or on PostgreSQL locks. The
writer's own batches are held in test_writers_at_once: its statements don't pass Django's cursor, and on SQLite it has
one lock.
"""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.passwords import change_password
from accounts.models import Member
from consent.actions.class_cards import issue_cards, revoke_card
from consent.actions.consents import withdraw_consent
from consent.actions.registrations import ask_to_register, complete_registration
from consent.actions.two_factor import reset_two_factor
from consent.models import ClassCard, Grant
from consent.queries.sentences import sentences_for
from rooms.actions.course_rooms import archive_room, change_room
from rooms.actions.courses import add_room, archive_course, change_course, choose_questions
from rooms.actions.enrollments import end_enrollment
from rooms.actions.invitation_mails import Letter
from rooms.actions.invitations import decline_invitation, invite, revoke_invitation, send_again
from rooms.actions.join_answers import correct_answers
from rooms.actions.join_codes import make_code
from rooms.actions.joining import join_course, redeem
from rooms.actions.registrations import Person, Stub, register_grown, register_stub
from rooms.actions.rooms import open_direct_room, open_group, seat_in_group, take_out_of_group
from rooms.models import Invitation, Room
from rooms.queries.offers import Offer, offer_of_code
from tests.cast import PASSWORD, SYSTEM, acting, browser_of, make_consent, make_member, make_staff, make_student
from tests.rooms.test_register_student import NOBODY, born
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
from tests.vendors import only_postgres

ACCESS = "accounts_access"
RANKS = {
    ACCESS: 0,
    "accounts_member": 1,
    "rooms_joincode": 2,
    "rooms_invitation": 2,
    "rooms_course": 3,
    "rooms_roomhead": 4,
    "accounts_audithead": 5,
}
TABLE = rf'"({"|".join(RANKS)})"'
LOCK = re.compile(rf"^\s*(?:UPDATE|DELETE FROM|SELECT .*? FROM(?=.* FOR (?:NO KEY )?UPDATE)) {TABLE}", re.DOTALL)
OF_ROOM = re.compile(r'WHERE .*room_id"? = (\d+)')
OF_SCOPE = re.compile(r"""WHERE .*scope"? = '(\w+)'""")
ALL, SITE = 0, 1 << 31  # of the rooms or of a table; the site's chain is behind every school's

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


def newcomer_of(room: Room) -> Member:
    return make_student(room.course.school, email="ana@example.org", email_verified=True)  # type: ignore[arg-type]


def invited_to(room: Room, teacher: Member, *pasted: str) -> Invitation:
    invite(acting(teacher), room.course, " ".join(pasted or ["ana@example.org"]), Letter("student", False, "Hello"))
    return Invitation.objects.latest("pk")


def invite_after_a_month(room: Room, teacher: Member, child: Member) -> None:
    invited_to(room, teacher, "ana@example.org", "bo@example.org")
    Invitation.objects.update(expires_at=timezone.now())
    invited_to(room, teacher, "bo@example.org", "ana@example.org")


def send_once_more(room: Room, teacher: Member, child: Member) -> None:
    invitation = invited_to(room, teacher)
    Invitation.objects.update(sent_at=timezone.now() - dt.timedelta(days=1))
    send_again(acting(teacher), invitation)


def join_by_invitation(room: Room, teacher: Member, child: Member) -> None:
    newcomer = newcomer_of(room)
    join_course(acting(newcomer), Offer.of_invitation(invited_to(room, teacher)), newcomer, address="192.0.2.7")


def code_of(room: Room, teacher: Member) -> Offer:
    return offer_of_code(make_code(acting(teacher), room.course).code)


def register_child(room: Room, teacher: Member, child: Member) -> None:
    register_stub(NOBODY, code_of(room, teacher), Stub("Sofia", "N", "sofia.n", 7, "", "es"), birth=born(12))


def register_by_code(room: Room, teacher: Member, child: Member) -> None:
    person = Person("Noah", "B", "", "noah@example.org", PASSWORD, "en")
    register_grown(NOBODY, code_of(room, teacher), person, birth=born(16), address="192.0.2.7")


def register_instructor(room: Room, teacher: Member, child: Member) -> None:
    sentences = [each.key for each in sentences_for("instructor")]
    row = ask_to_register(NOBODY, "instructor", name="Ina Free", email="ina@example.org", password=PASSWORD,
                          sentences=sentences, address="192.0.2.7", school=room.course.school)  # fmt: skip
    complete_registration(NOBODY, row)


def newest() -> int:
    return ClassCard.objects.aggregate(newest=Max("pk"))["newest"] or 0


def lose_a_card(room: Room, teacher: Member, child: Member) -> None:
    """While somebody is signed in by it."""
    school = room.course.school
    assert school is not None
    for _ in range(2):
        browser_of(child)
        issue_cards(acting(teacher), school, [child], seen=newest())
    browser_of(child)
    revoke_card(acting(teacher), school, child)


def lose_a_phone(room: Room, teacher: Member, child: Member) -> None:
    school = room.course.school
    assert school is not None
    owner = make_staff(school, "Tomás Ibarra", Grant.Kind.SUPERVISOR)
    browser_of(owner)
    admin = make_staff(school, "Ruth Lindqvist", Grant.Kind.SCHOOL_ADMIN)
    reset_two_factor(acting(admin), owner, reason="showed his badge", school=school)


def new_password(room: Room, teacher: Member, child: Member) -> None:
    browser_of(teacher)
    change_password(acting(teacher), teacher, "eleven blue plums")


ACTS: dict[str, Act] = {
    "edit": lambda room, teacher, child: edited(room, child, written(room, child).seq, "changed"),
    "remove": lambda room, teacher, child: removed(room, teacher, written(room, child).seq, "unkind"),
    "restore": restore,
    "mute": lambda room, teacher, child: muted(room, teacher, child),
    "unmute": let_write_again,
    "enroll": lambda room, teacher, child: join(room.course, make_member()),
    "code": join_by_code,
    "answer": answer_and_leave,
    "invite": lambda room, teacher, child: invited_to(room, teacher),
    "invite again": invite_after_a_month,
    "send again": send_once_more,
    "revoke": lambda room, teacher, child: revoke_invitation(acting(teacher), invited_to(room, teacher)),
    "decline": lambda room, teacher, child: decline_invitation(NOBODY, Offer.of_invitation(invited_to(room, teacher))),
    "invitation": join_by_invitation,
    "second step": lose_a_phone,
    "password": new_password,
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


# What they lock before they change it is seen on PostgreSQL alone.
THAT_HOLD_FIRST: dict[str, Act] = {
    "register a child": register_child,
    "register": register_by_code,
    "register an instructor": register_instructor,
    "card": lose_a_card,
}


def transactions(statements: list[str]) -> list[list[tuple[int, int]]]:
    """What each of them locked, in order: (rank, room or scope); each once. The access of an account that is made there
    is nobody else's."""
    found: list[list[tuple[int, int]]] = []
    depth, has_made_somebody = 0, False
    for sql in statements:
        if sql.startswith("SAVEPOINT"):
            if depth == 0:
                found, has_made_somebody = [*found, []], False
            depth += 1
        elif sql.startswith("RELEASE SAVEPOINT"):
            depth -= 1
        elif sql.startswith(f'INSERT INTO "{ACCESS}"'):
            has_made_somebody = True
        elif depth and (lock := LOCK.match(sql)) is not None and not (lock[1] == ACCESS and has_made_somebody):
            rank, which = RANKS[lock[1]], _which(lock[1], sql)
            held = {(rank, which), (rank, ALL)} & set(found[-1])
            found[-1] += [] if held else [(rank, which)]
    return found


def _which(table: str, sql: str) -> int:
    of_room, of_scope = OF_ROOM.search(sql), OF_SCOPE.search(sql)
    if table == "accounts_audithead":
        assert of_scope, sql
        return SITE if of_scope[1] == "site" else int(of_scope[1])
    assert of_room or table != "rooms_roomhead" or sql.startswith("SELECT"), sql
    return int(of_room[1]) if of_room else ALL


@pytest.mark.parametrize("name", [*ACTS, *(pytest.param(name, marks=only_postgres) for name in THAT_HOLD_FIRST)])
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
        (ACTS | THAT_HOLD_FIRST)[name](room, instructor, young_student)
    taken = transactions([each["sql"] for each in captured.captured_queries])
    assert any(taken)
    for locks in taken:
        assert locks == sorted(locks), locks
