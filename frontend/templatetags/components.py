"""Small components that every page uses: icons, avatars.

The tone of an avatar is one of twelve classes, so that no page needs an inline style; rooms.queries.faces says which.
"""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rooms.queries.faces import TONES, initials_of, tone_of

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
    """The face of a member, by their course name and their id; the name beside it says who it is."""
    return face(initials_of(name), tone_of(number), size)


@register.simple_tag
def face(initials: str | None, tone: int | None, size: str = "") -> SafeString:
    """Initials on a tone, both as rosters and rooms have them. Sizes: tiny, small, large."""
    return format_html(
        '<span class="avatar avatar-{}"{} aria-hidden="true">{}</span>', tone or TONES, data_size(size), initials or "?"
    )


@register.simple_block_tag(end_name="endtable")
def table(content: str, caption: str, *heads: str, last: str = "", kind: str = "") -> SafeString:
    """A list of things with their rows inside; narrow, each row is a card. `caption` is for those who hear the page,
    `last` the head of the buttons at the end of a row, `kind` a class more."""
    end = format_html('<th scope="col" data-align="end">{}</th>', last) if last else NOTHING
    return format_html(
        '<div class="table-place"><table class="table{}" data-narrow="cards">'
        '<caption class="u-hidden-visually">{}</caption><thead><tr>{}{}</tr></thead><tbody>{}</tbody></table></div>',
        f" {kind}" if kind else "",
        caption,
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        end,
        content,
    )


@register.filter
def course_tone(course_id: int) -> int:
    """Which of the four colours a course has in the rail; rail.js says the same."""
    return (course_id - 1) % 4 + 1


def data_size(size: str) -> SafeString:
    return format_html(' data-size="{}"', size) if size else NOTHING
