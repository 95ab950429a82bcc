"""The audit log: the only writer of AuditEntry, and what finds a changed row.

Invariants: entries are only ever added; each holds the hash of the one before, per scope (a school's id or `site`); no
content, token or code in `data`. `record` runs inside its action's transaction and takes the head's lock last, a
school's before the site's (docs/architecture.md: Locks).

A chain alone can be written anew from its first row by whoever owns the database, so its heads are anchored in a file
(`write_anchors`, hourly) that backups and other machines keep.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import AuditEntry, AuditHead

SITE = "site"
GENESIS = "0" * 64
HASHED = (
    "scope",
    "position",
    "at",
    "actor",
    "via",
    "action",
    "object_type",
    "object_id",
    "subject",
    "data",
    "prev_hash",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where a chain is broken, in words for the operator."""

    chain: str
    position: int
    problem: str

    def __str__(self) -> str:
        return f"{self.chain} at {self.position}: {self.problem}"


# Chains of the packages above: each adds its own verifier when it is ready (`chat audit verify` runs them all).
VERIFIERS: dict[str, Callable[[], list[Fault]]] = {}


def record(
    actor: Actor,
    action: str,
    obj: models.Model | tuple[str, int | str],
    *,
    scope: int | str = SITE,
    subject: int | None = None,
    **data: Any,
) -> AuditEntry:
    """Add one entry inside the caller's transaction. `subject` is the member whom it is about; `data` is JSON."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit entry belongs to the transaction of its action.")
    head = _lock_head(str(scope))
    if actor.reason:
        data.setdefault("reason", actor.reason)
    if actor.session_id:
        data.setdefault("session", actor.session_id)
    object_type, object_id = _named(obj)
    entry = AuditEntry(
        scope=head.scope,
        position=head.position + 1,
        at=timezone.now(),
        actor=actor.member_id,
        via=actor.via,
        action=action,
        object_type=object_type,
        object_id=object_id,
        subject=subject,
        data=json.loads(json.dumps(data, cls=DjangoJSONEncoder)),  # as it will be read back
        prev_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    AuditHead.objects.filter(pk=head.pk).update(position=entry.position, hash=entry.hash)
    return entry


def hold(scope: int | str) -> None:
    """Take a chain's lock before its entry is due: where one transaction writes into two, the school's comes before the
    site's."""
    _lock_head(str(scope))


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over everything an entry says, the hash before it included."""
    return chain_hash(entry.prev_hash, {name: getattr(entry, name) for name in HASHED})


def chain_hash(prev_hash: str, values: dict[str, Any]) -> str:
    """`sha256(prev_hash ‖ canonical json)`: keys sorted, no blanks, times in UTC with microseconds."""
    canonical = json.dumps(values, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{prev_hash}{canonical}".encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def _named(obj: models.Model | tuple[str, int | str]) -> tuple[str, str]:
    if isinstance(obj, models.Model):
        return obj._meta.label_lower, str(obj.pk)
    return obj[0], str(obj[1])


def _lock_head(scope: str) -> AuditHead:
    heads = AuditHead.objects.select_for_update()
    if head := heads.filter(pk=scope).first():
        return head
    AuditHead.objects.bulk_create([AuditHead(scope=scope, hash=GENESIS)], ignore_conflicts=True)
    return heads.get(pk=scope)


# Verifying


def verify(scope: int | str | None = None) -> list[Fault]:
    """Every place where a chain, its head or an anchor doesn't fit; of one scope or of all. Empty: unbroken."""
    anchors, faults = _read_anchors()
    scopes = _scopes() | set(anchors) if scope is None else {str(scope)}
    for name in sorted(scopes):
        faults += _verify_scope(name, anchors.get(name, {}))
    return faults


def verify_ends(most: int = 1000) -> list[Fault]:
    """A quick look: the last entries of each chain, its head, and the anchors of these. `verify` reads them all."""
    anchors, faults = _read_anchors()
    for head in AuditHead.objects.order_by("scope"):
        faults += _verify_end(head, most, anchors.get(head.scope, {}))
    return faults


def _verify_end(head: AuditHead, most: int, anchors: dict[int, set[str]]) -> Iterator[Fault]:
    position, prev_hash = max(head.position - most, 0), None
    within = AuditEntry.objects.filter(scope=head.scope, position__gt=position, position__lte=head.position)
    for entry in within.order_by("position"):
        yield from _entry_faults(entry, position, entry.prev_hash if prev_hash is None else prev_hash)
        if anchors.get(entry.position, {entry.hash}) != {entry.hash}:
            yield Fault(head.scope, entry.position, "it isn't what its anchor says")
        position, prev_hash = entry.position, entry.hash
    if (position, prev_hash or GENESIS) != (head.position, head.hash):
        yield Fault(head.scope, position, "it isn't what the head of the chain says")


def _scopes() -> set[str]:
    entries = AuditEntry.objects.values_list("scope", flat=True).distinct()
    return set(entries) | set(AuditHead.objects.values_list("scope", flat=True))


def _verify_scope(scope: str, anchors: dict[int, set[str]]) -> list[Fault]:
    """Reads on until the head it reads is the one of the last entry read: what is written meanwhile is no fault."""
    position, prev_hash, faults = 0, GENESIS, list[Fault]()
    while True:
        begun_at = position
        for entry in AuditEntry.objects.filter(scope=scope, position__gt=position).order_by("position").iterator():
            faults += _entry_faults(entry, position, prev_hash)
            if anchors.pop(entry.position, {entry.hash}) != {entry.hash}:
                faults.append(Fault(scope, entry.position, "it isn't what its anchor says"))
            position, prev_hash = entry.position, entry.hash
        head = AuditHead.objects.filter(pk=scope).first()
        if head is None or head.position <= position or position == begun_at:
            break
    if head is None or (head.position, head.hash) != (position, prev_hash):
        faults.append(Fault(scope, position, "it isn't what the head of the chain says"))
    return faults + [Fault(scope, missing, "anchored, but not there") for missing in sorted(anchors)]


def _entry_faults(entry: AuditEntry, position: int, prev_hash: str) -> Iterator[Fault]:
    if entry.position != position + 1:
        yield Fault(entry.scope, position + 1, "missing")
    elif entry.prev_hash != prev_hash:
        yield Fault(entry.scope, entry.position, "it doesn't follow the one before it")
    if entry.hash != entry_hash(entry):
        yield Fault(entry.scope, entry.position, "it was changed")


# Anchors


def anchors_file() -> Path:
    return Path(settings.VAR) / "anchors.log"


def write_anchors() -> int:
    """Append the head of every chain that has moved since its last anchor; return how many. Hourly."""
    anchored, _faults = _read_anchors()
    moved = [
        head
        for head in AuditHead.objects.order_by("scope")
        if head.position and head.hash not in anchored.get(head.scope, {}).get(head.position, ())
    ]
    at = timezone.now().isoformat(timespec="seconds")
    lines = [
        json.dumps({"at": at, "scope": head.scope, "position": head.position, "hash": head.hash}) for head in moved
    ]
    if lines:
        with anchors_file().open("a", encoding="utf-8") as log:
            log.write("".join(f"{line}\n" for line in lines))
            log.flush()
            os.fsync(log.fileno())
    return len(lines)


def _read_anchors() -> tuple[dict[str, dict[int, set[str]]], list[Fault]]:
    """Scope → position → the hashes anchored for it (more than one is a fault in itself)."""
    anchors: dict[str, dict[int, set[str]]] = {}
    faults: list[Fault] = []
    if not anchors_file().exists():
        return anchors, faults
    for number, line in enumerate(anchors_file().read_text(encoding="utf-8").splitlines(), 1):
        try:
            anchor = json.loads(line)
            anchors.setdefault(anchor["scope"], {}).setdefault(int(anchor["position"]), set()).add(anchor["hash"])
        except (ValueError, KeyError, TypeError):
            faults.append(Fault("anchors.log", number, "this line can't be read"))
    return anchors, faults
