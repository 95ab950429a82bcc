"""The tables of accounts. Nothing here writes: actions do."""

from accounts.models.access import Access
from accounts.models.attempts import Attempt
from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.mailed_codes import MailedCode
from accounts.models.members import Member, MemberState, ProfileField
from accounts.models.outbox import MailOutbox, MailStop, RefusedAddress
from accounts.models.sessions import Session, SessionStore, SpentKey

__all__ = [
    "Access",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "MailOutbox",
    "MailStop",
    "MailedCode",
    "Member",
    "MemberState",
    "ProfileField",
    "RefusedAddress",
    "Session",
    "SessionStore",
    "SpentKey",
]
