"""Who can read a room is counted once and remembered: never longer than it is so, whatever ends it."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.members import change_state
from accounts.models import MemberState
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import end_link, link_guardian
from consent.actions.schools import end_agreement, end_grant, give_grant, leave_school
from consent.models import Grant, GuardianLink, ParentalConsent, SchoolAgreement, SchoolMembership
from rooms.actions.enrollments import end_enrollment
from rooms.actions.rooms import seat_in_group
from rooms.models import Enrollment
from rooms.queries import readers as counting
from rooms.queries.readers import Readers, readers_of
from tests.cast import SYSTEM, link_of, make_consent, make_member
from tests.rooms.school_of_all import Everybody
from tests.rooms_cast import join

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)


def room_ids(everybody: Everybody) -> list[int]:
    return [room.pk for room in everybody.rooms.values()]


def counted_anew(everybody: Everybody) -> dict[int, Readers]:
    return counting._count(room_ids(everybody), timezone.now())[0]


def test_a_second_look_is_one_statement_and_says_the_same(everybody: Everybody) -> None:
    before = readers_of(room_ids(everybody))
    with CaptureQueriesContext(connection) as statements:
        assert readers_of(room_ids(everybody)) == before
    assert len(statements) == 1
    assert before == counted_anew(everybody)


def test_what_a_transaction_saw_that_was_taken_back_is_not_remembered(everybody: Everybody) -> None:
    people, ids = everybody.people, room_ids(everybody)
    before = readers_of(ids)
    with transaction.atomic():
        change_state(SYSTEM, people["student"], MemberState.SUSPENDED, reason="test")
        assert readers_of(ids) != before
        transaction.set_rollback(True)
    assert readers_of(ids) == before
    change_state(SYSTEM, people["classmate"], MemberState.SUSPENDED, reason="test")
    assert readers_of(ids) == counted_anew(everybody)


def agreement() -> SchoolAgreement:
    return SchoolAgreement.objects.get()


def duty(everybody: Everybody) -> Grant:
    return Grant.objects.get(member=everybody.people["supervisor"])


CHANGES: dict[str, Callable[[Everybody], object]] = {
    "somebody joins": lambda e: join(e.course, make_member()),
    "somebody leaves": lambda e: end_enrollment(SYSTEM, e.course, e.people["classmate"]),
    "somebody comes back": lambda e: join(e.course, e.people["left"]),
    "a teacher leaves": lambda e: end_enrollment(SYSTEM, e.course, e.people["co_instructor"]),
    "a seat in a group": lambda e: seat_in_group(
        SYSTEM, e.rooms["group"], [e.people[who] for who in ("instructor", "student", "young", "classmate")]
    ),
    "a parent is linked": lambda e: link_guardian(SYSTEM, make_member(), e.people["student"]),
    "a link ends": lambda e: end_link(SYSTEM, link_of(e.people["parent"], e.people["young"])),
    "a consent is withdrawn": lambda e: withdraw_consent(SYSTEM, e.people["young"], grantor="A. Parent"),
    "a consent is given": lambda e: make_consent(e.people["waiting"]),
    "an agreement ends": lambda e: end_agreement(SYSTEM, agreement()),
    "somebody leaves the school": lambda e: leave_school(
        SYSTEM, SchoolMembership.objects.get(member=e.people["young"], kind=SchoolMembership.Kind.STUDENT)
    ),
    "a duty is given": lambda e: (
        end_grant(SYSTEM, duty(e)),
        readers_of(room_ids(e)),
        give_grant(SYSTEM, make_member(), Grant.Kind.SUPERVISOR, school=e.course.school),
        end_enrollment(SYSTEM, e.course, e.people["classmate"]),
    ),
    "a duty ends": lambda e: [end_grant(SYSTEM, each) for each in Grant.objects.filter(kind=Grant.Kind.SUPERVISOR)],
    "somebody is suspended": lambda e: change_state(SYSTEM, e.people["student"], MemberState.SUSPENDED, reason="test"),
    "somebody is let in again": lambda e: change_state(
        SYSTEM, e.people["suspended"], MemberState.ACTIVE, reason="test"
    ),
}


@pytest.mark.row("S18")
@pytest.mark.row("S21")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_is_changed_is_counted_at_once(everybody: Everybody, change: Callable[[Everybody], object]) -> None:
    before = readers_of(room_ids(everybody))
    change(everybody)
    after = readers_of(room_ids(everybody))
    assert after != before
    assert after == counted_anew(everybody)


TIMES: dict[str, Callable[[Everybody, dt.datetime], object]] = {
    "an enrolment ends": lambda e, at: Enrollment.objects.filter(member=e.people["student"]).update(until=at),
    "a link ends": lambda e, at: GuardianLink.objects.filter(guardian=e.people["parent"]).update(ends_at=at),
    "a link begins": lambda e, at: GuardianLink.objects.filter(guardian=e.people["parent"]).update(starts_at=at),
    "a consent ends": lambda e, at: ParentalConsent.objects.filter(child=e.people["young"]).update(expires_at=at),
    "a duty ends": lambda e, at: Grant.objects.filter(kind=Grant.Kind.SUPERVISOR).update(ends_at=at),
    "a duty begins": lambda e, at: Grant.objects.filter(kind=Grant.Kind.SUPERVISOR).update(starts_at=at),
    "a time at the school ends": lambda e, at: SchoolMembership.objects.filter(member=e.people["young"]).update(
        ends_at=at
    ),
}


@pytest.mark.row("S18")
@pytest.mark.row("S21")
@pytest.mark.parametrize("plan", TIMES.values(), ids=TIMES.keys())
def test_what_ends_or_begins_by_itself_is_counted_when_it_does(
    everybody: Everybody, plan: Callable[[Everybody, dt.datetime], object]
) -> None:
    at = timezone.now().replace(microsecond=0) + HOUR
    plan(everybody, at)
    before = readers_of(room_ids(everybody))
    with time_machine.travel(at - dt.timedelta(seconds=1), tick=False):
        assert readers_of(room_ids(everybody)) == before == counted_anew(everybody)
    with time_machine.travel(at, tick=False):
        after = readers_of(room_ids(everybody))
        assert after != before
        assert after == counted_anew(everybody)


@pytest.mark.row("S10")
def test_a_birthday_and_the_end_of_an_agreement_come_with_a_day(everybody: Everybody) -> None:
    today, member = timezone.now().date(), everybody.people["student"]
    type(member).objects.filter(pk=member.pk).update(majority_on=today + dt.timedelta(days=2))
    SchoolAgreement.objects.update(ends_on=today + dt.timedelta(days=2))
    seen = []
    for hours in range(0, 24 * 4, 6):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=hours), tick=False):
            seen.append(readers_of(room_ids(everybody)))
            assert seen[-1] == counted_anew(everybody)
    assert len({frozenset(each.items()) for each in seen}) == 3


def test_a_clock_that_is_set_back_remembers_nothing_of_what_comes(everybody: Everybody) -> None:
    at = timezone.now().replace(microsecond=0) + HOUR
    GuardianLink.objects.filter(guardian=everybody.people["parent"]).update(ends_at=at)
    before = readers_of(room_ids(everybody))
    with time_machine.travel(at, tick=False):
        assert readers_of(room_ids(everybody)) != before
    assert readers_of(room_ids(everybody)) == before == counted_anew(everybody)
