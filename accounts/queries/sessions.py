"""Reading sessions: who is signed in by a key, and the list that a member sees.

Invariant: a key counts only while its session isn't ended or expired, its member may sign in, and the password is the
one it began with: the same answer for pages and sockets.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import Member, Session, SessionStore, SpentKey
from accounts.models.sessions import digest_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member by their session. `session_id` is its public id, `epoch` the access as it is now."""

    member: Member
    session_id: str
    epoch: int
    last_seen_at: datetime
    expires_at: datetime


def member_of_session(session_key: str) -> SignedIn | None:
    """Who is signed in by the key, in one query; None for nobody."""
    return members_of_sessions([session_key]).get(session_key)


def members_of_sessions(session_keys: Collection[str]) -> dict[str, SignedIn]:
    """The same for many keys, in one query: key → who. Keys that are nobody's are left out."""
    sessions = Session.objects.filter(
        session_key__in=session_keys, expire_date__gt=timezone.now(), ended_at__isnull=True, member__isnull=False
    ).select_related("member__access")
    return {session.session_key: _signed_in(session) for session in sessions if _counts(session)}


def renewed_keys(session_keys: Collection[str]) -> tuple[dict[str, str], list[Session]]:
    """Of keys that are no session's by now: which one counts instead (key → its successor, for what was under way), and
    the sessions that had a key long ago which somebody uses again."""
    digests = {digest_of(key): key for key in session_keys}
    spent = {row.session: row for row in SpentKey.objects.filter(digest__in=digests)}
    alive = Session.objects.filter(public_id__in=spent, ended_at__isnull=True, expire_date__gt=timezone.now())
    successors, reused = dict[str, str](), list[Session]()
    for session in alive if spent else ():
        row = spent[session.public_id]
        if row.still_counts(session):
            successors[digests[row.digest]] = session.session_key
        else:
            reused.append(session)
    return successors, reused


def ended_lately(member_id: int, *, most: int = 10) -> list[Session]:
    """The member's sessions that were ended and whose rows are still there, the last one first."""
    ended = Session.objects.filter(member_id=member_id, ended_at__isnull=False)
    return list(ended.order_by("-ended_at")[:most])


def sessions_of(member_id: int) -> list[Session]:
    """The member's sessions that are alive, the one seen last first."""
    alive = Session.objects.filter(member_id=member_id, ended_at__isnull=True, expire_date__gt=timezone.now())
    return list(alive.order_by("-last_seen_at"))


def _counts(session: Session) -> bool:
    member = session.member
    if member is None or not member.is_active:
        return False
    password_hash = SessionStore().decode(session.session_data).get(HASH_SESSION_KEY, "")
    return constant_time_compare(password_hash, member.get_session_auth_hash())


def _signed_in(session: Session) -> SignedIn:
    member = session.member
    if member is None:
        raise LookupError(session.public_id)
    access = getattr(member, "access", None)
    return SignedIn(
        member=member,
        session_id=str(session.public_id),
        epoch=access.epoch if access else 1,
        last_seen_at=session.last_seen_at,
        expires_at=session.expire_date,
    )
