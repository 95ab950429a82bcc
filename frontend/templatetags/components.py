"""Small components that every page uses: icons, avatars.

The tone of an avatar is one of twelve classes, so that no page needs an inline style: `(id - 1) % 12 + 1` of the
member's id, or of the seat where a page knows only the seat. The browser's modules count the same way.
"""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

AVATAR_TONES = 12
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
        '<span class="avatar avatar-{}"{} aria-hidden="true">{}</span>', tone(number), data_size(size), initials(name)
    )


def data_size(size: str) -> SafeString:
    return format_html(' data-size="{}"', size) if size else NOTHING


def tone(number: int) -> int:
    return (number - 1) % AVATAR_TONES + 1


def initials(name: str) -> str:
    """`Ms. Rivera` is MR, `Devon K.` is DK, `Student 7` is S7."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
