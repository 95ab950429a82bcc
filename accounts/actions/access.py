"""bump_access: the one writer of Access. Whatever changes what a member may do calls it in the same transaction.

Invariant: after the commit no write of the member is accepted on the strength of the epoch before it. The rows are
locked by member id, first of all locks of a transaction (docs/architecture.md: Locks): call it first.
"""

import logging
from collections.abc import Iterable
from functools import partial

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Access
from realtime import hub

log = logging.getLogger(__name__)


def bump_access(member_ids: Iterable[int], *, reason: str) -> None:
    """Move the members' epochs inside the caller's transaction and tell the engine on commit. `reason` is logged."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Access moves in the transaction of what changed it.")
    ids = sorted(set(member_ids))
    if not ids:
        return
    now = timezone.now()
    locked = set(lock_access(ids))
    Access.objects.filter(member_id__in=locked).update(epoch=F("epoch") + 1, changed_at=now)
    Access.objects.bulk_create(
        Access(member_id=member_id, epoch=2, changed_at=now) for member_id in ids if member_id not in locked
    )
    log.debug("access of %d members moved: %s", len(ids), reason)
    transaction.on_commit(partial(hub.access_changed, ids))


def lock_access(member_ids: Iterable[int]) -> dict[int, int]:
    """Take the rows' locks in the product's order; member id → epoch."""
    rows = Access.objects.select_for_update().filter(member_id__in=list(member_ids)).order_by("member_id")
    return dict(rows.values_list("member_id", "epoch"))
