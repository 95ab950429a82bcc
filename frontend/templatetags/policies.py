"""Where a text is read, and what it is called."""

from django import template

from consent.queries.policies import PolicyText, policy_name
from frontend.policy_pages import address_of

register = template.Library()


@register.simple_tag
def policy_url(text: PolicyText) -> str:
    return address_of(text.kind, text.version)


@register.filter
def policy_title(kind: str) -> str:
    return policy_name(kind)
