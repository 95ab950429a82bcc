"""The one-time address by which a new installation gets its first operator.

Invariant: it is printed where the server was started and nowhere else; it is another one after each start, and there is
none once somebody operates, nor for invented people.
"""

from django.conf import settings

from chatserver import checks
from consent.actions.site import offer_set_up

PAGE = "/operator/set-up/"
NO_MAIL = """  No way is set for mail, so it waits. To send it: CHATSERVER_MAIL_URL=smtp://user:password@host:587
  To try it on this machine alone: CHATSERVER_MAIL_URL=mailbox: keeps every mail, and shows it at /dev/mail/"""


def invitation(url: str) -> str | None:
    """What is printed to whoever started the server; None where somebody operates already."""
    token = None if checks.has_invented_people() else offer_set_up()
    if token is None:
        return None
    printed = (
        f"  Nobody operates it yet. Whoever opens this first, once, becomes its operator:\n\n    {url}{PAGE}#{token}"
    )
    return printed if settings.MAIL_URL else f"{printed}\n\n{NO_MAIL}"
