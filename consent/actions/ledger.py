"""The ledger of consent: appended to, chained, verified. Only consents.py and the clock append, through `append`.

Invariants: a record is never updated. `hash` chains everything but the family's words; those are in `digest`, salted,
so that erasing them with the salt leaves the chain whole and nobody can guess them from what stays (S20). Appending is
serialised by the child's Access row: `bump_access` comes first in the transaction.
"""

import secrets
from collections.abc import Collection, Iterable
from typing import Any

from django.utils import timezone

from accounts.audit import GENESIS, Fault, chain_hash
from accounts.models import AuditEntry
from consent.models import ParentalConsent

SALT_BYTES = 16
WORDS = ("grantor", "grantor_member_id", "evidence")  # what erasing blanks, together with the salt
CHAINED = (
    "child_id",
    "position",
    "kind",
    "scopes",
    "capacity",
    "method",
    "policy_version",
    "notice_hash",
    "agreement_id",
    "effective_at",
    "expires_at",
    "recorded_by_id",
    "recorded_at",
    "digest",
)


def append(child_id: int, **fields: Any) -> ParentalConsent:
    """Add the next record of a child's ledger, inside the caller's transaction and after its `bump_access`."""
    last = ParentalConsent.objects.filter(child=child_id).order_by("-position").first()
    record = ParentalConsent(
        child_id=child_id,
        position=last.position + 1 if last else 1,
        prev_hash=last.hash if last else GENESIS,
        salt=secrets.token_bytes(SALT_BYTES),
        recorded_at=timezone.now(),
        **fields,
    )
    record.digest = words_digest(record)
    record.hash = record_hash(record)
    record.save(force_insert=True)
    return record


def words_digest(record: ParentalConsent) -> str:
    """`sha256(salt ‖ canonical json)` of what the family said and by what evidence."""
    return chain_hash(bytes(record.salt or b"").hex(), _values(record, WORDS))


def record_hash(record: ParentalConsent) -> str:
    return chain_hash(record.prev_hash, _values(record, CHAINED))


def verify_consents(child_ids: Collection[int] | None = None) -> list[Fault]:
    """Every place where a child's ledger was changed; of some children or of all. Part of `chat audit verify`."""
    records = ParentalConsent.objects.order_by("child", "position")
    if child_ids is not None:
        records = records.filter(child__in=child_ids)
    faults: list[Fault] = []
    last: dict[int, ParentalConsent] = {}
    known = _positions_in_the_audit_log(child_ids)
    for record in records.iterator():
        faults += _faults(record, last.get(record.child_id))
        last[record.child_id] = record
    for child_id, position in sorted(known.items()):
        found = last[child_id].position if child_id in last else 0
        if found != position:
            faults.append(Fault(_chain(child_id), found, f"the audit log knows {position} records"))
    return faults


def _positions_in_the_audit_log(child_ids: Collection[int] | None) -> dict[int, int]:
    """child → the newest record that the audit log tells of: a chain alone can't miss its own end."""
    entries = AuditEntry.objects.filter(object_type=ParentalConsent._meta.label_lower, subject__isnull=False)
    if child_ids is not None:
        entries = entries.filter(subject__in=child_ids)
    told = entries.order_by("pk").values_list("subject", "data__position")
    return {child_id: position for child_id, position in told if child_id is not None}


def _chain(child_id: int) -> str:
    return f"consent of member {child_id}"


def _faults(record: ParentalConsent, before: ParentalConsent | None) -> Iterable[Fault]:
    chain = _chain(record.child_id)
    position, prev_hash = (before.position, before.hash) if before else (0, GENESIS)
    if record.position != position + 1:
        yield Fault(chain, position + 1, "missing")
    elif record.prev_hash != prev_hash:
        yield Fault(chain, record.position, "it doesn't follow the one before it")
    if record.hash != record_hash(record):
        yield Fault(chain, record.position, "it was changed")
    if not _words_are_whole(record):
        yield Fault(chain, record.position, "its words were changed")


def _words_are_whole(record: ParentalConsent) -> bool:
    """As they were written, or erased altogether with their salt."""
    if record.salt is None:
        return not any(getattr(record, name) for name in WORDS)
    return record.digest == words_digest(record)


def _values(record: ParentalConsent, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}
