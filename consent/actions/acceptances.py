"""Acceptances: which sentence somebody said yes to, in which version, when and from where (S2).

Invariant: one row for each sentence, and for each text that it says yes to, never changed. A young student accepts
nothing: the parent does, inside the consent; the child only reads.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actions.sessions import address_prefix
from accounts.actor import Actor
from accounts.errors import NotAllowed
from accounts.models import Member
from consent.models import Acceptance
from consent.queries.sentences import Read, sentence


def accept(actor: Actor, member: Member, sentences: Sequence[str], address: str) -> list[Acceptance]:
    """Record the sentences as they read now. `address`: of the network; its prefix alone is kept. Raises NotAllowed
    for anybody else's yes, and for a young student's."""
    reads = [read for key in sentences for read in sentence(key).reads]
    return accept_read(actor, member, reads, prefix=address_prefix(address))


def accept_read(
    actor: Actor, member: Member, reads: Sequence[Read], *, prefix: str, at: datetime | None = None
) -> list[Acceptance]:
    """Record what was read, by now or before (`at`). Raises NotAllowed."""
    if not (actor.member_id == member.pk or actor.is_system) or member.is_protected_on(timezone.localdate()):
        raise NotAllowed
    now = at or timezone.now()
    rows = [
        Acceptance(
            member=member,
            sentence=read.key,
            version=read.version,
            text_hash=read.digest,
            at=now,
            session=actor.session_id,
            address_prefix=prefix,
        )
        for read in reads
    ]
    with transaction.atomic():
        Acceptance.objects.bulk_create(rows)
        audit.record(
            actor, "sentences.accepted", member, subject=member.pk, sentences={read.key: read.version for read in reads}
        )
    return rows
