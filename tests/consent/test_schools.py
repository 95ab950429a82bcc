"""Schools, agreements, lists and duties: who may write them, and whose access moves."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry
from consent.actions.schools import (
    create_school,
    end_agreement,
    end_grant,
    give_grant,
    join_school,
    leave_school,
    sign_agreement,
)
from consent.models import Grant, School, SchoolAgreement, SchoolMembership
from consent.queries.schools import (
    administered_school,
    administered_schools,
    agreement_in_force,
    grants_of,
    has_grant,
    young_members,
)
from tests.cast import SYSTEM, acting, make_agreement, make_member, make_school, make_staff, make_student

pytestmark = pytest.mark.django_db


def epochs(*members):
    return [Access.objects.get(pk=member.pk).epoch for member in members]


@pytest.fixture
def operator():
    member = make_member("Olga Operator")
    give_grant(SYSTEM, member, Grant.Kind.OPERATOR)
    return member


# Schools and agreements


def test_an_operator_creates_a_school(operator):
    school = create_school(acting(operator), name=" Juniper Bend School ", time_zone="America/Chicago")
    assert school.name == "Juniper Bend School"
    assert AuditEntry.objects.get(action="school.created").scope == str(school.pk)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("name", " "), ("time_zone", "Springfield"), ("day_ends_at", dt.time(7))],
)
def test_a_school_that_makes_no_sense_is_refused(field, wrong):
    values = {"name": "A", "time_zone": "America/Chicago", field: wrong}
    with pytest.raises(FieldInvalid) as refused:
        create_school(SYSTEM, **values)
    assert refused.value.field == field
    assert not School.objects.exists()


@pytest.mark.row("S19")
def test_only_the_operator_enters_agreements(school, agreement, school_admin, instructor, stranger):
    """A teacher, and the school by itself, is not enough."""
    terms: dict[str, Any] = {
        "signed_by": "R. L.",
        "signed_on": timezone.localdate(),
        "starts_on": timezone.localdate(),
        "ends_on": timezone.localdate(),
        "document_hash": "0" * 64,
    }
    for member in (school_admin, instructor, stranger):
        with pytest.raises(NotFound):
            sign_agreement(acting(member), school, **terms)
        with pytest.raises(NotFound):
            end_agreement(acting(member), agreement)
        with pytest.raises(NotFound):
            create_school(acting(member), name="A", time_zone="UTC")
    assert SchoolAgreement.objects.get().ended_at is None


@pytest.mark.row("S19")
@pytest.mark.parametrize(
    ("field", "wrong"), [("signed_by", " "), ("ends_on", dt.date(2020, 1, 1)), ("document_hash", "abc")]
)
def test_an_agreement_that_makes_no_sense_is_refused(school, field, wrong):
    today = timezone.localdate()
    terms: dict[str, Any] = {
        "signed_by": "R. L.",
        "signed_on": today,
        "starts_on": today,
        "ends_on": today,
        "document_hash": "0" * 64,
        field: wrong,
    }
    with pytest.raises(FieldInvalid) as refused:
        sign_agreement(SYSTEM, school, **terms)
    assert refused.value.field == field
    assert not SchoolAgreement.objects.exists()


@pytest.mark.row("S19")
def test_an_agreement_moves_the_access_of_every_young_student_of_the_school(school, student, stranger):
    young, unknown = make_student(school, age=13), make_student(school, age=16, age_known=False)
    elsewhere = make_student(make_school("Another School"), age=13)
    before = epochs(young, unknown, student, elsewhere, stranger)
    agreement = make_agreement(school)
    assert epochs(young, unknown, student, elsewhere, stranger) == [before[0] + 1, before[1] + 1, *before[2:]]
    end_agreement(SYSTEM, agreement)
    assert epochs(young, unknown, student, elsewhere, stranger) == [before[0] + 2, before[1] + 2, *before[2:]]


@pytest.mark.row("S19")
def test_the_agreement_in_force_is_the_one_that_lasts_longest(school):
    today = timezone.localdate()
    assert agreement_in_force(school) is None
    make_agreement(school, starts_on=today + dt.timedelta(days=2))
    make_agreement(school, starts_on=today - dt.timedelta(days=9), ends_on=today - dt.timedelta(days=2))
    assert agreement_in_force(school) is None
    short = make_agreement(school, ends_on=today + dt.timedelta(days=3))
    long = make_agreement(school, ends_on=today + dt.timedelta(days=9))
    assert agreement_in_force(school) == long
    end_agreement(SYSTEM, long)
    assert agreement_in_force(school) == short


# Lists


def test_the_school_puts_people_on_its_list_once(school, school_admin, stranger):
    first = join_school(acting(school_admin), school, stranger, kind="instructor")
    assert join_school(acting(school_admin), school, stranger, kind="instructor") == first
    assert SchoolMembership.objects.filter(member=stranger).count() == 1
    with pytest.raises(FieldInvalid):
        join_school(acting(school_admin), school, stranger, kind="parent")


def test_who_comes_back_gets_a_new_place(school, school_admin, student):
    first = SchoolMembership.objects.get(member=student)
    leave_school(acting(school_admin), first)
    second = join_school(acting(school_admin), school, student, grade=12)
    assert first.ends_at is not None
    assert second != first


def test_joining_and_leaving_move_the_access(school, stranger):
    membership = join_school(SYSTEM, school, stranger)
    assert epochs(stranger) == [2]
    leave_school(SYSTEM, membership)
    assert epochs(stranger) == [3]


def test_nobody_else_writes_the_list(school, instructor, supervisor, student, stranger):
    other = make_staff(make_school("Another School"), "Ada Other", Grant.Kind.SCHOOL_ADMIN)
    membership = SchoolMembership.objects.get(member=student)
    for member in (instructor, supervisor, student, stranger, other):
        with pytest.raises(NotFound):
            join_school(acting(member), school, stranger)
        with pytest.raises(NotFound):
            leave_school(acting(member), membership)


def test_young_members_are_the_schools_young_students(school, agreement, student, instructor, young_student):
    make_student(make_school("Another School"), age=13)
    assert list(young_members(school.pk)) == [young_student]


# Duties


@pytest.mark.row("S1")
def test_the_administrator_confirms_an_instructor_for_their_school(school, school_admin, stranger):
    grant = give_grant(acting(school_admin), stranger, Grant.Kind.INSTRUCTOR, school=school)
    assert give_grant(acting(school_admin), stranger, Grant.Kind.INSTRUCTOR, school=school) == grant
    assert has_grant(stranger.pk, Grant.Kind.INSTRUCTOR, school.pk)
    assert not has_grant(stranger.pk, Grant.Kind.INSTRUCTOR)
    assert (grant.given_by, epochs(stranger)) == (school_admin, [2])


def test_a_duty_that_is_taken_away_is_gone_at_once(school, school_admin, supervisor):
    before = epochs(supervisor)
    grant = grants_of(supervisor.pk).get()
    end_grant(acting(school_admin), grant)
    assert not grants_of(supervisor.pk).exists()
    assert epochs(supervisor) == [before[0] + 1]
    with pytest.raises(NotFound):
        end_grant(acting(school_admin), grant)


def test_an_administrator_makes_no_administrators(school, school_admin, stranger):
    for kind in (Grant.Kind.SCHOOL_ADMIN, Grant.Kind.OPERATOR):
        with pytest.raises(NotAllowed):
            give_grant(acting(school_admin), stranger, kind, school=school)
    with pytest.raises(NotFound):
        give_grant(acting(school_admin), stranger, Grant.Kind.OPERATOR)
    with pytest.raises(NotAllowed):
        end_grant(acting(school_admin), grants_of(school_admin.pk).get())


def test_nobody_else_gives_duties(school, instructor, supervisor, student, stranger):
    other = make_staff(make_school("Another School"), "Ada Other", Grant.Kind.SCHOOL_ADMIN)
    for member in (instructor, supervisor, student, stranger, other):
        with pytest.raises(NotFound):
            give_grant(acting(member), member, Grant.Kind.MODERATOR, school=school)
    with pytest.raises(FieldInvalid):
        give_grant(SYSTEM, stranger, "king", school=school)


def test_a_duty_counts_in_its_time(school, stranger):
    now = timezone.now()
    day = dt.timedelta(days=1)
    give_grant(SYSTEM, stranger, Grant.Kind.MODERATOR, school=school, starts_at=now + day)
    give_grant(SYSTEM, stranger, Grant.Kind.SUPERVISOR, school=school, ends_at=now + day)
    assert [grant.kind for grant in grants_of(stranger.pk)] == ["supervisor"]
    assert [grant.kind for grant in grants_of(stranger.pk, now=now + 2 * day)] == ["moderator"]


def test_a_school_is_found_by_its_administrator_alone(school, school_admin, supervisor, stranger):
    assert administered_school(acting(school_admin), school.pk) == school
    assert administered_school(SYSTEM, school.pk) == school
    assert list(administered_schools(supervisor.pk)) == []
    for actor, school_id in [(acting(stranger), school.pk), (acting(school_admin), 999_999), (SYSTEM, 999_999)]:
        with pytest.raises(NotFound):
            administered_school(actor, school_id)
