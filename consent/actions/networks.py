"""A school's list of networks, for limits that a class can live with: put on it and taken off, on record.

Invariant: a school has each network once, and none that another of its networks holds already; a private one is put on
a list by the operator alone, because who runs the server alone knows whether it is a school's devices or a proxy before
the server, behind which the whole world would seem to stand.
"""

import ipaddress

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from consent.models import Grant, School, SchoolNetwork
from consent.permissions import require_may_list
from consent.queries.networks import Network, is_part_of, is_private, network_from
from consent.queries.schools import has_grant

MOST = 20  # of one school
LONGEST_NOTE = 80  # characters

PRIVATE = _(
    "This is a private address: it says nothing of where somebody is. Where the server itself stands at school, "
    "the operator of this site can add it."
)
THERE = _("This is on the list already, as %(network)s.")
FULL = _("At most %(most)d networks of one school fit here. Remove one that is not used any more.")
NOTE_TOO_LONG = _("At most %(most)d characters fit here.")


def add_network(actor: Actor, school: School, *, network: str, note: str = "") -> SchoolNetwork:
    """From now on the school's classes have room there. Every server process knows within a few seconds. Raises
    NotFound, FieldInvalid (`network`, `note`)."""
    require_may_list(actor, school)
    found, note = network_from(network), " ".join(note.split())
    if is_private(found) and not may_list_private(actor):
        raise FieldInvalid(PRIVATE, field="network")
    if len(note) > LONGEST_NOTE:
        raise FieldInvalid(NOTE_TOO_LONG, field="note", most=LONGEST_NOTE)
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=school.pk)  # two at once: one after the other
        _must_fit(school, found)
        row = SchoolNetwork.objects.create(
            school=school, network=str(found), note=note, added_by_id=actor.member_id, added_at=timezone.now()
        )
        audit.record(actor, "school.network_added", row, scope=school.pk, network=row.network)
    return row


def remove_network(actor: Actor, row: SchoolNetwork) -> None:
    """Twice is once. Raises NotFound."""
    require_may_list(actor, row.school)
    with transaction.atomic():
        removed, _by_model = SchoolNetwork.objects.filter(pk=row.pk).delete()
        if removed:
            audit.record(actor, "school.network_removed", row, scope=row.school_id, network=row.network)


def may_list_private(actor: Actor) -> bool:
    return actor.is_system or has_grant(actor.member_id, Grant.Kind.OPERATOR)


def _must_fit(school: School, found: Network) -> None:
    listed = list(SchoolNetwork.objects.filter(school=school))
    for row in listed:
        if is_part_of(found, ipaddress.ip_network(row.network)):
            raise FieldInvalid(THERE, field="network", network=str(row))
    if len(listed) >= MOST:
        raise FieldInvalid(FULL, field="network", most=MOST)
