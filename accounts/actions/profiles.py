"""What a member says about themselves, and to whom (S3, S5): kept, opened, closed and taken away, field by field.

Invariants: nobody writes another's profile; a young student has no fields of their own and opens none; each change is
on record, by the name of the field and never by its value.
"""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.attempts import Limit, count_try
from accounts.actions.members import CONTROL
from accounts.actions.pictures import forget_file, keep_file, remade
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member, ProfileField

Field, Audience = ProfileField.Field, ProfileField.Audience

OF_MEMBER = (Field.NAME, Field.EMAIL)  # their values stand with the member
WRITTEN = tuple(field for field in Field if field not in (*OF_MEMBER, Field.PICTURE))
LONGEST = {Field.PRONOUNS: 40, Field.ABOUT: 600, Field.GRADUATION_YEAR: 4}
OTHERWISE = 120
YEARS = range(1930, 2101)
PICTURES = Limit("profile_picture", 30, timedelta(hours=1))
FOR_OLDER = _("Until you are 14, there is no more to your profile than your name: nothing in it can be opened.")


def own_fields(member: Member) -> tuple[ProfileField.Field, ...]:
    """The fields that the member's profile has at all."""
    return OF_MEMBER if member.is_protected_on(timezone.localdate()) else tuple(Field)


def keep_field(actor: Actor, member: Member, field: str, value: str) -> None:
    """Write what the member says; nothing written takes the field away. Raises NotAllowed, FieldInvalid."""
    _must_be_theirs(actor, member)
    if field not in WRITTEN:
        raise NotAllowed
    value = value.strip()
    check_field(field, value)
    if not value:
        delete_field(actor, member, field)
    elif ProfileField.objects.filter(member=member, field=field, value=value).first() is None:
        _keep(actor, member, field, "profile.field_kept", value=value)


def choose_audience(actor: Actor, member: Member, field: str, audience: str) -> None:
    """Open or close a field. Raises NotAllowed, FieldInvalid."""
    _must_be_theirs(actor, member)
    if audience not in Audience.values or field not in Field.values:
        raise FieldInvalid(field=field)
    row = ProfileField.objects.filter(member=member, field=field).first()
    if (row.audience if row is not None else Audience.ME) != audience:
        _keep(actor, member, field, "profile.audience_chosen", audience=audience)


def close_all(actor: Actor, member: Member) -> None:
    """Nobody sees any field from now on but who has to (S4)."""
    for row in ProfileField.objects.filter(member=member).exclude(audience=Audience.ME):
        choose_audience(actor, member, row.field, Audience.ME)


def delete_field(actor: Actor, member: Member, field: str) -> None:
    """What was said is gone, and with a picture its file. Raises NotAllowed, for name and email too."""
    _must_be_theirs(actor, member)
    if field in OF_MEMBER:
        raise NotAllowed
    row = ProfileField.objects.filter(member=member, field=field).first()
    if row is None:
        return
    with transaction.atomic():
        bump_access([member.pk], reason="profile")
        row.delete()
        audit.record(actor, "profile.field_deleted", member, subject=member.pk, field=field)
        if field == Field.PICTURE:
            transaction.on_commit(partial(forget_file, row.value))


def keep_picture(actor: Actor, member: Member, sent: bytes) -> str:
    """The picture made anew; returns the name of its file. Raises NotAllowed, FieldInvalid, TooManyTries."""
    _must_be_theirs(actor, member)
    count_try({PICTURES: f"member {member.pk}"})
    name = keep_file(remade(sent))
    try:
        with transaction.atomic():
            before = ProfileField.objects.filter(member=member, field=Field.PICTURE).first()
            _keep(actor, member, Field.PICTURE, "profile.field_kept", value=name)
            if before is not None:
                transaction.on_commit(partial(forget_file, before.value))
    except BaseException:
        forget_file(name)
        raise
    return name


def _must_be_theirs(actor: Actor, member: Member) -> None:
    if actor.member_id != member.pk:
        raise NotAllowed
    if member.is_protected_on(timezone.localdate()):
        raise NotAllowed(FOR_OLDER)


def check_field(field: str, value: str) -> None:
    """What may stand in a field, wherever it is asked for. Raises FieldInvalid."""
    most = LONGEST.get(ProfileField.Field(field), OTHERWISE)
    if len(value) > most:
        raise FieldInvalid(_("At most %(limit)d characters fit here."), field=field, limit=most)
    if CONTROL.search(value.replace("\r\n", " ").replace("\n", " ") if field == Field.ABOUT else value):
        raise FieldInvalid(_("Write it on one line, without control characters."), field=field)
    if field == Field.GRADUATION_YEAR and value and not (value.isascii() and value.isdigit() and int(value) in YEARS):
        raise FieldInvalid(_("Write a year, such as 2027."), field=field)


def _keep(actor: Actor, member: Member, field: str, action: str, **values: str) -> None:
    """The epoch moves though no right does: whoever watches looks again."""
    with transaction.atomic():
        bump_access([member.pk], reason="profile")
        ProfileField.objects.update_or_create(member=member, field=field, defaults=values)
        told = {"audience": values["audience"]} if "audience" in values else {}
        audit.record(actor, action, member, subject=member.pk, field=field, **told)
