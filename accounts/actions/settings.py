"""What a person chooses for themselves: language, zone, theme, keys, what is read aloud.

Invariants: nobody chooses for another; every open page and socket of the person hears of a choice, so that a page and
its socket speak one language.
"""

import zoneinfo
from functools import cache
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member
from accounts.models.settings import Announcements, SendingKey, Theme

CHOICES: dict[str, frozenset[object]] = {
    "locale": frozenset({"en", "es"}),
    "theme": frozenset(Theme.values),
    "sending_key": frozenset(SendingKey.values),
    "single_keys": frozenset({True, False}),
    "announcements": frozenset(Announcements.values),
}


class Wanted(TypedDict, total=False):
    """What is left out stays as it is."""

    locale: str
    time_zone: str
    theme: str
    sending_key: str
    single_keys: bool
    announcements: str


def change_settings(actor: Actor, member: Member, **wanted: Unpack[Wanted]) -> Member:
    """Keep what the member has chosen. Raises NotAllowed for anybody else, FieldInvalid for what can't be chosen."""
    if actor.member_id != member.pk:
        raise NotAllowed
    for field, value in wanted.items():
        validate_setting(field, value)
    changes = {field: value for field, value in wanted.items() if getattr(member, field) != value}
    if changes:
        _keep(actor, member, changes)
    return member


def validate_setting(field: str, value: object) -> None:
    """Raises FieldInvalid."""
    possible = value in time_zones() if field == "time_zone" else value in CHOICES[field]
    if not possible:
        raise FieldInvalid(_("Choose one of the languages.") if field == "locale" else None, field=field)


@cache
def time_zones() -> frozenset[str]:
    """Every zone that this machine knows, and the empty one: the installation's."""
    return frozenset({"", *zoneinfo.available_timezones()})


def _keep(actor: Actor, member: Member, changes: dict[str, object]) -> None:
    """The epoch moves though no right does: it is what makes every process look at the member's sockets again."""
    with transaction.atomic():
        bump_access([member.pk], reason="settings changed")
        Member.objects.filter(pk=member.pk).update(**changes)
        audit.record(actor, "member.settings_changed", member, subject=member.pk, fields=sorted(changes))
    for field, value in changes.items():
        setattr(member, field, value)
