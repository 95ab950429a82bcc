"""The places of one's own account, in the order of the navigation. Each page of the account adds its own here."""

from collections.abc import Sequence
from typing import NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Place(NamedTuple):
    """`route` is the name of its address; `about` says on the overview what is done there."""

    route: str
    glyph: str
    label: str | Promise
    about: str | Promise

    @property
    def url(self) -> str:
        return reverse(self.route)


class Group(NamedTuple):
    heading: str | Promise
    places: Sequence[Place]


GROUPS = (
    Group(
        _("What others see"),
        (
            Place("profile", "user", _("Profile"), _("What it says, and who sees which line.")),
            Place("account_data", "file-text", _("Your data"), _("What is shared with whom; correct it, delete it.")),
            Place(
                "account_policies",
                "file-check",
                _("What you said yes to"),
                _("Privacy, terms and class rules, and when."),
            ),
        ),
    ),
    Group(
        _("Safety"),
        (
            Place(
                "account_sessions", "laptop", _("Where you are signed in"), _("See each device, end what isn't you.")
            ),
            Place(
                "two_factor",
                "smartphone",
                _("Second step of signing in"),
                _("A code from the phone beside the password."),
            ),
            Place("account_password", "key-round", _("Password"), _("A new one, whenever you like.")),
            Place("account_address", "mail", _("Email address"), _("Where our mails go.")),
        ),
    ),
    Group(
        _("How it is for you"),
        (Place("settings", "settings", _("Settings"), _("Language, time, light or dark, keys.")),),
    ),
)
