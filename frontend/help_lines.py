"""Numbers that help at once, by country (ISO 3166-1 alpha-2). Public lines, free of charge.

Numbers change: whoever opens an installation calls those of its country first (docs/operations.md). A country that is
not listed gets 112 and no other promise.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEFAULT_COUNTRY = "US"


@dataclass(frozen=True)
class HelpLine:
    """`number` is what is dialled; `shown` is how people write it. `can_text`: the same number takes messages."""

    number: str
    shown: str
    about: str | Promise
    can_text: bool = False


@dataclass(frozen=True)
class Country:
    name: str | Promise
    emergency: HelpLine
    talk: HelpLine | None = None


def emergency(number: str) -> HelpLine:
    return HelpLine(number, number, _("Police, fire, ambulance"))


def talk(number: str, shown: str = "", *, can_text: bool = False) -> HelpLine:
    return HelpLine(number, shown or number, _("To talk, day and night, free"), can_text)


COUNTRIES = {
    "US": Country(_("United States"), emergency("911"), talk("988", can_text=True)),
    "CA": Country(_("Canada"), emergency("911"), talk("988", can_text=True)),
    "MX": Country(_("Mexico"), emergency("911"), talk("8009112000", "800 911 2000")),
    "ES": Country(_("Spain"), emergency("112"), talk("116111", "116 111")),
    "GB": Country(_("United Kingdom"), emergency("999"), talk("08001111", "0800 1111")),
    "IE": Country(_("Ireland"), emergency("112"), talk("1800666666", "1800 66 66 66")),
    "AU": Country(_("Australia"), emergency("000"), talk("1800551800", "1800 55 1800")),
    "NZ": Country(_("New Zealand"), emergency("111"), talk("1737", can_text=True)),
}
ELSEWHERE = Country(_("Another country in Europe"), emergency("112"), talk("116111", "116 111"))


def lines_of(code: str) -> Country:
    return COUNTRIES.get(code.upper(), ELSEWHERE)
