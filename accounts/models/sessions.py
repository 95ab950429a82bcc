"""Session: one sign-in on one device. Sockets, "end this session" and the audit name it by `public_id`.

Invariants: `session_key` is the secret in the cookie. It changes at sign-in together with `public_id`, so that nobody
signs in with a key or an id that was known before; a signed-in session that changes its key (a new password, a kept
session from time to time) keeps the id. An ended session is never loaded, saved or counted as there again.

A key that was renewed is spent. It still counts while its successor may be under way: until the successor has been
seen, and for a minute after, for what other tabs had sent already. Later on somebody else holds one of the two.
"""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models.members import Member

UNKEPT_SECONDS = 24 * 3600  # without "keep me signed in": the cookie ends with the browser, the row after a day unused
SHARED_SECONDS = 4 * 3600  # on a device of many people; an open chat doesn't count as use
SHARED = "shared_device"  # in the session
SPENT_FOR = timedelta(minutes=1)


class Session(AbstractBaseSession):
    public_id = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    kept = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=40, blank=True)
    renewed_at = models.DateTimeField(default=timezone.now)  # the key's beginning
    key_seen_at = models.DateTimeField(null=True)  # the renewed key came back from the browser
    browser_family = models.CharField(max_length=40, blank=True)
    address_prefix = models.CharField(max_length=45, blank=True)

    class Meta(AbstractBaseSession.Meta):
        indexes: ClassVar = [models.Index(fields=["member", "ended_at"], name="session_of_member")]

    def __str__(self) -> str:
        return str(self.public_id)

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SpentKey(models.Model):
    """A key that a kept session had before; `digest` is its SHA-256, `session` the public id."""

    digest = models.CharField(max_length=64, primary_key=True)
    session = models.UUIDField(db_index=True)
    spent_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.session)

    def still_counts(self, session: Session) -> bool:
        """It is the last one, and its successor wasn't seen yet, or only just."""
        is_last = self.spent_at == session.renewed_at
        return is_last and (session.key_seen_at is None or timezone.now() - session.key_seen_at <= SPENT_FOR)


def digest_of(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()


def alive_sessions() -> "models.QuerySet[Session]":
    return Session.objects.filter(expire_date__gt=timezone.now(), ended_at__isnull=True)


class SessionStore(DatabaseStore):
    """Django's database sessions in our table; `SESSION_ENGINE` is this module. A save touches Django's columns alone,
    and the member they name."""

    _row: Session | None = None
    came_by_spent_key = False  # the browser may not have the key that counts now
    reused: Session | None = None  # alive, and the key was one that it had long before: not loaded

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @property
    def row(self) -> Session | None:
        """The row behind this session as it was loaded; None where there is none (nothing stored yet, or ended)."""
        self._get_session()  # type: ignore[attr-defined]
        return self._row

    def get_session_cookie_age(self) -> int:
        return SHARED_SECONDS if self.get(SHARED) else UNKEPT_SECONDS

    def _get_session_from_db(self) -> Session | None:
        row = alive_sessions().filter(session_key=self.session_key).first() or self._row_of_spent_key()
        self._session_key = row.session_key if row is not None else None
        self._row = row
        return row

    def _row_of_spent_key(self) -> Session | None:
        spent = SpentKey.objects.filter(digest=digest_of(self.session_key or "")).first()
        row = alive_sessions().filter(public_id=spent.session).first() if spent is not None else None
        if spent is None or row is None:
            return None
        if not spent.still_counts(row):
            self.reused = row
            return None
        self.came_by_spent_key = True
        return row

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=session_key, ended_at__isnull=True).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        member_id = data.get(SESSION_KEY)
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            kept=bool(data.get("_session_expiry")),
            shared=bool(data.get(SHARED)),
            member_id=int(member_id) if member_id else None,
        )

    def save(self, must_create: bool = False) -> None:
        """Write Django's columns and the member. Raises CreateError, and UpdateError where the session has ended."""
        if self.session_key is None:
            return self.create()
        row = self.create_model_instance(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        if must_create:
            self._insert(row)
        elif not self._update(row):
            self._follow_renewal()
            row.session_key = self.session_key
            if not self._update(row):
                raise UpdateError

    def _insert(self, row: Session) -> None:
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as taken:
            raise CreateError from taken
        self._row = row

    def _update(self, row: Session) -> int:
        with transaction.atomic():
            return Session.objects.filter(pk=row.pk, ended_at__isnull=True).update(
                session_data=row.session_data,
                expire_date=row.expire_date,
                kept=row.kept,
                shared=row.shared,
                member_id=row.member_id,
            )

    def renew_key(self) -> None:
        """A new key for a kept session, the old one spent. Of two tabs at once one renews, and both carry its key."""
        fresh, row = self._get_new_session_key(), self.row  # type: ignore[attr-defined]
        if row is None or self.session_key is None:
            raise UpdateError
        now = timezone.now()
        with transaction.atomic():
            alive = Session.objects.filter(pk=self.session_key, ended_at__isnull=True)
            is_ours = alive.update(session_key=fresh, renewed_at=now, key_seen_at=None)
            if is_ours:
                SpentKey.objects.create(digest=digest_of(self.session_key), session=row.public_id, spent_at=now)
                self._session_key = fresh
        if not is_ours:
            self._follow_renewal()
        self.modified = True

    def _follow_renewal(self) -> None:
        """Another tab has renewed the key meanwhile: go on under the new one. Raises UpdateError if there is none."""
        spent = SpentKey.objects.filter(digest=digest_of(self.session_key or "")).first()
        row = alive_sessions().filter(public_id=spent.session).first() if spent is not None else None
        if spent is None or row is None or not spent.still_counts(row):
            raise UpdateError
        self._session_key = row.session_key

    def cycle_key(self) -> None:
        """A new key; for somebody signed in the row stays the same, before signing in it is a new one."""
        if self.session_key is None or self.get(SESSION_KEY) is None:
            return super().cycle_key()
        fresh = self._get_new_session_key()  # type: ignore[attr-defined]
        if not self._move(fresh):
            self._follow_renewal()
            if not self._move(fresh):
                raise UpdateError
        self._session_key = fresh
        self.modified = True

    def _move(self, fresh: str) -> int:
        with transaction.atomic():
            return Session.objects.filter(pk=self.session_key, ended_at__isnull=True).update(session_key=fresh)

    def delete(self, session_key: str | None = None) -> None:
        """A member's session is ended and emptied, so that it can be named; any other is removed."""
        if not (key := session_key or self.session_key):
            return
        with transaction.atomic():
            rows = Session.objects.filter(session_key=key)
            rows.filter(member__isnull=True).delete()
            rows.filter(ended_at__isnull=True).update(ended_at=timezone.now(), session_data="")
        self._row = None

    @classmethod
    def clear_expired(cls, before: datetime | None = None) -> None:
        Session.objects.filter(expire_date__lt=before or timezone.now()).delete()

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        """Django's own asynchronous half would write all columns, and bring an ended session back."""
        raise RuntimeError("Sessions are read and written synchronously: chatserver.dispatch.run_sync is the bridge.")

    asave = acreate = adelete = acycle_key = aexists = aload = _aget_session_from_db = _refuse
