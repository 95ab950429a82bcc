"""The door: who may connect, decided for all handshakes that wait at once.

No cache: every connect sees what is true now. AuthMiddlewareStack is not used: it costs 1.2 to 3.6 ms a connect, one
after the other, and finds the member once for the whole life of a socket; here the same look is taken again whenever
access changes.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import Q, QuerySet
from django.http import parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.actions.sessions import end_stolen
from accounts.actor import Actor
from accounts.models import Member, Session
from accounts.queries.sessions import renewed_keys
from chatserver.dispatch import Bridge
from consent import gate
from consent.queries.facts import decisions_of
from rooms.actions.clearances import Clearance
from rooms.queries.drafts import DraftState, drafts_of
from rooms.queries.places import NOWHERE, Places, places_of
from rooms.queries.standings import Standing

GATHER_SECONDS = 0.005
LOOK_SESSIONS = 250  # at once, so that the first of a storm needn't wait for the last


@dataclass(frozen=True, slots=True)
class Visit:
    """What the door found for one session: who, whether, and where they stand in each of their rooms.

    `drafts` are there to be told once: no socket holds on to them.
    """

    session: str
    member: Member
    epoch: int
    decision: gate.Decision
    places: Places
    actor: Actor
    clearance: Clearance
    drafts: Sequence[DraftState] = ()

    def told(self) -> "Visit":
        return replace(self, drafts=())

    @property
    def standings(self) -> Mapping[int, Standing]:
        return self.places.standings


class Door:
    """Handshakes that come within 5 ms of each other, or during a look, are answered by one look into the database."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._waiting: dict[str, list[asyncio.Future[Visit | None]]] = {}
        self._gathering = False

    async def enter(self, scope: Mapping[str, Any]) -> Visit | None:
        """The visit of the session in the handshake's cookie; None: there is no such session."""
        key = session_key(scope)
        if key is None or not has_right_origin(scope):
            return None
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Visit | None] = loop.create_future()
        self._waiting.setdefault(key, []).append(answer)
        if not self._gathering:
            self._gathering = True
            loop.call_later(GATHER_SECONDS, lambda: loop.create_task(self._answer()))
        return await answer

    async def look_again(self, sessions: Collection[str]) -> dict[str, Visit]:
        """What the door would say now to sessions that are inside. Missing: signed out."""
        return await self._bridge.run_sync(visits_by_public_id, sessions)

    async def _answer(self) -> None:
        """One look at a time: who comes meanwhile is in the next, so that a storm makes looks large, not many."""
        try:
            while self._waiting:
                keys = list(islice(self._waiting, LOOK_SESSIONS))
                await self._look({key: self._waiting.pop(key) for key in keys})
        finally:
            self._gathering = False

    async def _look(self, waiting: "Mapping[str, list[asyncio.Future[Visit | None]]]") -> None:
        try:
            visits = await self._bridge.run_sync(visits_by_key, list(waiting))
        except Exception as problem:  # whoever waits hears of it; the door stays open for the next
            for answer in _still_here(waiting.values()):
                answer.set_exception(problem)
            return
        for key, answers in waiting.items():
            for answer in _still_here([answers]):
                answer.set_result(visits.get(key))


def _still_here(groups: Iterable[list["asyncio.Future[Visit | None]"]]) -> Iterable["asyncio.Future[Visit | None]"]:
    return (answer for answers in groups for answer in answers if not answer.done())


def session_key(scope: Mapping[str, Any]) -> str | None:
    """Read as pages read it: a cookie that somebody else set for this host may be as odd as it likes."""
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)


def has_right_origin(scope: Mapping[str, Any]) -> bool:
    """The exact string in the configured list; a missing one is refused, and so are two."""
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    return len(origins) == 1 and origins[0].decode("latin-1") in settings.ORIGINS


def visits_by_key(keys: Collection[str]) -> dict[str, Visit]:
    """A tab that connects while another is given the new key comes by the old one (accounts.models.sessions)."""
    sessions = list(_sessions(Q(session_key__in=keys)))
    missing = set(keys) - {row.session_key for row in sessions}
    successors, reused = renewed_keys(missing) if missing else ({}, [])
    end_stolen(reused)
    if successors:
        sessions += _sessions(Q(session_key__in=successors.values()) & ~Q(session_key__in=keys))
    visits = _visits(sessions)
    by_key = {row.session_key: visits[str(row.public_id)] for row in sessions if str(row.public_id) in visits}
    return {key: by_key[now] for key in keys if (now := successors.get(key, key)) in by_key}


def visits_by_public_id(public_ids: Collection[str]) -> dict[str, Visit]:
    return _visits(list(_sessions(Q(public_id__in=public_ids))))


def _sessions(which: Q) -> QuerySet[Session]:
    alive = Session.objects.filter(which, ended_at__isnull=True, expire_date__gt=timezone.now(), member__isnull=False)
    return alive.select_related("member__access")


def _visits(sessions: list[Session]) -> dict[str, Visit]:
    """The epoch comes with the session, in one statement and first of all: whatever changes during the look, the
    session's end too, moves it, and is looked at again."""
    valid = [(row, row.member) for row in sessions if row.member is not None and _is_authentic(row)]
    now = timezone.now()
    decisions = decisions_of({member.pk for _, member in valid}, now=now)
    places = places_of(decisions, now=now)
    drafts = drafts_of(places)
    visits = (_visit(row, member, decisions[member.pk], places.get(member.pk, NOWHERE)) for row, member in valid)
    return {visit.session: replace(visit, drafts=drafts.get(visit.member.pk, ())) for visit in visits}


def _visit(row: Session, member: Member, decision: gate.Decision, places: Places) -> Visit:
    session, epoch = str(row.public_id), member.access.epoch
    return Visit(
        session=session,
        member=member,
        epoch=epoch,
        decision=decision,
        places=places,
        actor=Actor.of_member(member.pk, session_id=session, via="socket"),
        clearance=Clearance(epoch, _until(row, decision, places)),
    )


def _until(session: Session, decision: gate.Decision, places: Places) -> datetime:
    """When the session, the gate's answer, a pause, or the first of the member's rights in rooms ends by itself."""
    rights = [at for standing in places.standings.values() for at in (standing.until, standing.muted_until)]
    ends = [session.expire_date, decision.until, *rights]
    return min(end for end in ends if end is not None)


def _is_authentic(session: Session) -> bool:
    """The session was made with the password that the member has now."""
    stored = session.get_decoded().get(HASH_SESSION_KEY, "")
    return session.member is not None and constant_time_compare(stored, session.member.get_session_auth_hash())
