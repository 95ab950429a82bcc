"""The ledger of consent: whatever is done to a record afterwards is found; erasing its words leaves it whole."""

import datetime as dt
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts.audit import GENESIS
from accounts.models import Member
from consent.actions.consents import withdraw_consent
from consent.actions.ledger import record_hash, verify_consents
from consent.models import ParentalConsent, Scope
from tests.cast import SYSTEM, make_consent, make_guardian, make_member, make_young_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("S20")]


@pytest.fixture
def records(school, agreement) -> list[ParentalConsent]:
    """Three of one child, said by a guardian, and one of another."""
    child = make_young_student(school)
    guardian = make_guardian(child, "Paula Kim")
    withdraw_consent(SYSTEM, child, grantor=guardian.name, evidence="call of Monday")
    make_consent(child, grantor=guardian.name, scopes=[Scope.USE, Scope.UPLOADS])
    make_young_student(school)
    make_member("By Stander", sign_in_name="bystander")
    return list(ParentalConsent.objects.order_by("child", "position"))


def test_each_child_has_a_chain_of_its_own(records):
    assert [record.position for record in records] == [1, 2, 3, 1]
    assert [record.prev_hash for record in records] == [GENESIS, records[0].hash, records[1].hash, GENESIS]
    assert verify_consents() == []


def another(field: Any, value: Any, record: ParentalConsent) -> Any:
    if field.name in ("child", "grantor_member", "recorded_by"):
        return Member.objects.get(sign_in_name="bystander").pk
    if field.name == "agreement":
        return None if value else record.child.consents.exclude(agreement=None).values_list("agreement")[0][0]
    if value is None or isinstance(value, dt.datetime):
        return (value or record.recorded_at) + dt.timedelta(microseconds=1)
    if isinstance(value, int):
        return value + 10
    if isinstance(value, list):
        return [*value, "public_pages"]
    if isinstance(value, bytes):
        return bytes(reversed(value))
    return f"{value[:-1]}{'0' if value.endswith('1') else '1'}"


def test_any_field_of_any_record_that_changes_is_found(records):
    fields = [field for field in ParentalConsent._meta.concrete_fields if not field.primary_key]
    for record in records:
        for field in fields:
            was = getattr(record, field.attname)
            rows = ParentalConsent.objects.filter(pk=record.pk)
            rows.update(**{field.attname: another(field, was, record)})
            assert verify_consents() != [], (record, field.name)
            rows.update(**{field.attname: was})
    assert verify_consents() == []


def test_any_record_removed_is_found(records):
    for record in records:
        ParentalConsent.objects.filter(pk=record.pk).delete()
        assert verify_consents() != []
        record.save(force_insert=True)
    assert verify_consents() == []


def test_the_newest_record_removed_is_known_to_the_audit_log(records):
    """The chain alone can't miss its own end."""
    newest = records[2]
    newest.delete()
    assert [str(fault) for fault in verify_consents()] == [
        f"consent of member {newest.child_id} at 2: the audit log knows 3 records"
    ]


def test_a_record_added_past_the_actions_is_found(records):
    forged = records[2]
    forged.pk, forged.position, forged.prev_hash = None, 4, forged.hash
    forged.hash = record_hash(forged)
    forged.save(force_insert=True)
    assert [fault.problem for fault in verify_consents()] == ["the audit log knows 3 records"]


def test_two_records_that_change_places_are_found(records):
    for record, position in ((records[0], 99), (records[1], 1), (records[0], 2)):
        ParentalConsent.objects.filter(pk=record.pk).update(position=position)
    assert verify_consents() != []


def test_the_same_words_have_another_digest_each_time(school, agreement):
    first, second = make_young_student(school), make_young_student(school)
    digests = ParentalConsent.objects.filter(child__in=[first, second]).values_list("digest", flat=True)
    assert len(set(digests)) == 2


def test_erasing_the_words_with_their_salt_leaves_the_chain_whole(records):
    rows = ParentalConsent.objects.filter(pk=records[1].pk)
    rows.update(grantor="", grantor_member=None, evidence="", salt=None)
    assert verify_consents() == []
    rows.update(scopes=["use"])
    assert verify_consents() != [], "what is not erased is still held"


def test_half_an_erasure_is_a_change(records):
    ParentalConsent.objects.filter(pk=records[1].pk).update(salt=None)
    assert [fault.problem for fault in verify_consents()] == ["its words were changed"]


def test_words_put_in_after_an_erasure_are_found(records):
    rows = ParentalConsent.objects.filter(pk=records[1].pk)
    rows.update(grantor="Somebody Else", grantor_member=None, evidence="", salt=None)
    assert verify_consents() != []


def test_one_childs_ledger_can_be_looked_at_alone(records):
    ParentalConsent.objects.filter(pk=records[1].pk).update(scopes=["use"])
    assert verify_consents([records[3].child_id]) == []
    assert verify_consents([records[0].child_id]) != []


def test_the_command_verifies_the_ledger_as_well(records, settings, tmp_path):
    settings.VAR = tmp_path
    call_command("audit", "verify", stdout=StringIO())
    ParentalConsent.objects.filter(pk=records[1].pk).update(scopes=["use"])
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=out)
    assert out.getvalue() == f"consent of member {records[1].child_id} at 2: it was changed\n"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_ledger(school, agreement):
    child = make_young_student(school)

    def record() -> None:
        try:
            for _ in range(5):
                make_consent(child)
                withdraw_consent(SYSTEM, child)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=record) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    positions = list(child.consents.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))
    assert len(positions) > 15
    assert verify_consents() == []
