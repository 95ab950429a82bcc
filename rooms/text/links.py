"""Where a link in a message may lead: one rule, asked by the parser and by both sanitisers."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

URL_CHARS = 2000
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
LINK_REL = "noopener noreferrer nofollow ugc"

_HOST = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+\.?(?::\d{1,5})?", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z0-9.!#$&'*+/=?^_`{|}~-]+@(?:[a-z0-9-]+\.)+[a-z0-9-]+", re.IGNORECASE)


def is_safe_link(url: str) -> bool:
    """Whether a link may lead to `url`: http, https with a host, or mailto; no userinfo; nothing invisible in it.

    Stricter than a browser on purpose: `https:example.org` and `https:\\\\example.org` reach a host there as well.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or len(url) > URL_CHARS or _has_invisible(url) or _has_invisible(unquote(url)) or "\\" in unquote(url):
        return False
    if scheme.lower() == "mailto":
        return _ADDRESS.fullmatch(rest.partition("?")[0]) is not None
    if scheme.lower() not in LINK_SCHEMES or not rest.startswith("//"):
        return False
    try:
        parts = urlsplit(url)
        return _HOST.fullmatch(parts.netloc) is not None and parts.port != 0
    except ValueError:  # a port or a bracketed host that isn't one
        return False


def _has_invisible(url: str) -> bool:
    """White space, control, format (bidi, zero-width), surrogate, private and unassigned characters."""
    return any(character.isspace() or unicodedata.category(character).startswith("C") for character in url)
