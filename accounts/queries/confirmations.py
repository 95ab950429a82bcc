"""Whether somebody has shown lately that they know the password of the account (S6).

Invariant: the time stands in the session on the server, never in the browser; a clock that went back confirms nothing.
"""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

CONFIRMED = "password_at"  # in the session: seconds since the epoch
CONFIRMED_FOR = timedelta(minutes=15)


def is_recently_confirmed(request: HttpRequest) -> bool:
    """The password was right in this session, less than 15 minutes ago. Looking at a page does not prolong it."""
    confirmed_at = request.session.get(CONFIRMED)
    if not isinstance(confirmed_at, int):
        return False
    return 0 <= int(timezone.now().timestamp()) - confirmed_at < CONFIRMED_FOR.total_seconds()
