"""The places of one's own account, for the navigation of every page there."""

from collections.abc import Sequence

from django import template

from frontend.account_places import GROUPS, Group

register = template.Library()


@register.simple_tag
def account_groups() -> Sequence[Group]:
    return GROUPS
