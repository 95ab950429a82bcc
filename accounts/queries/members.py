"""Looking members up before there is one."""

import secrets
import unicodedata

from accounts.models import Member

LONGEST = 40  # of 60: a number may follow


def free_sign_in_name(name: str) -> str:
    """A sign-in name for whoever isn't asked for one: `marisol.rivera`, with a number where that is taken. Another may
    take it before it is used; then the action refuses it."""
    stem = _plain(name)
    if not Member.objects.filter(sign_in_name=stem).exists():
        return stem
    return f"{stem}.{secrets.randbelow(9_000_000) + 1_000_000}"


def _plain(name: str) -> str:
    """Small letters of ASCII; a name that has none of them, as in Greek, becomes `member`."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(letter if letter.isalnum() else " " for letter in bare).split()
    stem = ".".join(words)[:LONGEST].strip(".")
    return stem if len(stem) >= 3 else f"member.{stem}".strip(".")
