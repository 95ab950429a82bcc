"""A yes is taken back by the school or a linked guardian; from the commit on the child is out."""

import datetime as dt

import pytest
import time_machine

from accounts.errors import FieldInvalid, NotFound
from accounts.models import Access, AuditEntry, MemberState
from consent.actions.consents import expire_consents, record_consent, withdraw_consent
from consent.actions.guardians import end_link
from consent.gate import Allow, Deny, Reason
from consent.models import ParentalConsent, Scope
from consent.queries.facts import decisions_of
from tests.accounts.engine import running_hub
from tests.cast import SYSTEM, acting, link_of, make_agreement, make_consent, make_guardian, make_young_student
from tests.consent.heard import hearing

pytestmark = [pytest.mark.django_db, pytest.mark.row("S20")]


def code(child):
    decision = decisions_of([child.pk])[child.pk]
    return decision.code if isinstance(decision, Deny) else None


def test_the_school_takes_it_back_and_the_child_is_out(school_admin, young_student):
    assert code(young_student) is None
    with hearing() as heard:
        record = withdraw_consent(acting(school_admin), young_student, grantor="A. Parent")
    assert code(young_student) == Reason.CONSENT_WITHDRAWN
    assert (record.position, record.kind, record.scopes, record.grantor) == (2, "withdraw", [], "A. Parent")
    assert heard == [{"child_id": young_student.pk, "allowed": False, "at": record.recorded_at, "in_transaction": True}]
    entry = AuditEntry.objects.get(action="consent.withdrawn")
    assert (entry.actor, entry.subject) == (school_admin.pk, young_student.pk)


def test_a_linked_guardian_takes_it_back_with_one_button(parent, young_student):
    record = withdraw_consent(acting(parent), young_student)
    assert code(young_student) == Reason.CONSENT_WITHDRAWN
    assert (record.grantor, record.grantor_member, record.method) == ("Paula Kim", parent, "online")


def test_a_withdrawn_child_stays_a_member_and_does_not_wait_anew(school_admin, young_student):
    withdraw_consent(acting(school_admin), young_student)
    young_student.refresh_from_db()
    assert young_student.state == MemberState.ACTIVE


@pytest.mark.django_db(transaction=True)
def test_sockets_of_the_child_and_of_the_family_are_told_after_the_commit(school_admin, young_student, parent):
    epoch = Access.objects.get(pk=young_student.pk).epoch
    with running_hub() as heard:
        withdraw_consent(acting(school_admin), young_student)
        assert heard.all_access() == [frozenset({young_student.pk, parent.pk})]
    assert Access.objects.get(pk=young_student.pk).epoch == epoch + 1


def test_a_dispute_is_recorded_as_one(school_admin, young_student):
    withdraw_consent(acting(school_admin), young_student, kind="dispute", grantor="The other parent")
    assert code(young_student) == Reason.CONSENT_DISPUTED
    assert AuditEntry.objects.filter(action="consent.disputed").exists()


def test_twice_is_once(school_admin, parent, young_student):
    first = withdraw_consent(acting(school_admin), young_student)
    assert withdraw_consent(acting(school_admin), young_student) == first
    own = withdraw_consent(acting(parent), young_student)
    assert own != first, "the guardian says it for themselves"
    assert withdraw_consent(acting(parent), young_student) == own
    assert ParentalConsent.objects.filter(child=young_student).count() == 3


def test_given_taken_back_and_given_again_by_the_office(school_admin, young_student):
    """Whatever names the office types: its last paper counts."""
    withdraw_consent(acting(school_admin), young_student, grantor="Mrs. Kim, by phone")
    with hearing() as heard:
        make_consent(young_student, grantor="Paula Kim")
    assert [told["allowed"] for told in heard] == [True]
    assert code(young_student) is None


def test_what_a_guardian_took_back_another_parents_form_does_not_lift(school_admin, parent, young_student):
    other = make_guardian(young_student, "Jun Kim", slot=2)
    withdraw_consent(acting(parent), young_student)
    with hearing() as heard:
        make_consent(young_student, grantor=other.name)
    assert code(young_student) == Reason.CONSENT_WITHDRAWN
    assert [told["allowed"] for told in heard] == [False]
    make_consent(young_student, grantor=parent.name)
    assert code(young_student) is None


def test_the_schools_decision_settles_it(school_admin, parent, young_student):
    withdraw_consent(acting(parent), young_student, kind="dispute")
    make_consent(young_student, grantor="Juniper Bend School", capacity="school", evidence="court order 7")
    assert code(young_student) is None


def test_the_school_may_say_it_with_its_own_hour_only_later(school_admin, young_student):
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    withdraw_consent(acting(school_admin), young_student, effective_at=tomorrow)
    assert code(young_student) is None
    with time_machine.travel(tomorrow):
        assert code(young_student) == Reason.CONSENT_WITHDRAWN


# Refused


def test_nobody_else_takes_it_back(young_student, stranger, instructor, supervisor, student):
    for member in (stranger, instructor, supervisor, student, young_student):
        with pytest.raises(NotFound):
            withdraw_consent(acting(member), young_student)
    assert code(young_student) is None


def test_a_parent_of_another_child_does_not(young_student, school):
    other = make_guardian(make_young_student(school))
    with pytest.raises(NotFound):
        withdraw_consent(acting(other), young_student)


def test_a_guardian_whose_link_ended_does_not(young_student, parent):
    end_link(SYSTEM, link_of(parent, young_student))
    with pytest.raises(NotFound):
        withdraw_consent(acting(parent), young_student)


def test_where_nothing_was_said_nothing_is_taken_back(school_admin, unconsented_student):
    epoch = Access.objects.get(pk=unconsented_student.pk).epoch
    with pytest.raises(FieldInvalid):
        withdraw_consent(acting(school_admin), unconsented_student)
    assert Access.objects.get(pk=unconsented_student.pk).epoch == epoch


def test_another_kind_is_refused(school_admin, young_student):
    for kind in ("grant", "expire", "nonsense"):
        with pytest.raises(FieldInvalid):
            withdraw_consent(acting(school_admin), young_student, kind=kind)
    assert code(young_student) is None


# Running out


def test_a_yes_that_ran_out_is_written_down_once(school, agreement):
    child, other = make_young_student(school), make_young_student(school)
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=28)
    make_consent(child, expires_at=ends)
    assert expire_consents() == 0
    with time_machine.travel(ends + dt.timedelta(seconds=1)), hearing() as heard:
        assert code(child) == Reason.CONSENT_EXPIRED, "with or without a record"
        assert expire_consents() == 1
        assert expire_consents() == 0
        assert code(child) == Reason.CONSENT_EXPIRED
        assert code(other) is None
    assert [(told["child_id"], told["allowed"]) for told in heard] == [(child.pk, False)]
    record = child.consents.get(kind="expire")
    assert (record.position, record.effective_at, record.recorded_by) == (3, ends, None)


def test_at_the_end_of_the_agreement_the_yes_that_ends_with_it_is_written_down_too(young_student, agreement):
    with time_machine.travel(agreement.ends_on + dt.timedelta(days=2)):
        assert code(young_student) == Reason.AGREEMENT_ENDED
        assert expire_consents() == 1
        assert expire_consents() == 0


def test_a_child_that_turned_14_needs_no_such_record(young_student, agreement):
    with time_machine.travel(young_student.protected_until + dt.timedelta(days=2)):
        assert expire_consents() == 0


def test_a_yes_after_it_ran_out_opens_again(school_admin, young_student, school):
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=28)
    make_consent(young_student, expires_at=ends)
    with time_machine.travel(ends + dt.timedelta(days=1)):
        expire_consents()
        make_agreement(school)
        record_consent(
            acting(school_admin),
            young_student,
            scopes=[Scope.USE],
            grantor="A. Parent",
            capacity="parent",
            method="phone",
            evidence="call of today",
        )
        assert isinstance(decisions_of([young_student.pk])[young_student.pk], Allow)
