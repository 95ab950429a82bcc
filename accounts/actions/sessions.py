"""Sessions begun, seen and ended.

Invariants: an ended session is dead on the server at once, its cookie and its sockets with it (S6); whoever signs in
gets a key and a public id that nobody knew before; a young student's session is never kept, nor is one on a shared
device. A kept session gets a new key twice a day of use; a key that was spent long before, used again, ends it.
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
from accounts.actions.confirmations import note_password
from accounts.actor import Actor
from accounts.errors import NotAllowed, NotFound
from accounts.models import Member, Session, SessionStore, SpentKey
from accounts.models.sessions import SHARED, SHARED_SECONDS, UNKEPT_SECONDS
from realtime import hub

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SEEN_EVERY = timedelta(minutes=1)
RENEWED_EVERY = timedelta(hours=12)
FAMILIES = (  # the first that fits: most browsers name others as well
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium)/")),
    ("Safari", re.compile(r"\bSafari/")),
)


def start_session(request: HttpRequest, member: Member, *, keep: bool = False, shared: bool = False) -> Session:
    """Sign the member in on this browser: they have just shown who they are, by password or card. `keep` is what was
    asked for; a young student's session is never kept."""
    if request.user.is_authenticated:
        sign_out(request)
    django_login(request, member, backend=BACKEND)
    keep_session(request, member, keep=keep, shared=shared)
    note_password(request)
    store = _store(request)
    store.save()
    rows = Session.objects.filter(pk=store.session_key)
    with transaction.atomic():
        rows.update(
            browser_family=browser_family(request.headers.get("User-Agent", "")),
            address_prefix=address_prefix(request.META.get("REMOTE_ADDR", "")),
        )
    return rows.get()


def keep_session(request: HttpRequest, member: Member, *, keep: bool, shared: bool = False) -> None:
    """30 days where it is asked for and allowed; otherwise it ends with the browser. A shared device keeps nothing."""
    if shared:
        request.session[SHARED] = True
    request.session.set_expiry(settings.SESSION_COOKIE_AGE if keep and may_keep(member) and not shared else 0)


def may_keep(member: Member) -> bool:
    """Not young students: theirs ends with the browser (S6)."""
    return not member.is_protected_on(timezone.localdate())


def change_keeping(actor: Actor, member: Member, request: HttpRequest, *, keep: bool) -> None:
    """Keep this session, or let it end with the browser. Raises NotAllowed for whom it is not."""
    row = _store(request).row
    if actor.member_id != member.pk or row is None or row.shared or not may_keep(member):
        raise NotAllowed
    keep_session(request, member, keep=keep)
    with transaction.atomic():
        audit.record(
            actor, "session.keeping_changed", ("accounts.session", str(row.public_id)), subject=member.pk, kept=keep
        )


def see_session(request: HttpRequest) -> None:
    """Note that the session is in use, at most once a minute; one that isn't kept lives on for another day. Gives a
    kept one a new key when it is time, and the browser the key that counts where it came by another."""
    store = _store(request)
    row = store.row
    if row is None or row.member_id is None:
        return
    touch_session(row)
    if row.kept:
        _renew(store, row)


def touch_session(session: Session) -> None:
    now = timezone.now()
    if now - session.last_seen_at < SEEN_EVERY:
        return
    unused = timedelta(seconds=SHARED_SECONDS if session.shared else UNKEPT_SECONDS)
    expires_at = session.expire_date if session.kept else now + unused
    alive = Session.objects.filter(public_id=session.public_id, ended_at__isnull=True)
    with transaction.atomic():
        alive.update(last_seen_at=now, expire_date=expires_at)


def _renew(store: SessionStore, row: Session) -> None:
    if store.came_by_spent_key:
        store.modified = True  # the answer that carried the new key may have been lost
    elif row.key_seen_at is None:
        with transaction.atomic():
            Session.objects.filter(pk=row.pk, key_seen_at__isnull=True).update(key_seen_at=timezone.now())
    elif timezone.now() - row.renewed_at >= RENEWED_EVERY:
        store.renew_key()


def end_reused(request: HttpRequest) -> None:
    """If the request came with a key that a session had long before, end that session."""
    if (reused := _store(request).reused) is not None:
        end_stolen([reused])


def end_stolen(sessions: Iterable[Session]) -> None:
    """Somebody came with a key that these had long before: one of the two who hold it isn't the member."""
    for session in sessions:
        if session.member_id is not None:
            _end(Actor.system("a spent key was used again"), session.member_id, [session], why="key_reused")


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


def end_other_sessions(actor: Actor) -> list[Session]:
    """End every session of the actor but the one they ask from. Raises NotFound."""
    if actor.member_id is None or actor.session_id is None:
        raise NotFound
    return end_all_sessions(actor, actor.member_id, why="ended_by_member", but=actor.session_id)


def end_all_sessions(actor: Actor, member_id: int, *, why: str, but: str | UUID | None = None) -> list[Session]:
    """End every session of a member, all but one where that is named. Who may ask is decided by the caller."""
    alive = Session.objects.filter(member_id=member_id, ended_at__isnull=True)
    sessions = list(alive.exclude(public_id=_uuid(but)) if but else alive)
    if sessions:
        _end(actor, member_id, sessions, why=why)
    return sessions


def forget_sessions() -> int:
    """Remove the rows of sessions that are past their day; the clock's."""
    past = Session.objects.filter(expire_date__lt=timezone.now())
    with transaction.atomic():
        SpentKey.objects.filter(session__in=past.values("public_id")).delete()
        removed, _by_model = past.delete()
    return removed


def _end(actor: Actor, member_id: int, sessions: Iterable[Session], *, why: str) -> None:
    """The epoch moves too: what a socket of the session sends in the last instant isn't written any more."""
    now = timezone.now()
    public_ids = [str(session.public_id) for session in sessions]
    with transaction.atomic():
        bump_access([member_id], reason=why)
        Session.objects.filter(public_id__in=public_ids).update(ended_at=now, ended_why=why[:40], session_data="")
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
