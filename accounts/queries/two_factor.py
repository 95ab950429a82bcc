"""Who has a second step, and what is left of it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from allauth.mfa.models import Authenticator


class SecondStep(NamedTuple):
    """`codes_left`: recovery codes that were not used yet."""

    since: datetime
    codes_left: int


def second_step_of(member_id: int) -> SecondStep | None:
    """None: the password alone opens the account."""
    found = {each.type: each for each in Authenticator.objects.filter(user=member_id)}
    app = found.get(Authenticator.Type.TOTP)
    if app is None:
        return None
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    return SecondStep(app.created_at, len(codes.wrap().get_unused_codes()) if codes is not None else 0)


def with_second_step(member_ids: Collection[int] | Iterable[int]) -> set[int]:
    """Of these, the members who have one."""
    apps = Authenticator.objects.filter(user__in=member_ids, type=Authenticator.Type.TOTP)
    return set(apps.values_list("user_id", flat=True))
