"""Small components that every page uses: icons, avatars.

The tone of an avatar is one of twelve classes, so that no page needs an inline style: `id % 12 + 1` of the
member's id, as in rosters.
"""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rooms.queries.rooms import AVATARS
from rooms.queries.rosters import initials_of

register = template.Library()

NOTHING = SafeString("")
DECORATION = SafeString(' aria-hidden="true"')


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite: decoration, unless it has a label. Sizes: small, large."""
    meaning = format_html(' role="img" aria-label="{}"', label) if label else DECORATION
    source = f"{static('icons/sprite.svg')}#{name}"
    return format_html('<svg class="icon"{}{}><use href="{}"/></svg>', data_size(size), meaning, source)


@register.simple_tag
def avatar(name: str, number: int, size: str = "") -> SafeString:
    """Initials on the tone of this person; the name beside it says who it is. Sizes: tiny, small, large."""
    return format_html(
        '<span class="avatar avatar-{}"{} aria-hidden="true">{}</span>',
        number % AVATARS + 1,
        data_size(size),
        initials_of(name),
    )


def data_size(size: str) -> SafeString:
    return format_html(' data-size="{}"', size) if size else NOTHING
