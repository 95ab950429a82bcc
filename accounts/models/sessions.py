"""Session: one sign-in on one device. Sockets, "end this session" and the audit name it by `public_id`.

`session_key` is the secret in the cookie and changes with every `cycle_key`; `public_id` stays.
"""

import uuid
from typing import Any, ClassVar

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from accounts.models.members import Member

PUBLIC_ID = "_public_id"  # in the session's data, so that a cycled key keeps it


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
    """Django's database sessions in our table; `SESSION_ENGINE` is this module."""

    @classmethod
    def get_model_class(cls) -> type[Session]:  # type: ignore[override]
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:  # type: ignore[override]
        session = super().create_model_instance(data)
        assert isinstance(session, Session)
        if member_id := data.get("_auth_user_id"):
            session.member_id = int(member_id)
        if public_id := data.get(PUBLIC_ID):
            session.public_id = uuid.UUID(public_id)
        return session
