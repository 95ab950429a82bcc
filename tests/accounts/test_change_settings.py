"""What a person chooses is kept for them alone, and whoever looks at their sockets hears of it."""

from typing import Any

import pytest

from accounts.actions.settings import change_settings, time_zones
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Access, AuditEntry, Member
from accounts.queries.settings import SettingsState, settings_of
from tests.cast import SYSTEM, acting, make_member

pytestmark = pytest.mark.django_db

BEGINNING = SettingsState("en", "", "system", "enter", True, "all")
CHOSEN: dict[str, Any] = {
    "locale": "es",
    "time_zone": "Europe/Madrid",
    "theme": "dark",
    "sending_key": "ctrl_enter",
    "single_keys": False,
    "announcements": "mentions",
}


@pytest.fixture
def member() -> Member:
    return make_member()


def kept(member: Member) -> SettingsState:
    return settings_of(Member.objects.get(pk=member.pk))


def test_everybody_begins_with_what_most_want(member: Member) -> None:
    assert kept(member) == BEGINNING


def test_what_is_chosen_is_kept_and_known_at_once(member: Member) -> None:
    change_settings(acting(member), member, **CHOSEN)
    assert kept(member) == settings_of(member) == SettingsState(**CHOSEN)


def test_what_is_left_out_stays(member: Member) -> None:
    change_settings(acting(member), member, **CHOSEN)
    change_settings(acting(member), member, theme="light")
    assert kept(member) == SettingsState(**CHOSEN | {"theme": "light"})


def test_nobody_chooses_for_another(member: Member) -> None:
    for somebody in (acting(make_member()), SYSTEM):
        with pytest.raises(NotAllowed):
            change_settings(somebody, member, locale="es")
    assert kept(member) == BEGINNING


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("locale", "xx"),
        ("locale", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("theme", "pink"),
        ("sending_key", ""),
        ("single_keys", None),
        ("announcements", "loud"),
    ],
)
def test_what_can_not_be_chosen_changes_nothing(member: Member, field: str, value: Any) -> None:
    with pytest.raises(FieldInvalid) as problem:
        change_settings(acting(member), member, **{"theme": "dark", field: value})
    assert problem.value.field == field
    assert kept(member) == BEGINNING


def test_the_sockets_are_looked_at_again_and_the_record_says_what_but_not_how(member: Member) -> None:
    change_settings(acting(member, session_id="s"), member, locale="es", theme="dark")
    assert Access.objects.get(pk=member.pk).epoch == 2
    entry = AuditEntry.objects.get(action="member.settings_changed")
    assert (entry.subject, entry.data) == (member.pk, {"fields": ["locale", "theme"], "session": "s"})


def test_choosing_what_is_chosen_already_moves_nothing(member: Member) -> None:
    change_settings(acting(member), member, locale="en", single_keys=True)
    assert Access.objects.get(pk=member.pk).epoch == 1
    assert not AuditEntry.objects.filter(action="member.settings_changed").exists()


def test_zones_are_named_by_place() -> None:
    assert {"", "America/Chicago", "Europe/Madrid", "America/Mexico_City"} <= time_zones()
