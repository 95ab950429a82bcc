"""Duties that need a second step of signing in: they open the lives of others."""

from collections.abc import Collection

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import MemberState
from accounts.queries.two_factor import with_second_step
from consent.models import Grant
from consent.queries.schools import in_time

LOOK_AFTER_OTHERS = (Grant.Kind.SCHOOL_ADMIN, Grant.Kind.OPERATOR)
NEED_SECOND_STEP = (Grant.Kind.MODERATOR, Grant.Kind.SUPERVISOR, Grant.Kind.SCHOOL_ADMIN, Grant.Kind.OPERATOR)


def needs_second_step(member_id: int) -> bool:
    """Whether a duty of theirs asks for it, set up or not."""
    return bool(_with_duty([member_id]))


def lacking_second_step(member_ids: Collection[int]) -> set[int]:
    """Of these, who have such a duty and no second step: what belongs to it stays closed. The demo's people look around
    without one."""
    if settings.DEMO or not member_ids:
        return set()
    with_duty = _with_duty(member_ids)
    return with_duty - with_second_step(with_duty) if with_duty else set()


def _with_duty(member_ids: Collection[int]) -> set[int]:
    duties = Grant.objects.filter(in_time(timezone.now()), member__in=member_ids, kind__in=NEED_SECOND_STEP)
    return set(duties.values_list("member_id", flat=True))


def held_alone(member_id: int) -> list[Grant]:
    """Of the member's duties as administrator or operator, those that nobody else has who stays. One statement."""
    held = Grant.objects.filter(in_time(timezone.now()), kind__in=LOOK_AFTER_OTHERS)
    same = Q(kind=OuterRef("kind")) & (Q(school=OuterRef("school")) | Q(school__isnull=True, kind=Grant.Kind.OPERATOR))
    others = held.filter(same, ends_at__isnull=True, member__state=MemberState.ACTIVE).exclude(member=member_id)
    return list(held.filter(~Exists(others), member=member_id).select_related("school").order_by("pk"))
