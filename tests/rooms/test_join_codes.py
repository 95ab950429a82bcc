"""Join codes: who may make them, what each of their bounds refuses, and that the last place is one person's."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from accounts.errors import AppError, FieldInvalid, NotAllowed, NotFound
from accounts.models import AuditEntry, Member
from rooms.actions.join_codes import (
    bound_code,
    end_code,
    lock_code,
    make_code,
    replace_code,
    unlock_code,
)
from rooms.actions.joining import redeem
from rooms.models import Course, Enrollment, JoinCode, Joining, Room, RoomEvent
from rooms.queries.offers import ALPHABET, offer_again, offer_of_code
from tests.cast import SYSTEM, acting, make_student
from tests.rooms.locks import SECONDS
from tests.rooms.tables import refused
from tests.rooms.writers import closing, deadlocks
from tests.rooms_cast import can_enter, make_course

pytestmark = pytest.mark.row("S14")


@pytest.fixture
def code(course: Course, instructor: Member) -> JoinCode:
    return make_code(acting(instructor), course)


@pytest.fixture
def newcomer(school: object) -> Member:
    """16, of the school, not in the course."""
    return make_student(school, "Noah Berg")  # type: ignore[arg-type]


def comes_in(code: str, member: Member) -> bool:
    try:
        redeem(acting(member), offer_of_code(code), member)
    except NotFound:
        return False
    return True


def test_a_code_is_readable_and_unlike_anything_else(code: JoinCode) -> None:
    assert [len(part) for part in code.code.split("-")] == [3, 3, 3]
    assert set(code.code) - {"-"} <= set(ALPHABET)
    assert not set("01OIAEU") & set(ALPHABET)
    assert len(ALPHABET) ** 9 > 2**40


def test_a_student_joins_by_it_and_is_recorded(room: Room, code: JoinCode, newcomer: Member) -> None:
    assert not can_enter(newcomer, room)
    row = redeem(acting(newcomer), offer_of_code(code.code), newcomer, said={"grades": "1"})
    assert (row.role, row.source, row.state) == ("student", "member", "active")
    assert can_enter(newcomer, room)
    joining = Joining.objects.get()
    assert (joining.member, joining.code, joining.course_state, joining.said) == (
        newcomer,
        code,
        "private",
        {"grades": "1"},
    )
    assert RoomEvent.objects.get(room=room).kind == "member.joined"
    entry = AuditEntry.objects.get(action="course.join")
    assert (entry.actor, entry.subject, entry.data["by"], entry.data["offer"]) == (
        newcomer.pk,
        newcomer.pk,
        "code",
        code.pk,
    )


@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{bare}", "{spaced}"])
def test_how_it_is_typed_makes_no_difference(code: JoinCode, typed: str) -> None:
    bare = code.code.replace("-", "")
    spaced = code.code.replace("-", " ")
    assert offer_of_code(typed.format(code.code, lower=code.code.lower(), bare=bare, spaced=spaced)).id == code.pk


def lock(code: JoinCode, by: Member) -> None:
    lock_code(acting(by), code)


def expire(code: JoinCode, by: Member) -> None:
    JoinCode.objects.filter(pk=code.pk).update(expires_at=timezone.now())


def fill(code: JoinCode, by: Member) -> None:
    bound_code(acting(by), code, expires_at=code.expires_at, most=1)
    assert comes_in(code.code, make_student(code.course.school, "First Here"))  # type: ignore[arg-type]


def end(code: JoinCode, by: Member) -> None:
    end_code(acting(by), code)


def replace(code: JoinCode, by: Member) -> None:
    replace_code(acting(by), code)


@pytest.mark.parametrize("act", [lock, expire, fill, end, replace])
def test_locked_expired_full_and_ended_are_one_answer_as_mistyped(
    code: JoinCode, instructor: Member, newcomer: Member, act: object
) -> None:
    text, remembered = code.code, offer_of_code(code.code)
    act(code, instructor)  # type: ignore[operator]
    for ask in (lambda: offer_of_code(text), lambda: offer_of_code("KX7-MQ4-2RD"), lambda: offer_again({})):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound):
        offer_again(remembered.remembered)
    with refused(NotFound):  # looked up before, used after
        redeem(acting(newcomer), remembered, newcomer)


def test_an_unlocked_code_lets_in_again(code: JoinCode, instructor: Member, newcomer: Member) -> None:
    lock_code(acting(instructor), code)
    assert not comes_in(code.code, newcomer)
    unlock_code(acting(instructor), code)
    assert comes_in(code.code, newcomer)


def test_a_new_code_has_the_bounds_of_the_old_one_and_an_ended_one_no_text(code: JoinCode, instructor: Member) -> None:
    made = replace_code(acting(instructor), bound_code(acting(instructor), code, expires_at=code.expires_at, most=28))
    code.refresh_from_db()
    assert (code.code, made.most, made.code != "") == ("", 28, True)
    assert made.expires_at > timezone.now() + dt.timedelta(days=13)
    with refused(NotFound):
        unlock_code(acting(instructor), code)


def test_who_is_in_already_uses_nothing_up(code: JoinCode, instructor: Member, student: Member) -> None:
    for member in (instructor, student):
        redeem(acting(member), offer_of_code(code.code), member)
    code.refresh_from_db()
    assert code.joined_count == 0
    assert Enrollment.objects.get(member=instructor).role == "instructor"  # and nobody becomes less by it


@pytest.mark.parametrize("who", ["student", "assistant", "parent", "school_admin", "stranger", "other_instructor"])
def test_nobody_but_its_instructors_makes_or_changes_one(
    course: Course, code: JoinCode, who: str, request: pytest.FixtureRequest
) -> None:
    if who == "other_instructor":
        make_course(course.school, "Biology")
    actor = acting(request.getfixturevalue("stranger" if who == "other_instructor" else who))
    error = NotAllowed if who in ("student", "assistant") else NotFound
    for act in (lock_code, unlock_code, end_code, replace_code):
        with refused(error):
            act(actor, code)
    with refused(error):
        make_code(actor, course)
    with refused(error):
        bound_code(actor, code, expires_at=code.expires_at, most=1)


@pytest.mark.row("S1")
def test_an_unconfirmed_instructor_gives_nobody_a_way_in(
    course: Course, instructor: Member, code: JoinCode, newcomer: Member
) -> None:
    offer = offer_of_code(code.code)
    instructor.grants.update(ends_at=timezone.now())
    with refused(NotAllowed):
        make_code(acting(instructor), course)
    with refused(NotAllowed):
        redeem(acting(newcomer), offer, newcomer)


@pytest.mark.parametrize("days", [-1, 0, 500])
def test_a_day_that_is_no_bound_is_refused(course: Course, instructor: Member, days: int) -> None:
    with refused(FieldInvalid):
        make_code(acting(instructor), course, expires_at=timezone.now() + dt.timedelta(days=days))


@pytest.mark.parametrize("most", [0, -1, 1001])
def test_a_number_that_is_no_bound_is_refused(course: Course, instructor: Member, most: int) -> None:
    with refused(FieldInvalid):
        make_code(acting(instructor), course, most=most)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_instant_the_maximum_comes_in(course: Course, instructor: Member, room: Room) -> None:
    code = make_code(acting(instructor), course, most=3)
    people = [make_student(course.school) for _ in range(8)]  # type: ignore[arg-type]
    offer, before = offer_of_code(code.code), deadlocks()

    def attempt(member: Member) -> str:
        try:
            redeem(acting(member), offer, member)
        except AppError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = [each.result(SECONDS) for each in [pool.submit(closing(attempt), person) for person in people]]
    assert sorted(outcomes) == ["in"] * 3 + ["not_found"] * 5
    code.refresh_from_db()
    assert (code.joined_count, Joining.objects.count()) == (3, 3)
    assert Enrollment.objects.filter(course=course, role="student").count() == 3
    assert deadlocks() == before


@pytest.mark.django_db(transaction=True)
def test_one_person_twice_at_the_same_instant_takes_one_place(code: JoinCode, newcomer: Member) -> None:
    offer = offer_of_code(code.code)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(closing(redeem), acting(newcomer), offer, newcomer) for _ in range(2)]
        assert len({each.result(SECONDS).pk for each in both}) == 1
    code.refresh_from_db()
    assert (code.joined_count, Joining.objects.count()) == (1, 1)


def test_the_office_makes_one_too(course: Course) -> None:
    assert make_code(SYSTEM, course).made_by is None
