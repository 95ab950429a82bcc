"""What is said before a socket is closed for a reason of the server: code, sentence and the way on."""

from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chatserver.protocol import Closing, RemedyLink, framed
from realtime.closing import CloseCode

# code → reason, sentence, label and address of the way on. Nobody hears which parent decided.
_TEXTS: dict[CloseCode, tuple[str, str, str, str | None]] = {
    CloseCode.RESTART: (
        "restart",
        gettext_noop("The server restarts. This page comes back by itself."),
        gettext_noop("Wait a moment"),
        None,
    ),
    CloseCode.SERVER_FAULT: (
        "server_fault",
        gettext_noop("Something went wrong on our side. This page comes back by itself."),
        gettext_noop("Wait a moment"),
        None,
    ),
    CloseCode.TOO_MANY_FRAMES: (
        "too_many_frames",
        gettext_noop("This page sent too much at once. It comes back by itself."),
        gettext_noop("Wait a moment"),
        None,
    ),
    CloseCode.PAGE_TOO_OLD: (
        "page_too_old",
        gettext_noop("This page is older than the server. It loads again; what you wrote is kept."),
        gettext_noop("Reload"),
        None,
    ),
    CloseCode.PROTOCOL_BROKEN: (
        "protocol_broken",
        gettext_noop("This page and the server no longer understand each other. What you wrote is kept."),
        gettext_noop("Reload"),
        None,
    ),
    CloseCode.SIGNED_OUT: (
        "signed_out",
        gettext_noop("You are signed out here. Sign in to go on."),
        gettext_noop("Sign in"),
        "/sign-in/",
    ),
    CloseCode.ACCOUNT_CLOSED: (
        "account_closed",
        gettext_noop("This account is closed or on hold."),
        gettext_noop("See what happened"),
        "/gate/",
    ),
    CloseCode.CONSENT_MISSING: (
        "consent_missing",
        gettext_noop("A parent has to say yes first. You did nothing wrong."),
        gettext_noop("See what happened"),
        "/gate/",
    ),
    CloseCode.NO_AGREEMENT: (
        "no_agreement",
        gettext_noop("Your school has no agreement right now. You did nothing wrong."),
        gettext_noop("See what happened"),
        "/gate/",
    ),
    CloseCode.SUSPENDED: (
        "suspended",
        gettext_noop("Your account is suspended for now."),
        gettext_noop("See what happened"),
        "/gate/",
    ),
}

# Instead of the code's sentence, for a reason that the page has no part in.
_OTHER_WORDS = {
    "too_many_connects": gettext_noop(
        "Very many devices of your network connect at this moment. This page comes back by itself."
    ),
}


@lru_cache(maxsize=256)
def farewell(code: CloseCode, locale: str, *, reason: str = "", retry_after_seconds: int | None = None) -> bytes:
    """The framed `closing`, in the member's language. `reason` names it more exactly than the code."""
    word, text, label, url = _TEXTS[code]
    text = _OTHER_WORDS.get(reason, text)
    with translation.override(locale):
        closing = Closing(code, reason or word, _(text), RemedyLink(_(label), url), retry_after_seconds)
    return framed(closing)
