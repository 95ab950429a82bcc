"""Courses, rooms and talk for tests, made by the product's own actions; composes the people of tests.cast.

Invariant: nothing here writes a row itself. Fixtures put the cast into one class; builders make whatever differs.
"""

import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Access, Member
from consent.models import School
from consent.queries.facts import decisions_of
from rooms.actions.clearances import Clearance
from rooms.actions.courses import add_room, create_course
from rooms.actions.enrollments import enroll
from rooms.actions.messages import (
    edit_message,
    open_removed_message,
    remove_message,
    restore_message,
    send_message,
)
from rooms.actions.mutes import mute_member, unmute_member
from rooms.actions.rooms import direct_room, seat_in_group
from rooms.models import Course, Enrollment, Message, Mute, Room, RoomMember
from rooms.queries.places import open_standings
from rooms.queries.standings import Standing
from rooms.writer import Draft, Receipt
from tests.cast import SYSTEM, acting, make_guardian, make_member, make_student, make_young_student

INSTRUCTOR, ASSISTANT, STUDENT = Enrollment.Role.INSTRUCTOR, Enrollment.Role.ASSISTANT, Enrollment.Role.STUDENT


# Builders: courses and rooms


def make_course(school: School | None = None, title: str = "Algebra I, period 3", **fields: Any) -> Course:
    """A course without anybody in it; without a school an independent one."""
    return create_course(SYSTEM, school, title=title, **{"short_title": title.partition(",")[0], **fields})


def make_room(course: Course, title: str = "General", **fields: Any) -> Room:
    return add_room(SYSTEM, course, title=title, **fields)


def join(course: Course, member: Member, role: str = STUDENT, **fields: Any) -> Enrollment:
    return enroll(SYSTEM, course, member, role=role, **fields)


def make_classmate(course: Course, name: str = "", **fields: Any) -> Member:
    """A student of the course and of its school; young ones with consent."""
    assert course.school is not None
    maker = make_young_student if fields.get("age", 16) < 14 else make_student
    member = maker(course.school, name, **fields)
    join(course, member)
    return member


def make_group(course: Course, *members: Member, title: str = "Lab partners") -> Room:
    room = make_room(course, title, kind=Room.Kind.GROUP)
    seat_in_group(SYSTEM, room, members)
    return room


def make_direct(course: Course, one: Member, other: Member, *, about: Member | None = None) -> Room:
    return direct_room(SYSTEM, course, one.pk, other.pk, about=about.pk if about else None)


def in_state(room: Room, state: str) -> Room:
    """The room closed or archived; no action does that yet."""
    Room.objects.filter(pk=room.pk).update(state=state)
    room.refresh_from_db()
    return room


# Builders: talk


def standing_of(member: Member, room: Room) -> Standing:
    """Where the member stands now, as the door finds it. KeyError: not in there."""
    return _standings_of(member)[room.pk]


def can_enter(member: Member, room: Room) -> bool:
    return room.pk in _standings_of(member)


def _standings_of(member: Member) -> Mapping[int, Standing]:
    now = timezone.now()
    return open_standings(decisions_of([member.pk], now=now), now).get(member.pk, {})


def clearance_of(member: Member, until: datetime | None = None) -> Clearance:
    return Clearance(Access.objects.get(member=member).epoch, until)


def new_cid() -> UUID:
    """A UUIDv7, as a client makes it."""
    value = int(time.time() * 1000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def draft_of(room: Room, author: Member, text: str = "hello", **fields: Any) -> Draft:
    """What `send_message` would hand to the writer."""
    standing = standing_of(author, room)
    known: dict[str, Any] = {
        "room_id": room.pk,
        "author_id": author.pk,
        "epoch": clearance_of(author).epoch,
        "until": None,
        "seat": standing.seat,
        "cid": new_cid(),
        "text": text,
        "html": None,
        "renderer": 1,
    }
    return Draft(**{**known, **fields})


def written(room: Room, author: Member, text: str = "hello", **fields: Any) -> Receipt:
    """Sent as the author, through the writer of this process."""
    fields = {"clearance": clearance_of(author), "cid": new_cid(), **fields}
    return send_message(acting(author), standing_of(author, room), text=text, **fields).result(timeout=10)


def edited(room: Room, author: Member, seq: int, text: str) -> Message:
    standing, clearance = standing_of(author, room), clearance_of(author)
    return edit_message(acting(author), standing, clearance=clearance, seq=seq, text=text)


def removed(room: Room, by: Member, seq: int, reason: str = "") -> Message:
    standing, clearance = standing_of(by, room), clearance_of(by)
    return remove_message(acting(by), standing, clearance=clearance, seq=seq, reason=reason)


def restored(room: Room, by: Member, seq: int) -> Message:
    return restore_message(acting(by), standing_of(by, room), clearance=clearance_of(by), seq=seq)


def opened(room: Room, by: Member, seq: int) -> Message:
    return open_removed_message(acting(by), standing_of(by, room), clearance=clearance_of(by), seq=seq)


def muted(room: Room, by: Member, member: Member, minutes: int = 10, reason: str = "shouting") -> Mute:
    standing, clearance, seat = standing_of(by, room), clearance_of(by), seat_of(member, room)
    return mute_member(acting(by), standing, clearance=clearance, seat=seat, minutes=minutes, reason=reason)


def unmuted(room: Room, by: Member, member: Member) -> None:
    standing, clearance, seat = standing_of(by, room), clearance_of(by), seat_of(member, room)
    unmute_member(acting(by), standing, clearance=clearance, seat=seat)


def seat_of(member: Member, room: Room) -> int:
    """The member's seat in the room, in or not, let in or not."""
    if room.kind == Room.Kind.DIRECT:
        return RoomMember.objects.get(room=room, member=member).seat
    return Enrollment.objects.get(course=room.course_id, member=member).seat


def message_at(room: Room, seq: int) -> Message:
    return Message.objects.get(room=room, seq=seq)


def texts_of(messages: Iterable[Any]) -> list[str | None]:
    return [message.text for message in messages]


# Fixtures


@pytest.fixture
def course(school: School, instructor: Member) -> Course:
    """Algebra I; the instructor of the cast teaches it, nobody else is in it yet."""
    made = make_course(school)
    join(made, instructor, INSTRUCTOR)
    return made


@pytest.fixture
def room(course: Course) -> Room:
    """General."""
    return make_room(course)


@pytest.fixture
def classmate(course: Course) -> Member:
    """16, in the course."""
    return make_classmate(course, "Jada Amos")


@pytest.fixture
def co_instructor(course: Course) -> Member:
    member = make_member("Martin Chen", course_name="Mr. Chen")
    join(course, member, INSTRUCTOR)
    return member


@pytest.fixture
def assistant(course: Course) -> Member:
    member = make_member("Theo Assis")
    join(course, member, ASSISTANT)
    return member


@pytest.fixture
def other_parent(course: Course, classmate: Member) -> Member:
    """Linked to the classmate, to nobody else."""
    return make_guardian(classmate, "Renée Amos")
