"""Sessions begun, seen and ended.

Invariants: an ended session is dead on the server at once, its cookie and its sockets with it (S6); whoever signs in
gets a key and a public id that nobody knew before; a young student's session is never kept.
"""

import ipaddress
import re
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login as django_login
from django.contrib.auth import logout as django_logout
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member, Session, SessionStore
from accounts.models.sessions import UNKEPT_SECONDS
from realtime import hub

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SEEN_EVERY = timedelta(minutes=1)
FAMILIES = (  # the first that fits: most browsers name others as well
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium)/")),
    ("Safari", re.compile(r"\bSafari/")),
)


def start_session(request: HttpRequest, member: Member, *, keep: bool = False) -> Session:
    """Sign the member in on this browser. `keep` is what was asked for; a young student's session is never kept."""
    if request.user.is_authenticated:
        sign_out(request)
    django_login(request, member, backend=BACKEND)
    keep_session(request, member, keep=keep)
    store = _store(request)
    store.save()
    rows = Session.objects.filter(pk=store.session_key)
    with transaction.atomic():
        rows.update(
            browser_family=browser_family(request.headers.get("User-Agent", "")),
            address_prefix=address_prefix(request.META.get("REMOTE_ADDR", "")),
        )
    return rows.get()


def keep_session(request: HttpRequest, member: Member, *, keep: bool) -> None:
    """30 days where it is asked for and allowed; otherwise it ends with the browser."""
    kept = keep and not member.is_protected_on(timezone.localdate())
    request.session.set_expiry(settings.SESSION_COOKIE_AGE if kept else 0)


def see_session(request: HttpRequest) -> None:
    """Note that the session is in use, at most once a minute; one that isn't kept lives on for another day."""
    row = _store(request).row
    if row is not None and row.member_id is not None:
        touch_session(row)


def touch_session(session: Session) -> None:
    now = timezone.now()
    if now - session.last_seen_at < SEEN_EVERY:
        return
    expires_at = session.expire_date if session.kept else now + timedelta(seconds=UNKEPT_SECONDS)
    with transaction.atomic():
        Session.objects.filter(pk=session.pk, ended_at__isnull=True).update(last_seen_at=now, expire_date=expires_at)


def sign_out(request: HttpRequest) -> None:
    """End the session of this request: row, cookie and sockets."""
    row = _store(request).row
    if row is not None and row.member_id is not None:
        _end(Actor.of_member(row.member_id, session_id=str(row.public_id)), row.member_id, [row], why="signed_out")
    django_logout(request)


def end_session(actor: Actor, session_id: str | UUID) -> Session:
    """End one of the actor's own sessions, by its public id. Raises NotFound."""
    if actor.member_id is None:
        raise NotFound
    own = Session.objects.filter(member_id=actor.member_id, ended_at__isnull=True)
    session = own.filter(public_id=_uuid(session_id)).first()
    if session is None:
        raise NotFound
    _end(actor, actor.member_id, [session], why="ended_by_member")
    return session


def end_all_sessions(actor: Actor, member_id: int, *, why: str, but: str | UUID | None = None) -> list[Session]:
    """End every session of a member, all but one where that is named. Who may ask is decided by the caller."""
    alive = Session.objects.filter(member_id=member_id, ended_at__isnull=True)
    sessions = list(alive.exclude(public_id=_uuid(but)) if but else alive)
    if sessions:
        _end(actor, member_id, sessions, why=why)
    return sessions


def forget_sessions() -> int:
    """Remove the rows of sessions that are past their day; the clock's."""
    removed, _by_model = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return removed


def _end(actor: Actor, member_id: int, sessions: Iterable[Session], *, why: str) -> None:
    """The epoch moves too: what a socket of the session sends in the last instant isn't written any more."""
    now = timezone.now()
    public_ids = [str(session.public_id) for session in sessions]
    with transaction.atomic():
        bump_access([member_id], reason=why)
        Session.objects.filter(public_id__in=public_ids).update(ended_at=now, session_data="")
        for public_id in public_ids:
            audit.record(actor, "session.ended", ("accounts.session", public_id), subject=member_id, why=why)
        transaction.on_commit(partial(hub.sessions_ended, public_ids))
    for session in sessions:
        session.ended_at = now


# What is kept about a browser


def browser_family(user_agent: str) -> str:
    """One of six words, no version: enough to know one's own devices."""
    return next((name for name, pattern in FAMILIES if pattern.search(user_agent)), "Other")


def address_prefix(address: str) -> str:
    """/24 of IPv4, /48 of IPv6; empty where there is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False))


def _store(request: HttpRequest) -> SessionStore:
    store = request.session
    if not isinstance(store, SessionStore):
        raise TypeError("SESSION_ENGINE has to be accounts.models.sessions")
    return store


def _uuid(value: str | UUID) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError as problem:
        raise NotFound from problem
