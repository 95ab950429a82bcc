"""Times and days in the reader's own form: `10:42 AM`, `November 20`; `10:42`, `20 de noviembre`.

Every time is shown in the zone that is active for the request, inside a `<time>` that carries the instant in UTC.
"""

import datetime as dt
from typing import Literal

from django import template
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

NEAR = dt.timedelta(days=270)  # within a school year a day needs no year
Form = Literal["auto", "clock", "day", "full"]
FORMATS = {
    "en": {"clock": "g:i A", "day": "F j", "day_and_year": "F j, Y", "weekday": "l, F j"},
    "es": {"clock": "G:i", "day": r"j \d\e F", "day_and_year": r"j \d\e F \d\e Y", "weekday": r"l, j \d\e F"},
}


@register.simple_tag
def local_time(at: dt.datetime | None, form: Form = "auto") -> SafeString:
    """`<time>` of an instant, if there is one. `auto`: the clock today, else the day; the full form is its title."""
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    if form == "auto":
        form = "clock" if local.date() == timezone.localdate() else "day"
    text = {"clock": clock(local), "day": day(local.date()), "full": full(local)}[form]
    instant = at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', instant, full(local), text)


@register.simple_tag
def local_day(on: dt.date | dt.datetime | None) -> SafeString:
    """`<time>` of a day, nothing without one: `November 20`, with the year when it is far away."""
    if on is None:
        return SafeString("")
    date = timezone.localtime(on).date() if isinstance(on, dt.datetime) else on
    return format_html('<time datetime="{}">{}</time>', date.isoformat(), day(date))


def clock(local: dt.datetime) -> str:
    return written(local, "clock")


def day(date: dt.date) -> str:
    is_near = abs(date - timezone.localdate()) < NEAR
    return written(date, "day" if is_near else "day_and_year")


def full(local: dt.datetime) -> str:
    return _("%(day)s at %(time)s") % {"day": written(local, "weekday"), "time": clock(local)}


def written(value: dt.date | dt.time, name: str) -> str:
    language = (translation.get_language() or "en").split("-")[0]
    style = FORMATS.get(language, FORMATS["en"])[name]
    return formats.time_format(value, style) if isinstance(value, dt.time) else formats.date_format(value, style)
