"""The settings of one person as pages and sockets are told them. Pure: the member has them already."""

from django.conf import settings
from msgspec import Struct

from accounts.models.settings import PersonalSettings, Theme


class SettingsState(Struct):
    """An empty zone is the installation's."""

    locale: str
    time_zone: str
    theme: str
    sending_key: str
    single_keys: bool
    announcements: str


def settings_of(member: PersonalSettings) -> SettingsState:
    return SettingsState(
        locale=member.locale,
        time_zone=member.time_zone,
        theme=member.theme,
        sending_key=member.sending_key,
        single_keys=member.single_keys,
        announcements=member.announcements,
    )


def zone_of(member: PersonalSettings | None) -> str:
    """The zone in which times are shown to somebody; None: nobody is signed in."""
    return (member.time_zone if member is not None else "") or settings.TIME_ZONE


def chosen_theme(member: PersonalSettings | None) -> str:
    """`light`, `dark`, or nothing: the device decides."""
    return "" if member is None or member.theme == Theme.SYSTEM else member.theme
