"""The audit log: whatever is done to a row afterwards is found."""

import datetime as dt
import json
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, models, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from accounts.audit import GENESIS, anchors_file, record, verify, write_anchors
from accounts.models import AuditEntry, AuditHead
from tests.cast import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def entries() -> list[AuditEntry]:
    """Six of a school, two of the site, with every kind of value."""
    actor = Actor.of_member(7, session_id="5f1c", via="socket", reason="asked by phone")
    with transaction.atomic():
        for number in range(6):
            record(
                actor if number % 2 else SYSTEM,
                "message.removed",
                ("rooms.message", number),
                scope=314,
                subject=number or None,
                seq=number,
                at=timezone.now(),
                day=dt.date(2026, 11, 23),
                words=["Ü", None, 1.5, True],
            )
        record(SYSTEM, "member.created", ("accounts.member", 1))
        record(SYSTEM, "member.created", ("accounts.member", 2))
    return list(AuditEntry.objects.order_by("scope", "position"))


def test_each_scope_is_a_chain_of_its_own(entries):
    assert [(entry.scope, entry.position) for entry in entries] == [
        *(("314", position) for position in range(1, 7)),
        ("site", 1),
        ("site", 2),
    ]
    assert entries[0].prev_hash == GENESIS
    assert entries[1].prev_hash == entries[0].hash
    assert entries[6].prev_hash == GENESIS
    assert AuditHead.objects.get(pk="314").hash == entries[5].hash
    assert verify() == []


def test_an_entry_says_who_why_and_by_which_session(entries):
    entry = entries[1]
    assert (entry.actor, entry.via, entry.object_type, entry.object_id) == (7, "socket", "rooms.message", "1")
    assert entry.data["reason"] == "asked by phone"
    assert entry.data["session"] == "5f1c"


def test_outside_of_a_transaction_nothing_is_recorded(transactional_db):
    with pytest.raises(TransactionManagementError):
        record(SYSTEM, "x.y", ("x", 1))
    assert not AuditEntry.objects.exists()


def test_an_action_that_fails_leaves_no_entry():
    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    assert not AuditEntry.objects.exists()
    assert verify() == []


@transaction.atomic
def record_and_fail() -> None:
    record(SYSTEM, "x.y", ("x", 1))
    raise ZeroDivisionError


def another(value: Any) -> Any:
    """A value of the same kind that isn't the same."""
    if value is None:
        return 99
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(microseconds=1)
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, dict):
        return {**value, "seq": 1000}
    return f"{value[:-1]}{'0' if value.endswith('1') else '1'}"


def fields() -> list[str]:
    """All but the number of the row: an entry is found by scope and position."""
    return [field.attname for field in AuditEntry._meta.concrete_fields if not field.primary_key]


def test_any_field_of_any_row_that_changes_is_found(entries):
    assert set(fields()) == {*audit.HASHED, "hash"}, "a new column has to be hashed too"
    for entry in entries:
        for name in fields():
            rows = AuditEntry.objects.filter(pk=entry.pk)
            was = rows.values_list(name, flat=True).get()
            rows.update(**{name: another(was)})
            assert verify() != [], (entry, name)
            rows.update(**{name: was})
    assert verify() == []


def test_a_value_taken_away_is_found(entries):
    for entry in entries:
        for field in AuditEntry._meta.concrete_fields:
            if field.null and getattr(entry, field.attname) is not None:
                rows = AuditEntry.objects.filter(pk=entry.pk)
                rows.update(**{field.attname: None})
                assert verify() != [], (entry, field)
                rows.update(**{field.attname: getattr(entry, field.attname)})


def test_any_row_removed_is_found(entries):
    for entry in entries:
        AuditEntry.objects.filter(pk=entry.pk).delete()
        assert [fault.chain for fault in verify()] != []
        entry.save(force_insert=True)
    assert verify() == []


def test_two_rows_that_change_places_are_found(entries):
    first, second = entries[2], entries[3]
    for entry, position in ((first, 99), (second, first.position), (first, second.position)):
        AuditEntry.objects.filter(pk=entry.pk).update(position=position)
    assert verify() != []


def test_a_row_added_at_the_end_is_found(entries):
    last = entries[5]
    forged = AuditEntry(**{name: getattr(last, name) for name in fields()})
    forged.position, forged.prev_hash, forged.action = 7, last.hash, "grant.given"
    forged.hash = audit.entry_hash(forged)
    forged.save()
    assert verify("314") != []
    assert verify("site") == []


@pytest.mark.parametrize("name", [field.attname for field in AuditHead._meta.concrete_fields])
def test_a_head_that_changes_is_found(entries, name):
    head = AuditHead.objects.get(pk="314")
    AuditHead.objects.filter(pk="314").update(**{name: another(getattr(head, name))})
    assert verify() != []


def test_a_head_that_is_gone_is_found(entries):
    AuditHead.objects.filter(pk="314").delete()
    assert verify() != []


def test_a_whole_chain_that_is_gone_is_found_by_its_anchor(entries):
    write_anchors()
    AuditEntry.objects.filter(scope="314").delete()
    AuditHead.objects.filter(pk="314").delete()
    assert {fault.chain for fault in verify()} == {"314"}


def forge_anew(scope: str) -> None:
    """What only an anchor finds: the chain written again from its first row, by somebody who knows how."""
    prev_hash = GENESIS
    for entry in AuditEntry.objects.filter(scope=scope).order_by("position"):
        entry.action, entry.prev_hash = "nothing.happened", prev_hash
        entry.hash = prev_hash = audit.entry_hash(entry)
        entry.save()
    AuditHead.objects.filter(pk=scope).update(hash=prev_hash)


def test_a_chain_written_anew_is_found_by_its_anchor(entries):
    assert write_anchors() == 2
    forge_anew("314")
    assert [(fault.chain, fault.position) for fault in verify()] == [("314", 6)]
    anchors_file().unlink()
    assert verify() == [], "without the anchor nobody can tell"


def test_heads_are_anchored_once_until_they_move(entries):
    assert write_anchors() == 2
    assert write_anchors() == 0
    with transaction.atomic():
        record(SYSTEM, "x.y", ("x", 1), scope=314)
    assert write_anchors() == 1
    lines = [json.loads(line) for line in anchors_file().read_text().splitlines()]
    assert [(line["scope"], line["position"]) for line in lines] == [("314", 6), ("site", 2), ("314", 7)]
    assert verify() == []


def test_an_anchor_that_was_changed_is_found(entries):
    write_anchors()
    text = anchors_file().read_text()
    anchors_file().write_text(text.replace('"position": 6', '"position": 5'))
    assert verify() != []
    anchors_file().write_text(text + "half a line")
    assert [fault.chain for fault in verify()] == ["anchors.log"]


@pytest.mark.django_db(transaction=True)
def test_verifying_meanwhile_raises_no_false_alarm():
    """A look that takes longer than a write sees the write or doesn't; the chain is whole either way."""
    finished = threading.Event()

    def write() -> None:
        try:
            for number in range(150):
                with transaction.atomic():
                    record(SYSTEM, "x.y", ("x", number))
        finally:
            finished.set()
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    looks = 0
    while not finished.is_set() or looks < 3:
        assert verify() == []
        looks += 1
    writer.join()
    assert AuditHead.objects.get(pk="site").position == 150


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain():
    def write() -> None:
        try:
            for number in range(20):
                with transaction.atomic():
                    record(SYSTEM, "x.y", ("x", number), scope=1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditHead.objects.get(pk="1").position == 60
    assert verify() == []


# The command


def verify_by_command(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", "verify", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_that_all_is_whole(entries):
    assert verify_by_command() == "Unbroken: 8 entries.\n"


def test_the_command_names_the_place_and_exits_with_1(entries):
    AuditEntry.objects.filter(scope="314", position=3).update(subject=12)
    out = StringIO()
    with pytest.raises(CommandError) as broken:
        call_command("audit", "verify", stdout=out)
    assert broken.value.returncode == 1
    assert out.getvalue() == "314 at 3: it was changed\n"
    assert verify_by_command("--scope", "site")


def test_the_command_anchors(entries):
    out = StringIO()
    call_command("audit", "anchor", stdout=out)
    assert out.getvalue() == "2 heads anchored\n"


def test_a_model_names_itself():
    head = AuditHead.objects.create(scope="x", hash=GENESIS)
    with transaction.atomic():
        entry = record(SYSTEM, "x.y", head)
    assert (entry.object_type, entry.object_id) == ("accounts.audithead", "x")
    assert isinstance(head, models.Model)
