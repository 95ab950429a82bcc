"""The places of one's own account, for the navigation of every page there."""

from collections.abc import Sequence

from django import template
from django.template.context import Context
from django.utils import timezone

from frontend.account_places import GROUPS, Group

register = template.Library()

OF_THE_GROWN = ("two_factor", "account_password", "account_address")  # frontend.views.young closes them to a child


@register.simple_tag(takes_context=True)
def account_groups(context: Context) -> Sequence[Group]:
    if not context["request"].user.is_protected_on(timezone.localdate()):
        return GROUPS
    return [Group(heading, [each for each in places if each.route not in OF_THE_GROWN]) for heading, places in GROUPS]
