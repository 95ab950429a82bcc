"""Session: one sign-in on one device. Sockets, "end this session" and the audit name it by `public_id`.

Invariants: `session_key` is the secret in the cookie. It changes at sign-in together with `public_id`, so that nobody
signs in with a key or an id that was known before; a signed-in session that changes its key (a new password) keeps the
id. An ended session is never loaded, saved or counted as there again.
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models.members import Member

UNKEPT_SECONDS = 24 * 3600  # without "keep me signed in": the cookie ends with the browser, the row after a day unused


class Session(AbstractBaseSession):
    public_id = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    kept = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    browser_family = models.CharField(max_length=40, blank=True)
    address_prefix = models.CharField(max_length=45, blank=True)

    class Meta(AbstractBaseSession.Meta):
        indexes: ClassVar = [models.Index(fields=["member", "ended_at"], name="session_of_member")]

    def __str__(self) -> str:
        return str(self.public_id)

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's database sessions in our table; `SESSION_ENGINE` is this module. A save touches Django's columns alone,
    and the member they name."""

    _row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @property
    def row(self) -> Session | None:
        """The row behind this session as it was loaded; None where there is none (nothing stored yet, or ended)."""
        self._get_session()  # type: ignore[attr-defined]
        return self._row

    def get_session_cookie_age(self) -> int:
        return UNKEPT_SECONDS

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(
            session_key=self.session_key, expire_date__gt=timezone.now(), ended_at__isnull=True
        ).first()
        if row is None:
            self._session_key = None
        self._row = row
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
                member_id=row.member_id,
            )

    def cycle_key(self) -> None:
        """A new key; for somebody signed in the row stays the same, before signing in it is a new one."""
        if self.session_key is None or self.get(SESSION_KEY) is None:
            return super().cycle_key()
        fresh = self._get_new_session_key()  # type: ignore[attr-defined]
        with transaction.atomic():
            moved = Session.objects.filter(pk=self.session_key, ended_at__isnull=True).update(session_key=fresh)
        if not moved:
            raise UpdateError
        self._session_key = fresh
        self.modified = True

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
