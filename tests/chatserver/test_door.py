"""The door in this process: one look for all who wait, the same number of statements for one and for many."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.access import bump_access
from accounts.actions.sessions import end_all_sessions
from accounts.models import Member, Session
from chatserver import door
from chatserver.dispatch import Bridge
from chatserver.door import Door, has_right_origin, session_key, visits_by_key, visits_by_public_id
from consent.gate import Allow, Deny
from consent.models import School
from rooms.actions.courses import add_room, create_course
from rooms.actions.enrollments import enroll
from rooms.models import Course
from tests.cast import (
    SYSTEM,
    acting,
    browser_of,
    make_agreement,
    make_member,
    make_school,
    make_student,
    make_young_student,
)
from tests.rooms_cast import muted


@pytest.fixture
def school(db: None) -> School:
    school = make_school()
    make_agreement(school)
    return school


@pytest.fixture
def course(school: School) -> Course:
    course = create_course(SYSTEM, school, title="Algebra I")
    for title in ("General", "Homework help"):
        add_room(SYSTEM, course, title=title)
    return course


def student_of(course: Course, *, until: dt.datetime | None = None) -> Member:
    assert course.school is not None
    member = make_young_student(course.school)
    enroll(SYSTEM, course, member, role="student", until=until)
    return member


def key_of(member: Member) -> str:
    return browser_of(member).cookies[settings.SESSION_COOKIE_NAME].value


def test_one_and_many_cost_the_same_number_of_statements(course: Course) -> None:
    keys = [key_of(student_of(course)) for _ in range(5)]
    with CaptureQueriesContext(connection) as for_one:
        assert len(visits_by_key(keys[:1])) == 1
    with CaptureQueriesContext(connection) as for_five:
        assert len(visits_by_key(keys)) == 5
    assert len(for_one) == len(for_five)


def test_a_visit_holds_who_and_where_and_until_when(course: Course) -> None:
    ends = timezone.now() + dt.timedelta(hours=1)
    member = student_of(course, until=ends)
    key = key_of(member)
    visit = visits_by_key([key])[key]
    session = Session.objects.get(session_key=key)
    member.access.refresh_from_db()
    assert (visit.member, visit.session, visit.epoch) == (member, str(session.public_id), member.access.epoch)
    assert isinstance(visit.decision, Allow)
    assert {standing.room.title for standing in visit.standings.values()} == {"General", "Homework help"}
    assert (visit.clearance.epoch, visit.clearance.until) == (visit.epoch, ends)
    assert (visit.actor.member_id, visit.actor.session_id) == (member.pk, str(session.public_id))


def test_a_visit_is_looked_at_again_when_a_pause_ends(course: Course) -> None:
    member, teacher = student_of(course), make_member()
    enroll(SYSTEM, course, teacher, role="instructor")
    until = muted(course.rooms.get(title="General"), teacher, member).until
    (visit,) = visits_by_key([key_of(member)]).values()
    assert visit.clearance.until == until
    with time_machine.travel(until, tick=False):
        (visit,) = visits_by_public_id([visit.session]).values()
    assert {standing.muted_until for standing in visit.standings.values()} == {None}


def test_whoever_the_gate_holds_is_nowhere(school: School, course: Course) -> None:
    member = make_student(school, age=13)
    enroll(SYSTEM, course, member, role="student")
    (visit,) = visits_by_key([key_of(member)]).values()
    assert isinstance(visit.decision, Deny)
    assert visit.standings == {}


def test_unknown_ended_and_expired_sessions_are_left_out(course: Course) -> None:
    ended, expired, here = [student_of(course) for _ in range(3)]
    keys = {member: key_of(member) for member in (ended, expired, here)}
    assert len(visits_by_key(list(keys.values()))) == 3
    end_all_sessions(acting(ended), ended.pk, why="test")
    Session.objects.filter(session_key=keys[expired]).update(expire_date=timezone.now())
    assert visits_by_key([*keys.values(), "unknown"]).keys() == {keys[here]}


def test_looking_again_finds_the_same_by_the_public_id(course: Course) -> None:
    member = student_of(course)
    (before,) = visits_by_key([key_of(member)]).values()
    with transaction.atomic():
        bump_access([member.pk], reason="test")
    (after,) = visits_by_public_id([before.session]).values()
    assert (after.session, after.epoch) == (before.session, before.epoch + 1)


# What a handshake carries


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "websocket", "headers": list(headers)}


@pytest.mark.parametrize(
    ("cookie", "key"),
    [
        (b"session=abc", "abc"),
        (b"csrf=x; session=abc; language=en", "abc"),
        (b'a={"b": 1}; session=abc', "abc"),
        (b"session=abc=def", "abc=def"),
        (b"sessions=abc", None),
        (b"", None),
        (b"\xff\xfe; session=abc", "abc"),
    ],
)
def test_the_session_is_found_among_other_cookies(cookie: bytes, key: str | None) -> None:
    assert session_key(scope((b"cookie", cookie))) == key


def test_no_cookie_at_all_is_no_session() -> None:
    assert session_key(scope((b"host", b"x"))) is None


def test_an_origin_is_right_as_a_whole_or_not_at_all() -> None:
    for origin in settings.ORIGINS:
        assert has_right_origin(scope((b"origin", origin.encode())))
        assert not has_right_origin(scope((b"origin", origin.encode()), (b"origin", origin.encode())))
        for wrong in (origin + "/", origin.upper(), " " + origin, origin + "\0"):
            assert not has_right_origin(scope((b"origin", wrong.encode())))
    assert not has_right_origin(scope())


# All at once


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    bridge = Bridge(2)
    yield bridge
    bridge.close()


def handshake(key: str) -> dict[str, Any]:
    return scope((b"origin", min(settings.ORIGINS).encode()), (b"cookie", f"session={key}".encode()))


@pytest.fixture
def keys(transactional_db: None) -> list[str]:
    school = make_school()
    make_agreement(school)
    course = create_course(SYSTEM, school, title="Algebra I")
    return [key_of(student_of(course)) for _ in range(3)]


async def test_all_who_wait_are_answered_each_with_their_own(keys: list[str], bridge: Bridge) -> None:
    entrance = Door(bridge)
    asked = [*keys, "unknown", *keys]
    visits = await asyncio.gather(*(entrance.enter(handshake(key)) for key in asked))
    found = [visit.session if visit else None for visit in visits]
    assert found[3] is None
    assert found[:3] == found[4:]
    assert len({*found[:3]}) == 3


class Held(Bridge):
    """Lets a look begin when it is told to, and remembers for how many each was."""

    def __init__(self) -> None:
        super().__init__(2)
        self.looks: list[int] = []
        self.may_look, self.is_asked = asyncio.Event(), asyncio.Event()

    async def run_sync(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        self.looks.append(len(args[0]))
        self.is_asked.set()
        await self.may_look.wait()
        return await super().run_sync(call, *args, **kwargs)


async def test_who_comes_during_a_look_is_in_the_next_and_each_has_its_bound(
    keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setattr(door, "LOOK_SESSIONS", 3)
    entrance = Door(held)
    answers = [asyncio.ensure_future(entrance.enter(handshake(keys[0])))]
    await held.is_asked.wait()
    answers += [asyncio.ensure_future(entrance.enter(handshake(key))) for key in [*keys, "unknown", *keys]]
    for _ in range(3):  # they come in; nothing looks
        await asyncio.sleep(0)
    assert held.looks == [1]
    held.may_look.set()
    visits = await asyncio.gather(*answers)
    assert held.looks == [1, 3, 1]
    assert [visit is not None for visit in visits] == [True, True, True, True, False, True, True, True]
    held.close()


async def test_who_leaves_while_waiting_keeps_nobody(keys: list[str], bridge: Bridge) -> None:
    entrance = Door(bridge)
    gone, there = [asyncio.ensure_future(entrance.enter(handshake(key))) for key in keys[:2]]
    await asyncio.sleep(0)
    gone.cancel()
    assert await there is not None


async def test_a_database_that_is_away_is_said_to_all_and_the_next_get_in(
    keys: list[str], bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(waiting: list[str]) -> dict[str, door.Visit]:
        raise OperationalError("unable to open database file")

    entrance = Door(bridge)
    with monkeypatch.context() as patch:
        patch.setattr(door, "visits_by_key", away)
        answers = await asyncio.gather(*(entrance.enter(handshake(key)) for key in keys), return_exceptions=True)
        assert all(isinstance(answer, OperationalError) for answer in answers)
    assert await entrance.enter(handshake(keys[0])) is not None
