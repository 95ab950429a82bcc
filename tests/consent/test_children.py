"""What a school's administrator, a family and the gate's page read about children."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotFound
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import end_link, link_guardian
from consent.actions.requests import ask_again, ask_family
from consent.actions.schools import end_agreement
from consent.gate import Reason
from consent.models import Grant
from consent.queries.children import (
    Recorded,
    children_of,
    consents_of,
    gate_view,
    guardians_of,
    young_students,
)
from consent.queries.children import young_student as young_student_of
from tests.cast import (
    SYSTEM,
    acting,
    link_of,
    make_consent,
    make_guardian,
    make_member,
    make_school,
    make_staff,
    make_student,
    make_young_student,
)

pytestmark = pytest.mark.django_db


# The administrator's list


@pytest.mark.row("S20")
def test_the_administrator_sees_every_young_student_with_their_state(school, agreement, school_admin):
    given, waiting = make_young_student(school, "Ada A."), make_student(school, "Ben B.", age=13)
    withdrawn, disputed = make_young_student(school, "Cid C."), make_young_student(school, "Dan D.")
    expired, unknown = make_student(school, "Eve E.", age=12), make_student(school, "Fay F.", age=16, age_known=False)
    make_student(school, "Old O.", age=14)
    guardian = make_guardian(given, "Paula Kim")
    request = ask_family(SYSTEM, waiting, channel="letter")
    withdraw_consent(SYSTEM, withdrawn)
    withdraw_consent(SYSTEM, disputed, kind="dispute")
    make_consent(expired, expires_at=timezone.now() + dt.timedelta(hours=1))
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        found = young_students(acting(school_admin), school.pk)
    assert [(row.member, row.state) for row in found] == [
        (given, "given"),
        (waiting, "waiting"),
        (withdrawn, "withdrawn"),
        (disputed, "disputed"),
        (expired, "expired"),
        (unknown, "waiting"),
    ]
    assert [row.can_enter for row in found] == [True, False, False, False, False, False]
    assert found[0].guardians == [guardian]
    assert found[1].request == request
    assert found[1].newest is None
    assert found[2].newest == Recorded(withdrawn.consents.get(position=2), Reason.CONSENT_WITHDRAWN)


def test_a_child_that_something_else_holds_is_closed(school, agreement, school_admin, young_student):
    end_agreement(SYSTEM, agreement)
    assert [row.state for row in young_students(acting(school_admin), school.pk)] == ["closed"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_number_of_statements_for_one_and_for_three(
    django_assert_num_queries, school, agreement, school_admin, count
):
    for _ in range(count):
        make_guardian(make_young_student(school))
    with django_assert_num_queries(8):
        assert len(young_students(acting(school_admin), school.pk)) == count


def test_others_find_no_such_school(
    school, agreement, young_student, stranger, instructor, supervisor, parent, student
):
    other = make_staff(make_school("Another School"), "Ada Other", Grant.Kind.SCHOOL_ADMIN)
    for member in (stranger, instructor, supervisor, parent, student, young_student, other):
        actor = acting(member)
        with pytest.raises(NotFound):
            young_students(actor, school.pk)
        with pytest.raises(NotFound):
            young_student_of(actor, school.pk, young_student.pk)
        with pytest.raises(NotFound):
            consents_of(actor, school.pk, young_student.pk)
    with pytest.raises(NotFound):
        young_students(acting(other), 999_999)


def test_an_ended_duty_opens_nothing(school, school_admin):
    Grant.objects.filter(member=school_admin).update(ends_at=timezone.now())
    with pytest.raises(NotFound):
        young_students(acting(school_admin), school.pk)


def test_a_child_of_another_school_is_not_found(school, agreement, school_admin, student):
    elsewhere = make_student(make_school("Another School"), age=13)
    for child in (elsewhere, student):
        with pytest.raises(NotFound):
            young_student_of(acting(school_admin), school.pk, child.pk)


@pytest.mark.row("S20")
def test_the_ledger_of_a_child_is_read_newest_first(school, school_admin, young_student):
    withdraw_consent(acting(school_admin), young_student)
    found = consents_of(acting(school_admin), school.pk, young_student.pk)
    assert [(each.record.kind, each.record.recorded_by, each.against) for each in found] == [
        ("withdraw", school_admin, Reason.CONSENT_WITHDRAWN),
        ("grant", None, None),
    ]


@pytest.mark.row("S18")
def test_the_administrator_sees_who_asked_again_until_the_answer(school, agreement, school_admin, unconsented_student):
    ask_again(acting(unconsented_student), unconsented_student)
    found = young_student_of(acting(school_admin), school.pk, unconsented_student.pk)
    assert found.request is not None
    assert found.request.asked_again_by == unconsented_student
    assert found.asked_again_at == found.request.asked_again_at
    make_consent(unconsented_student)
    assert young_student_of(acting(school_admin), school.pk, unconsented_student.pk).asked_again_at is None


# Families


@pytest.mark.row("S21")
def test_a_family_is_who_is_linked_now(school, agreement):
    first, second = make_young_student(school, "Ada A."), make_young_student(school, "Ben B.")
    paula = make_guardian(first, "Paula Kim", slot=2)
    link_guardian(SYSTEM, paula, second)
    jun = make_guardian(first, "Jun Kim", slot=1)
    past, later = make_guardian(first, "Past", slot=3), make_member("Later")
    end_link(SYSTEM, link_of(past, first))
    link_guardian(SYSTEM, later, first, slot=4, starts_at=timezone.now() + dt.timedelta(days=1))
    assert children_of(paula.pk) == [first, second]
    assert children_of(past.pk) == children_of(later.pk) == []
    assert guardians_of([first.pk, second.pk]) == {first.pk: [jun, paula], second.pk: [paula]}


@pytest.mark.parametrize("count", [1, 3])
def test_guardians_of_any_number_is_one_statement(django_assert_num_queries, school, agreement, count):
    children = [make_young_student(school).pk for _ in range(count)]
    for child in children:
        assert guardians_of([child]) == {child: []}
    with django_assert_num_queries(1):
        guardians_of(children)


# The gate's page


@pytest.mark.row("S18")
def test_the_gate_tells_a_waiting_child_what_it_waits_for(unconsented_student, school, agreement):
    page = gate_view(unconsented_student.pk, course="Algebra I", instructor="Ms. Rivera")
    assert not page.is_open
    assert (page.code, page.school, page.agreement_until) == (Reason.CONSENT_WAITING, school, agreement.ends_on)
    assert page.asked_at is not None
    assert page.waits_until == page.asked_at + dt.timedelta(days=30)
    assert (page.given_name, page.course, page.instructor) == ("Sofia", "Algebra I", "Ms. Rivera")
    assert (page.may_ask_again, page.age_unknown, page.withdrawn_at, page.expired_at) == (True, False, None, None)


@pytest.mark.row("S20")
def test_the_gate_tells_when_a_yes_was_taken_back_and_never_by_whom(young_student, parent):
    tomorrow = timezone.now().replace(hour=16, minute=42) + dt.timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        record = withdraw_consent(acting(parent), young_student)
        page = gate_view(young_student.pk)
        assert (page.code, page.withdrawn_at, page.withdrawn_today) == (
            Reason.CONSENT_WITHDRAWN,
            record.effective_at,
            True,
        )
        assert "Paula" not in repr(page)
    with time_machine.travel(tomorrow + dt.timedelta(hours=14), tick=False):
        assert not gate_view(young_student.pk).withdrawn_today, "midnight is the school's"


def test_the_gate_is_open_for_whom_it_lets_in(young_student, student, stranger):
    for member in (young_student, student, stranger):
        page = gate_view(member.pk)
        assert (page.is_open, page.code, page.version) == (True, None, "open")
    with pytest.raises(NotFound):
        gate_view(999_999)


def test_the_version_moves_with_what_the_page_shows(unconsented_student, agreement):
    versions = [gate_view(unconsented_student.pk).version]
    assert gate_view(unconsented_student.pk).version == versions[0]
    ask_again(acting(unconsented_student), unconsented_student)
    versions.append(gate_view(unconsented_student.pk).version)
    end_agreement(SYSTEM, agreement)
    versions.append(gate_view(unconsented_student.pk).version)
    assert len(set(versions)) == 3
    assert all(version.isascii() and '"' not in version and " " not in version for version in versions)


def test_the_gate_knows_an_unknown_age(school, agreement):
    page = gate_view(make_student(school, age=16, age_known=False).pk)
    assert page.age_unknown
