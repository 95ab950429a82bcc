"""A family that was asked says no: it is on record, nobody asks any more, and nothing opens."""

import pytest

from accounts.errors import FieldInvalid, NotFound
from accounts.models import Access, AuditEntry, MemberState
from consent.actions.consents import refuse_consent
from consent.actions.ledger import verify_consents
from consent.actions.requests import ask_again
from consent.gate import Deny, Reason
from consent.models import ConsentRequest, ParentalConsent
from consent.queries.children import young_student as young_student_of
from consent.queries.facts import decisions_of
from tests.cast import SYSTEM, acting, make_consent, make_guardian
from tests.consent.heard import hearing

pytestmark = [pytest.mark.django_db, pytest.mark.row("S18")]


def code(child):
    decision = decisions_of([child.pk])[child.pk]
    return decision.code if isinstance(decision, Deny) else None


def test_the_school_records_a_no_and_the_child_stays_out(school_admin, unconsented_student):
    with hearing() as heard:
        record = refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak", method="phone")
    assert code(unconsented_student) == Reason.CONSENT_REFUSED
    assert (record.position, record.kind, record.scopes, record.grantor) == (1, "withdraw", [], "Olena Novak")
    assert (record.capacity, record.method) == ("parent", "phone")
    assert [told["allowed"] for told in heard] == [False]
    entry = AuditEntry.objects.get(action="consent.refused")
    assert (entry.actor, entry.subject) == (school_admin.pk, unconsented_student.pk)
    assert verify_consents() == []


def test_the_request_is_answered_and_the_address_is_gone(school_admin, unconsented_student):
    assert ConsentRequest.objects.get().address == "olena@example.org"
    refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak")
    request = ConsentRequest.objects.get()
    assert (request.state, request.address) == (ConsentRequest.State.ANSWERED, None)
    with pytest.raises(NotFound):
        ask_again(acting(unconsented_student), unconsented_student)


def test_the_child_has_still_never_been_let_in(school_admin, unconsented_student):
    refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak")
    unconsented_student.refresh_from_db()
    assert unconsented_student.state == MemberState.AWAITING_CONSENT


def test_a_linked_guardian_says_no_for_themselves(unconsented_student):
    olena = make_guardian(unconsented_student, "Olena Novak")
    record = refuse_consent(acting(olena), unconsented_student)
    assert code(unconsented_student) == Reason.CONSENT_REFUSED
    assert (record.grantor, record.grantor_member, record.method) == ("Olena Novak", olena, "online")


def test_a_later_yes_opens(school_admin, unconsented_student):
    refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak")
    make_consent(unconsented_student, grantor="Olena Novak")
    assert code(unconsented_student) is None


def test_parents_who_disagree_about_the_first_question_are_a_dispute(school_admin, unconsented_student):
    refuse_consent(acting(school_admin), unconsented_student, kind="dispute", grantor="Olena Novak")
    assert code(unconsented_student) == Reason.CONSENT_DISPUTED


def test_twice_is_once(school_admin, unconsented_student):
    first = refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak")
    assert refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak") == first
    assert ParentalConsent.objects.count() == 1


def test_the_administrator_reads_a_no_and_not_a_yes_taken_back(school_admin, school, unconsented_student):
    refuse_consent(acting(school_admin), unconsented_student, grantor="Olena Novak")
    found = young_student_of(acting(school_admin), school.pk, unconsented_student.pk)
    assert found.state == "refused"
    assert found.newest is not None
    assert found.newest.against == Reason.CONSENT_REFUSED


# Refused


def test_nobody_else_says_it(unconsented_student, stranger, instructor, supervisor, student):
    epoch = Access.objects.get(pk=unconsented_student.pk).epoch
    for member in (stranger, instructor, supervisor, student, unconsented_student):
        with pytest.raises(NotFound):
            refuse_consent(acting(member), unconsented_student)
    assert Access.objects.get(pk=unconsented_student.pk).epoch == epoch
    assert not ParentalConsent.objects.exists()


@pytest.mark.parametrize(("field", "wrong"), [("kind", "grant"), ("kind", "expire"), ("capacity", "school")])
def test_what_is_no_refusal_is_said(unconsented_student, field, wrong):
    with pytest.raises(FieldInvalid) as refused:
        refuse_consent(SYSTEM, unconsented_student, **{field: wrong})
    assert refused.value.field == field
    assert not ParentalConsent.objects.exists()
