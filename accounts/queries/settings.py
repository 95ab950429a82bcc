"""The settings of one person as pages and sockets are told them. Pure: the member has them already."""

from msgspec import Struct

from accounts.models.settings import PersonalSettings


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
