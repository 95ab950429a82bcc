"""The close codes: what each means and what the client does. The protocol's table is this one.

Invariant: a close for a reason of the server is never 1000, and before each 44xx and 1012 goes one `closing` frame.
"""

from enum import IntEnum
from typing import NamedTuple


class CloseCode(IntEnum):
    PAGE_LEFT = 1001
    CUT = 1006
    FRAME_TOO_LARGE = 1009
    SERVER_FAULT = 1011
    RESTART = 1012
    TOO_MANY_FRAMES = 4429
    PAGE_TOO_OLD = 4440
    PROTOCOL_BROKEN = 4450
    SIGNED_OUT = 4451
    ACCOUNT_CLOSED = 4452
    CONSENT_MISSING = 4453
    NO_AGREEMENT = 4454
    SUSPENDED = 4455

    @property
    def is_sent(self) -> bool:
        """1001 is the client's own, 1006 is what a client sees when no close frame came at all."""
        return self not in (CloseCode.PAGE_LEFT, CloseCode.CUT)

    @property
    def has_farewell(self) -> bool:
        """Whether a `closing` frame goes before it."""
        return self == CloseCode.RESTART or 4400 <= self < 4500

    @property
    def is_final(self) -> bool:
        """Whether the client leaves the chat instead of connecting again."""
        return self in FINAL


PLAIN_CLOSE, OTHER = 1000, 0
_KNOWN = frozenset((PLAIN_CLOSE, *CloseCode))


def known_code(code: int | None) -> int:
    """As it is counted: a client may send any of thousands; those that mean nothing here are one (0)."""
    code = int(code or CloseCode.CUT)
    return code if code in _KNOWN else OTHER


FINAL = frozenset(
    {
        CloseCode.SIGNED_OUT,
        CloseCode.ACCOUNT_CLOSED,
        CloseCode.CONSENT_MISSING,
        CloseCode.NO_AGREEMENT,
        CloseCode.SUSPENDED,
    }
)


class Closing(NamedTuple):
    code: CloseCode
    meaning: str
    client: str


CLOSINGS = (
    Closing(CloseCode.PAGE_LEFT, "page left", "–"),
    Closing(CloseCode.FRAME_TOO_LARGE, "frame too large", "marks the frame in flight failed, comes back"),
    Closing(CloseCode.SERVER_FAULT, "fault of the server", "comes back with backoff"),
    Closing(CloseCode.RESTART, "restart", "comes back in 0–5 s"),
    Closing(CloseCode.CUT, "cut: slow reader, dead peer, network", "comes back, resumes"),
    Closing(CloseCode.TOO_MANY_FRAMES, "too many frames", "comes back after retry_after"),
    Closing(CloseCode.PAGE_TOO_OLD, "this page is too old for the server", "reloads once, drafts kept"),
    Closing(
        CloseCode.PROTOCOL_BROKEN,
        "protocol broken three times",
        "marks the frame in flight failed, reloads once, doesn't loop",
    ),
    Closing(CloseCode.SIGNED_OUT, "signed out here or elsewhere", "`/sign-in/`"),
    Closing(CloseCode.ACCOUNT_CLOSED, "account closed or on hold", "`/gate/`"),
    Closing(CloseCode.CONSENT_MISSING, "consent missing or taken back (the member as a whole)", "`/gate/`"),
    Closing(CloseCode.NO_AGREEMENT, "no agreement of the school", "`/gate/`"),
    Closing(CloseCode.SUSPENDED, "suspended", "`/gate/`"),
)
