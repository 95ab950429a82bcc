"""An account erased: what says who somebody is goes, the row stays, since others point to it (model: no CASCADE).

Invariant: afterwards nothing is left by which the person could be known or could sign in; their id names nobody.
"""

from allauth.account.models import EmailAddress
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.sessions import end_all_sessions
from accounts.actor import Actor
from accounts.models import Member, MemberState, ProfileField, SessionStore
from accounts.models.sessions import alive_sessions
from accounts.signals import account_cancelled

NOBODY = "—"


def erase_member(actor: Actor, member: Member, *, reason: str, scope: int | str, ends_sessions: bool) -> None:
    """Inside the caller's transaction, which has decided that it may be. Pages that are open and keep their session
    reach the gate, which says why."""
    bump_access([member.pk], reason=reason)
    account_cancelled.send(Member, member_id=member.pk, at=timezone.now())
    _blank(member)
    _follow_password(member)
    ProfileField.objects.filter(member=member).delete()
    EmailAddress.objects.filter(user=member).delete()
    if ends_sessions:
        end_all_sessions(actor, member.pk, why=reason)
    audit.record(actor, "member.erased", member, scope=scope, subject=member.pk, why=reason)


def _blank(member: Member) -> None:
    """A sign-in name begins with a letter or a digit: nobody can ever have registered with this one."""
    member.sign_in_name = f"-{member.pk}"
    member.name = member.given_name = member.course_name = NOBODY
    member.email = member.protected_until = member.majority_on = None
    member.age_known = False
    member.password = make_password(None)
    member.state = MemberState.ERASED
    member.save()


def _follow_password(member: Member) -> None:
    """Another password would end every session; those that are kept read at the gate what happened."""
    for row in alive_sessions().filter(member=member):
        store = SessionStore(row.session_key)
        store[HASH_SESSION_KEY] = member.get_session_auth_hash()
        store.save()
