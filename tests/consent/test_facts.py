"""The gate's facts come from rows, in as many statements for three members as for one."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.models import MemberState
from consent.actions.consents import withdraw_consent
from consent.actions.schools import end_agreement, leave_school
from consent.gate import Allow, Deny, Facts, PolicyFacts, Reason
from consent.models import Grant, Policy, PolicyVersion, SchoolMembership, Scope
from consent.queries.facts import asked_anew, asked_once, decisions_of, gate_facts, scopes_of
from tests.cast import (
    SYSTEM,
    make_agreement,
    make_consent,
    make_member,
    make_school,
    make_staff,
    make_student,
    make_young_student,
)

pytestmark = [pytest.mark.django_db, pytest.mark.row("S18")]


def decision_of(member):
    return decisions_of([member.pk])[member.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_members_is_three_statements(django_assert_num_queries, count):
    school = make_school()
    make_agreement(school)
    make_agreement(school)
    children = [make_young_student(school).pk for _ in range(count)]
    with django_assert_num_queries(3):
        facts = gate_facts(children)
    assert set(facts) == set(children)
    assert all(len(each.schools[0].agreements) == 2 for each in facts.values())


def test_a_member_that_does_not_exist_is_left_out(student):
    assert set(gate_facts([student.pk, 999_999])) == {student.pk}
    assert gate_facts([]) == {}


def test_everything_the_gate_decides_by_is_there(school, agreement):
    child = make_student(school, age=13, time_zone="Europe/Berlin")
    record = make_consent(child, scopes=[Scope.USE, Scope.GRADES])
    policy = Policy.objects.create(kind=Policy.Kind.PRIVACY)
    effective_at = timezone.now()
    PolicyVersion.objects.create(policy=policy, version="2", effective_at=effective_at, is_material=True)
    facts = gate_facts([child.pk])[child.pk]
    assert (facts.state, facts.protected_until, facts.age_known, facts.is_k12, facts.zone) == (
        MemberState.ACTIVE,
        child.protected_until,
        True,
        True,
        "Europe/Berlin",
    )
    assert [(each.school_id, each.zone) for each in facts.schools] == [(school.pk, "America/Chicago")]
    assert facts.schools[0].agreements[0].ends_on == agreement.ends_on
    [consent] = facts.consents
    assert (consent.kind, consent.expires_at) == ("grant", record.expires_at)
    assert consent.scopes == frozenset({Scope.USE, Scope.GRADES})
    assert (consent.voice, consent.on_paper, consent.by_school) == (None, True, False)
    assert facts.policies == (PolicyFacts("2", effective_at, True),)


def test_two_schools_and_their_agreements_stay_apart():
    first, second, third = make_school("A"), make_school("B"), make_school("C")
    make_agreement(first)
    make_agreement(first)
    make_agreement(third)
    child = make_student(first, age=13)
    SchoolMembership.objects.create(
        member=child, school=second, kind=SchoolMembership.Kind.STUDENT, starts_at=timezone.now()
    )
    schools = gate_facts([child.pk])[child.pk].schools
    assert {school.school_id: len(school.agreements) for school in schools} == {first.pk: 2, second.pk: 0}


def test_only_being_a_student_there_counts(school, agreement):
    """A teacher of the school is covered by nothing and needs nothing."""
    teacher = make_staff(school, "Leo Sato", Grant.Kind.INSTRUCTOR)
    assert gate_facts([teacher.pk])[teacher.pk].schools == ()


def test_adult_student_parent_and_staff_are_in(student, parent, instructor, school_admin, supervisor, stranger):
    people = [student, parent, instructor, school_admin, supervisor, stranger]
    assert set(decisions_of([member.pk for member in people]).values()) == {Allow(until=None)}


def test_a_child_with_consent_is_in_with_its_scopes(young_student, school):
    decision = decision_of(young_student)
    assert isinstance(decision, Allow)
    assert decision.scopes == frozenset({Scope.USE})
    assert decision.schools == frozenset({school.pk})
    assert decision.until is not None


def test_a_child_without_consent_is_out(unconsented_student):
    decision = decision_of(unconsented_student)
    assert isinstance(decision, Deny)
    assert decision.code == Reason.CONSENT_WAITING


def test_a_child_of_unknown_age_is_out(school, agreement):
    child = make_student(school, age=16, age_known=False)
    decision = decision_of(child)
    assert isinstance(decision, Deny)
    assert decision.code == Reason.AGE_UNKNOWN


@pytest.mark.row("S19")
def test_an_agreement_ended_early_closes_at_once(young_student, agreement):
    assert isinstance(decision_of(young_student), Allow)
    end_agreement(SYSTEM, agreement)
    decision = decision_of(young_student)
    assert isinstance(decision, Deny)
    assert decision.code == Reason.AGREEMENT_ENDED


def test_a_child_that_leaves_the_school_is_out(young_student):
    leave_school(SYSTEM, SchoolMembership.objects.get(member=young_student))
    decision = decision_of(young_student)
    assert isinstance(decision, Deny)
    assert decision.code == Reason.AGREEMENT_ENDED


def test_on_the_birthday_the_child_is_in_without_anybody_doing_anything(unconsented_student):
    with time_machine.travel(unconsented_student.protected_until + dt.timedelta(days=1)):
        assert decision_of(unconsented_student) == Allow(until=None)


def test_scopes_are_none_while_the_gate_is_closed(young_student, unconsented_student, student):
    people = [young_student.pk, unconsented_student.pk, student.pk]
    assert scopes_of(people) == {
        young_student.pk: {Scope.USE},
        unconsented_student.pk: frozenset(),
        student.pk: set(Scope),
    }


def test_facts_of_a_plain_member_are_plain():
    member = make_member()
    assert gate_facts([member.pk])[member.pk] == Facts(member_id=member.pk, zone="America/Chicago")


def test_a_page_asks_once_about_each_person(django_assert_num_queries, school, agreement):
    one, other = make_young_student(school), make_young_student(school)
    with asked_once():
        with django_assert_num_queries(3):
            first = gate_facts([one.pk])
        with django_assert_num_queries(2):
            assert set(gate_facts([one.pk, other.pk])) == {one.pk, other.pk}
        with django_assert_num_queries(0):
            assert gate_facts([one.pk]) == first
        with asked_anew(), django_assert_num_queries(3):
            assert gate_facts([one.pk]) == first
    with django_assert_num_queries(3):
        gate_facts([one.pk])


def test_what_was_asked_holds_for_the_page_and_no_longer(school, agreement, young_student):
    with asked_once():
        assert isinstance(decisions_of([young_student.pk])[young_student.pk], Allow)
        withdraw_consent(SYSTEM, young_student)
        assert isinstance(decisions_of([young_student.pk])[young_student.pk], Allow)
        with asked_anew():
            assert isinstance(decisions_of([young_student.pk])[young_student.pk], Deny)
    assert isinstance(decisions_of([young_student.pk])[young_student.pk], Deny)
