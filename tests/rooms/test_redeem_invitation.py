"""An invitation lets one person in, the one it was sent to, once (S13, S14)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.utils import timezone

from accounts.errors import AppError, NotAllowed, NotFound
from accounts.models import Member
from consent.actions.schools import give_grant, join_school
from consent.models import Grant, School, SchoolAgreement, SchoolMembership
from rooms.actions.joining import redeem
from rooms.actions.registrations import Age, answer_age
from rooms.models import Course, Enrollment, Invitation, Joining
from rooms.queries.offers import address_hash, offer_again, offer_of, offer_of_invitation, token_hash
from tests.cast import SYSTEM, acting, make_member, make_student, make_young_student
from tests.rooms.locks import SECONDS
from tests.rooms.tables import refused
from tests.rooms.test_register_student import GROWN, NOBODY, YOUNG
from tests.rooms.writers import closing, deadlocks
from tests.rooms_cast import can_enter, make_room

pytestmark = [pytest.mark.row("S13"), pytest.mark.row("S14")]

TOKEN, ADDRESS = "mXq4-8hTz", "noah.b@example.org"
Age_, State = Invitation.Age, Invitation.State


def invited(course: Course, by: Member, **fields: Any) -> Invitation:
    """As an invitation is stored; sending one is the invitations' own action."""
    now = timezone.now()
    known = {
        "course": course,
        "address": ADDRESS,
        "address_hash": address_hash(ADDRESS),
        "token_hash": token_hash(TOKEN),
        "age": Age_.GROWN,
        "invited_by": by,
        "sent_at": now,
        "expires_at": now + dt.timedelta(days=30),
    }
    return Invitation.objects.create(**known | fields)


@pytest.fixture
def invitation(course: Course, instructor: Member) -> Invitation:
    return invited(course, instructor)


@pytest.fixture
def noah(school: School) -> Member:
    """16, whose address it is."""
    return make_student(school, "Noah Berg", email=ADDRESS, email_verified=True)


def test_the_one_it_was_sent_to_joins_and_it_is_used(invitation: Invitation, noah: Member, course: Course) -> None:
    room = make_room(course)
    assert redeem(acting(noah), offer_of_invitation(TOKEN), noah).role == "student"
    invitation.refresh_from_db()
    assert (invitation.state, invitation.used_by) == (State.USED, noah)
    assert invitation.used_at is not None
    assert can_enter(noah, room)
    assert Joining.objects.get().invitation == invitation
    with pytest.raises(NotFound):
        offer_of(TOKEN)


def test_nobody_else_joins_with_it(invitation: Invitation, school: School) -> None:
    claimed = make_student(school, "Other One", email="other@example.org", email_verified=True)
    unconfirmed = make_student(school, "Claims It", email=ADDRESS)
    for member in (claimed, unconfirmed, make_student(school)):
        with refused(NotAllowed):
            redeem(acting(member), offer_of(TOKEN), member)


def test_one_that_is_not_bound_is_for_whoever_has_it(course: Course, instructor: Member, school: School) -> None:
    invited(course, instructor, is_bound=False)
    member = make_student(school)
    assert redeem(acting(member), offer_of(TOKEN), member).role == "student"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.REVOKED},
        {"state": State.DECLINED},
        {"state": State.USED},
        {"expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"address": None},  # gone after 30 days: nobody's any more, and not anybody's
    ],
)
def test_what_does_not_work_any_more_is_as_absent(invitation: Invitation, noah: Member, fields: dict[str, Any]) -> None:
    offer = offer_of(TOKEN)
    Invitation.objects.update(**fields)
    for ask in (lambda: offer_of(TOKEN), lambda: offer_of("mXq4-8hTy"), lambda: offer_again(offer.remembered)):
        with pytest.raises(NotFound):
            ask()
    with refused(NotFound):
        redeem(acting(noah), offer, noah)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_instant_one_wins(course: Course, instructor: Member, school: School) -> None:
    invited(course, instructor, is_bound=False)
    offer, before = offer_of(TOKEN), deadlocks()
    people = [make_student(school) for _ in range(6)]

    def attempt(member: Member) -> str:
        try:
            redeem(acting(member), offer, member)
        except AppError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = [each.result(SECONDS) for each in [pool.submit(closing(attempt), person) for person in people]]
    assert sorted(outcomes) == ["in"] + ["not_found"] * 5
    assert Enrollment.objects.filter(course=course, role="student").count() == 1
    assert deadlocks() == before


@pytest.mark.row("S18")
def test_a_younger_answer_than_the_instructor_gave_holds(
    course: Course, instructor: Member, agreement: SchoolAgreement
) -> None:
    invited(course, instructor)
    assert answer_age(NOBODY, offer_of(TOKEN), YOUNG) == Age.YOUNG
    assert answer_age(NOBODY, offer_of(TOKEN), GROWN) == Age.DOUBTED


@pytest.mark.row("S18")
def test_without_an_agreement_a_younger_answer_ends_it(invitation: Invitation) -> None:
    with pytest.raises(NotAllowed):
        answer_age(NOBODY, offer_of(TOKEN), YOUNG)
    with refused(NotAllowed):
        answer_age(NOBODY, offer_of(TOKEN), GROWN)


@pytest.mark.row("S1")
@pytest.mark.parametrize("role", ["instructor", "assistant"])
def test_only_whom_the_school_knows_becomes_staff_by_one(
    course: Course, instructor: Member, school: School, role: str
) -> None:
    invited(course, instructor, role=role, is_bound=False)
    stranger = make_member("Theo Far")
    with refused(NotAllowed):
        redeem(acting(stranger), offer_of(TOKEN), stranger)
    join_school(SYSTEM, school, stranger, kind=SchoolMembership.Kind.STAFF)
    if role == "instructor":
        with refused(NotAllowed):
            redeem(acting(stranger), offer_of(TOKEN), stranger)
        give_grant(SYSTEM, stranger, Grant.Kind.INSTRUCTOR, school=school)
    assert redeem(acting(stranger), offer_of(TOKEN), stranger).role == role


@pytest.mark.row("S18")
def test_no_child_becomes_staff(course: Course, instructor: Member, school: School, agreement: SchoolAgreement) -> None:
    invited(course, instructor, role="assistant", is_bound=False)
    child = make_young_student(school)
    with refused(NotAllowed):
        redeem(acting(child), offer_of(TOKEN), child)
