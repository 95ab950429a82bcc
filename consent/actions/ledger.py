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
    before: ParentalConsent | None = None
    for record in records.iterator():
        follows = before if before is not None and before.child_id == record.child_id else None
        faults += _faults(record, follows)
        before = record
    return faults


def _faults(record: ParentalConsent, before: ParentalConsent | None) -> Iterable[Fault]:
    chain = f"consent of member {record.child_id}"
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
