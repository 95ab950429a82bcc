"""A parent's yes is recorded by the child's school: everything of it in one commit, or nothing."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts import audit
from accounts.errors import FieldInvalid, NotFound
from accounts.models import Access, AuditEntry, Member, MemberState
from consent.actions.consents import record_consent
from consent.gate import Allow, Deny, Reason
from consent.models import ConsentRequest, Grant, ParentalConsent, Policy, PolicyVersion, Scope
from consent.queries.facts import decisions_of
from consent.signals import consent_changed
from tests.accounts.engine import running_hub
from tests.cast import acting, make_agreement, make_guardian, make_school, make_staff, make_student
from tests.consent.heard import hearing

pytestmark = [pytest.mark.django_db, pytest.mark.row("S20")]

FORM: dict[str, Any] = {
    "scopes": [Scope.USE, Scope.GRADES],
    "grantor": "Olena Novak",
    "capacity": "parent",
    "method": "paper_form",
    "evidence": "form 12, kept at the office",
}


def test_the_school_records_a_yes_and_the_child_is_in(school_admin, unconsented_student, agreement):
    record = record_consent(acting(school_admin), unconsented_student, **FORM)
    assert isinstance(decisions_of([unconsented_student.pk])[unconsented_student.pk], Allow)
    assert (record.position, record.kind, record.scopes) == (1, "grant", ["grades", "use"])
    assert (record.agreement, record.recorded_by) == (agreement, school_admin)
    assert unconsented_student.state == MemberState.ACTIVE
    assert Member.objects.get(pk=unconsented_student.pk).state == MemberState.ACTIVE


def test_it_lasts_as_long_as_the_agreement_unless_said_otherwise(school_admin, unconsented_student, agreement):
    record = record_consent(acting(school_admin), unconsented_student, **FORM)
    assert record.expires_at is not None
    local = record.expires_at.astimezone(ZoneInfo("America/Chicago"))
    assert (local.date(), local.hour) == (agreement.ends_on + dt.timedelta(days=1), 0)
    soon = timezone.now() + dt.timedelta(days=28)
    assert record_consent(acting(school_admin), unconsented_student, **FORM, expires_at=soon).expires_at == soon


def test_the_way_to_reach_the_parent_goes_with_the_answer(school_admin, unconsented_student):
    assert ConsentRequest.objects.get().address == "olena@example.org"
    record_consent(acting(school_admin), unconsented_student, **FORM)
    request = ConsentRequest.objects.get()
    assert (request.state, request.address) == (ConsentRequest.State.ANSWERED, None)


def test_it_names_the_policy_in_force(school_admin, unconsented_student):
    policy, now = Policy.objects.create(kind=Policy.Kind.PRIVACY), timezone.now()
    for version, days in (("1", -90), ("2", -1), ("3", 30)):
        PolicyVersion.objects.create(
            policy=policy, version=version, text_hash=version * 64, effective_at=now + dt.timedelta(days=days)
        )
    record = record_consent(acting(school_admin), unconsented_student, **FORM)
    assert (record.policy_version, record.notice_hash) == ("2", "2" * 64)


def test_the_audit_log_says_who_and_which_scopes_and_no_words(school_admin, unconsented_student, school):
    record_consent(acting(school_admin), unconsented_student, **FORM)
    entry = AuditEntry.objects.get(action="consent.granted")
    assert (entry.scope, entry.actor, entry.subject) == (str(school.pk), school_admin.pk, unconsented_student.pk)
    assert entry.data["scopes"] == ["grades", "use"]
    assert "Olena" not in str(entry.data)
    assert audit.verify() == []


def test_rooms_are_told_inside_the_transaction(school_admin, unconsented_student):
    with hearing() as heard:
        record = record_consent(acting(school_admin), unconsented_student, **FORM)
    assert heard == [
        {"child_id": unconsented_student.pk, "allowed": True, "at": record.recorded_at, "in_transaction": True}
    ]


def test_a_receiver_that_fails_undoes_everything(school_admin, unconsented_student):
    def fail(sender, **told):
        raise ZeroDivisionError

    consent_changed.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            record_consent(acting(school_admin), unconsented_student, **FORM)
    finally:
        consent_changed.disconnect(fail)
    assert not ParentalConsent.objects.exists()
    assert Member.objects.get(pk=unconsented_student.pk).state == MemberState.AWAITING_CONSENT
    assert ConsentRequest.objects.get().state == ConsentRequest.State.WAITING
    assert not AuditEntry.objects.filter(action="consent.granted").exists()


@pytest.mark.django_db(transaction=True)
def test_sockets_of_the_child_and_of_the_family_are_told_after_the_commit(school_admin, unconsented_student):
    guardian = make_guardian(unconsented_student, "Olena Novak")
    epoch = Access.objects.get(pk=unconsented_student.pk).epoch
    with running_hub() as heard:
        record_consent(acting(school_admin), unconsented_student, **FORM)
        assert heard.all_access() == [frozenset({unconsented_student.pk, guardian.pk})]
    assert Access.objects.get(pk=unconsented_student.pk).epoch == epoch + 1


def test_a_form_signed_by_a_linked_guardian_is_that_guardians(school_admin, unconsented_student):
    guardian = make_guardian(unconsented_student, "Olena Novak")
    record = record_consent(acting(school_admin), unconsented_student, **{**FORM, "grantor": "  olena  NOVAK "})
    assert record.grantor_member == guardian


def test_the_same_child_may_get_another_yes(school_admin, unconsented_student):
    record_consent(acting(school_admin), unconsented_student, **FORM)
    record_consent(acting(school_admin), unconsented_student, **{**FORM, "scopes": [Scope.USE]})
    decision = decisions_of([unconsented_student.pk])[unconsented_student.pk]
    assert isinstance(decision, Allow)
    assert decision.scopes == {Scope.USE}


# Refused


def test_nobody_else_records_and_nobody_learns_whether_the_child_exists(
    unconsented_student, stranger, instructor, supervisor, parent, student
):
    other_admin = make_staff(make_school("Another School"), "Ada Other", Grant.Kind.SCHOOL_ADMIN)
    for member in (stranger, instructor, supervisor, parent, student, unconsented_student, other_admin):
        with pytest.raises(NotFound):
            record_consent(acting(member), unconsented_student, **FORM)
    assert not ParentalConsent.objects.filter(child=unconsented_student).exists()


def test_a_parent_does_not_record_their_own_yes(young_student, parent):
    """The method has to be verifiable: the school checks who it was."""
    with pytest.raises(NotFound):
        record_consent(acting(parent), young_student, **FORM)


@pytest.mark.row("S18")
def test_without_an_agreement_there_is_no_consent(school_admin, school):
    child = make_student(school, age=13)
    with pytest.raises(FieldInvalid) as refused:
        record_consent(acting(school_admin), child, **FORM)
    assert refused.value.field == "agreement"


@pytest.mark.row("S18")
def test_an_agreement_of_another_school_does_not_count(school_admin, unconsented_student):
    other = make_agreement(make_school("Another School"))
    with pytest.raises(FieldInvalid) as refused:
        record_consent(acting(school_admin), unconsented_student, **FORM, agreement=other)
    assert refused.value.field == "agreement"


def test_from_14_on_nobody_consents_any_more(school_admin, student, agreement):
    with pytest.raises(FieldInvalid) as refused:
        record_consent(acting(school_admin), student, **FORM)
    assert refused.value.field == "child"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scopes", []),
        ("scopes", [Scope.GRADES]),
        ("scopes", [Scope.USE, "marketing"]),
        ("grantor", "  "),
        ("grantor", "x" * 121),
        ("capacity", "neighbour"),
        ("method", "telepathy"),
        ("evidence", ""),
        ("evidence", "x" * 201),
        ("expires_at", dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
        ("expires_at", dt.datetime(2999, 1, 1, tzinfo=dt.UTC)),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(school_admin, unconsented_student, field, wrong):
    epoch = Access.objects.get(pk=unconsented_student.pk).epoch
    with pytest.raises(FieldInvalid) as refused:
        record_consent(acting(school_admin), unconsented_student, **{**FORM, field: wrong})
    assert refused.value.field == field
    assert not ParentalConsent.objects.exists()
    assert Access.objects.get(pk=unconsented_student.pk).epoch == epoch
    decision = decisions_of([unconsented_student.pk])[unconsented_student.pk]
    assert isinstance(decision, Deny)
    assert decision.code == Reason.CONSENT_WAITING


def test_no_person_backdates_a_yes(school_admin, unconsented_student):
    yesterday = timezone.now() - dt.timedelta(days=1)
    record = record_consent(acting(school_admin), unconsented_student, **FORM, effective_at=yesterday)
    assert record.effective_at > yesterday


def test_only_a_linked_guardian_can_be_named(school_admin, unconsented_student, stranger):
    guardian = make_guardian(unconsented_student, "Olena Novak")
    with pytest.raises(FieldInvalid) as refused:
        record_consent(acting(school_admin), unconsented_student, **FORM, grantor_member=stranger)
    assert refused.value.field == "grantor_member"
    assert not ParentalConsent.objects.exists()
    record = record_consent(acting(school_admin), unconsented_student, **FORM, grantor_member=guardian)
    assert record.grantor_member == guardian
