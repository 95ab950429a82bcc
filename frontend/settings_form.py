"""The form of personal settings. Its words address nobody: students, parents and staff read the same page."""

from collections import defaultdict
from typing import cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec.structs import asdict

from accounts.actions.settings import Wanted, time_zones
from accounts.models import Member
from accounts.models.settings import Announcements, SendingKey, Theme
from accounts.queries.settings import settings_of

Zones = list[tuple[str, str | list[tuple[str, str]]]]

LANGUAGES = [("en", "English"), ("es", "Español")]  # each in its own words, whatever the page speaks
SENDING_KEYS = [
    (SendingKey.ENTER, gettext_lazy("Enter sends, Shift+Enter makes a line")),
    (SendingKey.CTRL_ENTER, gettext_lazy("Ctrl+Enter sends, Enter makes a line")),
]
THEMES = [
    (Theme.SYSTEM, gettext_lazy("As the device")),
    (Theme.LIGHT, gettext_lazy("Light")),
    (Theme.DARK, gettext_lazy("Dark")),
]
ANNOUNCEMENTS = [
    (Announcements.ALL, gettext_lazy("Every message of the open room")),
    (Announcements.MENTIONS, gettext_lazy("Only mentions of me, and chats of two")),
    (Announcements.OFF, gettext_lazy("None")),
]
AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class SettingsForm(forms.Form):
    locale = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=gettext_lazy("Light or dark"), choices=THEMES, widget=forms.RadioSelect)
    sending_key = forms.ChoiceField(
        label=gettext_lazy("Which key sends"), choices=SENDING_KEYS, widget=forms.RadioSelect
    )
    single_keys = forms.BooleanField(label=gettext_lazy("Commands by one letter"), required=False)
    announcements = forms.ChoiceField(
        label=gettext_lazy("New messages read aloud by a screen reader"),
        choices=ANNOUNCEMENTS,
        widget=forms.RadioSelect,
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("All times are shown in it."),
        required=False,
        widget=forms.Select({"class": "input"}),
    )

    def __init__(self, member: Member, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=asdict(settings_of(member)))
        zones = self.fields["time_zone"]
        if isinstance(zones, forms.ChoiceField):
            zones.choices = zones_by_area(member.time_zone)

    @property
    def wanted(self) -> Wanted:
        return cast(Wanted, self.cleaned_data)


def zones_by_area(now: str) -> Zones:
    """The installation's first, then every place of the world; the one that holds now is among them in any case."""
    areas: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(time_zones() | {now}):
        area, _slash, place = zone.partition("/")
        if place and (area in AREAS or zone == now):
            areas[area].append((zone, place.replace("_", " ").replace("/", ", ")))
    first = ("", _("The one of this site: %(zone)s") % {"zone": settings.TIME_ZONE.replace("_", " ")})
    return [first, ("UTC", "UTC"), *areas.items()]
