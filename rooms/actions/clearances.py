"""Clearance: what the door found about a member's access, to be compared again inside each transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.actions.access import lock_access
from accounts.errors import AccessChanged


@dataclass(frozen=True, slots=True)
class Clearance:
    """The access epoch seen, and until when the gate's answer holds."""

    epoch: int
    until: datetime | None = None


def hold(member_id: int, clearance: Clearance, *, with_members: Collection[int] = ()) -> None:
    """Lock the member's access row and compare. Call it first in the transaction. Raises AccessChanged.

    `with_members`: whose access the transaction will move, so that all rows are locked in one order.
    """
    epoch = lock_access([member_id, *with_members]).get(member_id)
    if epoch != clearance.epoch or (clearance.until is not None and clearance.until <= timezone.now()):
        raise AccessChanged
