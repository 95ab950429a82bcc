"""What this installation is called and where its data lies; what the operator hasn't said, the environment says."""

from dataclasses import dataclass

from django.conf import settings

from consent.models import Site

NAME = "ClassTrak"


@dataclass(frozen=True, slots=True)
class SiteFacts:
    name: str
    hosting_country: str
    is_waiting: bool  # for whoever has the one-time address


def site_facts() -> SiteFacts:
    """One statement."""
    row = Site.objects.first()
    name, country, waits = (row.name, row.hosting_country, row.set_up_hash) if row else ("", "", "")
    return SiteFacts(name or NAME, country or settings.HOSTING_COUNTRY, bool(waits))
