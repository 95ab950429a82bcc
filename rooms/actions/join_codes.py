"""Join codes: made, locked, bounded and ended by the instructors of a course (S14).

Invariant: how often a code was used is moved by `take_place` alone, in one statement that looks and counts at once: of
two at the same instant one gets the last place.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from rooms import permissions
from rooms.actions.courses import scope_of
from rooms.models import Course, JoinCode
from rooms.queries.offers import ALPHABET, CODE_CHARS, code_hash, open_codes

WORKS_FOR = timedelta(days=14)
LONGEST = timedelta(days=400)
MOST = 1000


def make_code(actor: Actor, course: Course, *, expires_at: datetime | None = None, most: int | None = None) -> JoinCode:
    """A code that works for 14 days, unless said otherwise. Raises NotFound, NotAllowed, FieldInvalid."""
    permissions.can_let_in(actor, course)
    now = timezone.now()
    expires_at = expires_at or now + WORKS_FOR
    _check_bounds(expires_at, most, now)
    with transaction.atomic():
        return _insert(actor, course, expires_at, most)


def replace_code(actor: Actor, code: JoinCode) -> JoinCode:
    """A new one for as long and as many; the old one is dead at once, wherever it was written down."""
    permissions.can_let_in(actor, code.course)
    now = timezone.now()
    days = max(code.expires_at - code.made_at, timedelta(days=1))
    with transaction.atomic():
        _end(actor, code)
        return _insert(actor, code.course, now + days, code.most)


def end_code(actor: Actor, code: JoinCode) -> JoinCode:
    """For good; its text is forgotten. Raises NotFound, NotAllowed."""
    permissions.can_let_in(actor, code.course)
    with transaction.atomic():
        return _end(actor, code)


def lock_code(actor: Actor, code: JoinCode) -> JoinCode:
    """Nobody gets in by it until it is unlocked."""
    return _change(actor, code, "lock", locked_at=code.locked_at or timezone.now())


def unlock_code(actor: Actor, code: JoinCode) -> JoinCode:
    return _change(actor, code, "unlock", locked_at=None)


def bound_code(actor: Actor, code: JoinCode, *, expires_at: datetime, most: int | None) -> JoinCode:
    """Until when it works, and for how many at most. Raises NotFound, NotAllowed, FieldInvalid."""
    _check_bounds(expires_at, most, timezone.now())
    return _change(actor, code, "bound", expires_at=expires_at, most=most)


def take_place(code_id: int) -> bool:
    """One more comes in by it, if it still lets somebody in. Inside the transaction that enrols them."""
    return open_codes().filter(pk=code_id).update(joined_count=F("joined_count") + 1) == 1


def shown(code: str) -> str:
    """As people read it to each other: KX7-MQ4-2RD."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def _insert(actor: Actor, course: Course, expires_at: datetime, most: int | None) -> JoinCode:
    text = "".join(secrets.choice(ALPHABET) for _place in range(CODE_CHARS))
    code = JoinCode.objects.create(
        course=course,
        code=shown(text),
        code_hash=code_hash(text),
        made_by_id=actor.member_id,
        made_at=timezone.now(),
        expires_at=expires_at,
        most=most,
    )
    audit.record(actor, "code.make", code, scope=scope_of(course), expires_at=expires_at, most=most)
    return code


def _end(actor: Actor, code: JoinCode) -> JoinCode:
    if not JoinCode.objects.filter(pk=code.pk, ended_at__isnull=True).update(ended_at=timezone.now(), code=""):
        raise NotFound
    audit.record(actor, "code.end", code, scope=scope_of(code.course))
    code.refresh_from_db(fields=["ended_at", "code"])
    return code


def _change(actor: Actor, code: JoinCode, verb: str, **fields: Any) -> JoinCode:
    permissions.can_let_in(actor, code.course)
    with transaction.atomic():
        if not JoinCode.objects.filter(pk=code.pk, ended_at__isnull=True).update(**fields):
            raise NotFound
        audit.record(actor, f"code.{verb}", code, scope=scope_of(code.course), **fields)
    code.refresh_from_db(fields=list(fields))
    return code


def _check_bounds(expires_at: datetime, most: int | None, now: datetime) -> None:
    if not now < expires_at <= now + LONGEST:
        raise FieldInvalid(_("Choose a day to come, within a year."), field="until")
    if most is not None and not 1 <= most <= MOST:
        raise FieldInvalid(_("Choose a number from 1 to %(limit)d."), field="most", limit=MOST)
