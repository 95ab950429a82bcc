"""Inviting by email: many at once with a result for each, sent again, revoked, declined, forgotten (S13).

Invariant: an address is stored for the mail that goes to it and for nothing else; that of a young student only where
the school's agreement is in force. How many mails leave in a day is counted with the course's instructors locked, and
of two that invite the same address at the same instant one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import audit
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.mail.causes import forget_addresses_of, take_back
from accounts.mail.kinds import MailClass
from accounts.models import Member
from accounts.queries.mail_stops import stopped_among
from rooms import permissions
from rooms.actions.courses import scope_of
from rooms.actions.invitation_mails import Letter, checked, mail_invitation, new_token
from rooms.models import Course, Invitation
from rooms.queries.invitations import (
    DAY,
    KIND,
    instructors_of,
    invitation_behind,
    mails_of_a_day,
    members_among,
    open_among,
    period_of,
    takes_young,
)
from rooms.queries.offers import Offer, address_hash, open_invitations, token_hash
from rooms.text.addresses import Pasted, addresses_in

WORKS_FOR = timedelta(days=30)
PASTED_CHARS = 200_000
MOST_TIMES = 3
BETWEEN_TWO = timedelta(minutes=15)
State = Invitation.State

TOO_MANY = ngettext_lazy(
    "That is too many at once: %(limit)d invitation a day is the most for a course's instructors. Nothing was sent.",
    "That is too many at once: %(limit)d invitations a day are the most for a course's instructors. Nothing was sent.",
    "limit",
)
NONE_LEFT = ngettext_lazy(
    "%(limit)d invitation a day is the most for a course's instructors, and %(left)d of today's is left. "
    "Nothing was sent.",
    "%(limit)d invitations a day are the most for a course's instructors, and %(left)d of today's are left. "
    "Nothing was sent.",
    "limit",
)
NEEDS_AGREEMENT = _(
    "Somebody of 13 or under is invited only where the school has an agreement in force. Ask the school office."
)
UNWANTED = _("This address wants no more invitations.")


class Outcome(StrEnum):
    SENT = "sent"
    INVITED = "invited"  # and the invitation still works
    MEMBER = "member"
    BAD = "bad"
    UNWANTED = "unwanted"
    NEEDS_AGREEMENT = "needs_agreement"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one entry. `why`: the fault of a bad one, the name of a member."""

    typed: str
    outcome: Outcome
    why: str = ""
    expires_at: datetime | None = None


def invite(actor: Actor, course: Course, pasted: str, letter: Letter) -> list[Result]:
    """A result for each address, in the order in which they were pasted; a mail for each that is sent.

    Raises NotFound, NotAllowed, FieldInvalid (`addresses`, `text`, `role`): then nothing is sent to anybody.
    """
    permissions.can_invite(actor, course, letter.role)
    letter = checked(letter)
    entries = _entries(pasted)
    if letter.age == Invitation.Age.YOUNG and not takes_young(course):
        return [_without_agreement(entry) for entry in entries]
    with transaction.atomic():
        _lock_instructors(course)
        results = _looked_at(course, entries)
        fresh = [entry.address for entry, result in zip(entries, results, strict=True) if result is None]
        _must_fit(course, len(fresh))
        rows = {row.address: row for row in _insert(actor, course, fresh, letter)}
    return [result or _sent(rows[entry.address]) for entry, result in zip(entries, results, strict=True)]


def _entries(pasted: str) -> list[Pasted]:
    limit = settings.INVITATIONS_A_DAY
    entries = addresses_in(pasted) if len(pasted) <= PASTED_CHARS else None
    if entries is None or len(entries) > limit:
        raise FieldInvalid(TOO_MANY, field="addresses", limit=limit)
    if not entries:
        raise FieldInvalid(_("Paste at least one address."), field="addresses")
    return entries


def _without_agreement(entry: Pasted) -> Result:
    """Looked at, and forgotten: not even whether it is known is said."""
    return _bad(entry) if entry.fault else Result("", Outcome.NEEDS_AGREEMENT)


def _bad(entry: Pasted) -> Result:
    return Result(entry.typed, Outcome.BAD, entry.fault)


def _sent(row: Invitation) -> Result:
    return Result(row.address or "", Outcome.SENT, expires_at=row.expires_at)


def _lock_instructors(course: Course) -> None:
    """Whoever shares a count waits here, in whichever course."""
    instructors = instructors_of(course).values_list("member_id", flat=True)
    list(
        Member.objects.select_for_update(no_key=True).filter(pk__in=list(instructors)).order_by("pk").values_list("pk")
    )


def _looked_at(course: Course, entries: Sequence[Pasted]) -> list[Result | None]:
    """None: it can be sent."""
    addresses = [entry.address for entry in entries if entry.address]
    members = members_among(course, addresses)
    waiting = open_among(course, [address_hash(address) for address in addresses])
    unwanted = stopped_among(addresses, MailClass.INVITATION)

    def look(entry: Pasted) -> Result | None:
        if entry.fault:
            return _bad(entry)
        if member := members.get(entry.address):
            return Result(entry.address, Outcome.MEMBER, member.member.course_name)
        if known := waiting.get(address_hash(entry.address)):
            return Result(entry.address, Outcome.INVITED, expires_at=known.expires_at)
        return Result(entry.address, Outcome.UNWANTED) if entry.address in unwanted else None

    return [look(entry) for entry in entries]


def _must_fit(course: Course, count: int) -> None:
    limit = settings.INVITATIONS_A_DAY
    left = max(0, limit - mails_of_a_day(course))
    if count > left:
        raise FieldInvalid(NONE_LEFT, field="addresses", limit=limit, left=left)


def _insert(actor: Actor, course: Course, addresses: Sequence[str], letter: Letter) -> list[Invitation]:
    """Rows, mails and the record. Those that are over make room: an address holds one invitation to a course."""
    if not addresses:
        return []
    now, tokens = timezone.now(), {address: new_token() for address in addresses}
    inviter = Member.objects.get(pk=actor.member_id or 0)
    hashes = [address_hash(address) for address in addresses]
    Invitation.objects.filter(course=course, address_hash__in=hashes, state=State.SENT).delete()
    rows = Invitation.objects.bulk_create(
        Invitation(
            course=course,
            address=address,
            address_hash=address_hash(address),
            token_hash=token_hash(token),
            is_bound=letter.is_bound,
            role=letter.role,
            age=letter.age,
            locale=letter.locale,
            text=letter.text,
            invited_by=inviter,
            sent_at=now,
            expires_at=now + WORKS_FOR,
        )
        for address, token in tokens.items()
    )
    for row in rows:
        mail_invitation(row, course, tokens[row.address or ""])
    audit.record(actor, "invitation.send", course, scope=scope_of(course), count=len(rows), role=letter.role)
    return rows


# One invitation


def send_again(actor: Actor, invitation: Invitation) -> Invitation:
    """A new mail with a new link for another 30 days; the link before is dead.

    Raises NotFound (it is over, or another instructor was faster), NotAllowed, FieldInvalid (the day is full).
    """
    course = invitation.course
    permissions.can_invite(actor, course, invitation.role)
    if invitation.age == Invitation.Age.YOUNG and not takes_young(course):
        raise NotAllowed(NEEDS_AGREEMENT)
    now, token = timezone.now(), new_token()
    with transaction.atomic():
        _lock_instructors(course)
        row = open_invitations().select_for_update(no_key=True).filter(pk=invitation.pk).first()
        if row is None or row.address is None or row.sent_count != invitation.sent_count:
            raise NotFound
        _must_be_sendable(row, row.address, now)
        counted = row.sent_count if row.sent_at > now - DAY else 0
        _must_fit(course, row.sent_count + 1 - counted)  # all of its mails count from now on
        take_back(KIND, period_of(row))
        row.sent_count, row.sent_at, row.expires_at = row.sent_count + 1, now, now + WORKS_FOR
        row.token_hash = token_hash(token)
        row.save(update_fields=["sent_count", "sent_at", "expires_at", "token_hash"])
        mail_invitation(row, course, token)
        audit.record(actor, "invitation.send_again", row, scope=scope_of(course))
    return row


def _must_be_sendable(row: Invitation, address: str, now: datetime) -> None:
    if stopped_among([address], MailClass.INVITATION):
        raise NotAllowed(UNWANTED)
    if row.sent_count >= MOST_TIMES:
        raise NotAllowed(_("This invitation was sent three times. Ask the person in another way."))
    if row.sent_at > now - BETWEEN_TWO:
        raise NotAllowed(_("This was sent only now. A mail can take a quarter of an hour."))


def revoke_invitation(actor: Actor, invitation: Invitation) -> Invitation:
    """It lets nobody in any more, and a mail that waits doesn't leave. Raises NotFound, NotAllowed."""
    permissions.must_instruct(actor, invitation.course)
    with transaction.atomic():
        _close(invitation.pk, State.REVOKED)
        take_back(KIND, period_of(invitation))
        audit.record(actor, "invitation.revoke", invitation, scope=scope_of(invitation.course))
    invitation.refresh_from_db()
    return invitation


def decline_invitation(actor: Actor, offer: Offer) -> Invitation:
    """No, thank you: by whoever holds the mail, without an account. Raises NotFound."""
    invitation = invitation_behind(offer)
    with transaction.atomic():
        _close(invitation.pk, State.DECLINED)
        audit.record(actor, "invitation.decline", invitation, scope=scope_of(invitation.course))
    return invitation


def _close(invitation_id: int, state: str) -> None:
    """One statement that looks and closes at once."""
    closed: dict[str, Any] = {"state": state, "closed_at": timezone.now()}
    if open_invitations().filter(pk=invitation_id).update(**closed) != 1:
        raise NotFound


def forget_invitations(now: datetime | None = None) -> int:
    """What is over after 30 days goes, of used ones all that is the address's; and young students' addresses as soon
    as the school's agreement is not in force any more. The clock's."""
    now = now or timezone.now()
    forget_addresses_of(MailClass.INVITATION, now - WORKS_FOR)
    over = Invitation.objects.filter(expires_at__lte=now)
    forgotten = over.filter(state=State.USED, address__isnull=False).update(address=None, address_hash="", text="")
    removed, _by_model = over.exclude(state=State.USED).delete()
    return forgotten + removed + _forget_young()


def _forget_young() -> int:
    kept = Invitation.objects.filter(age=Invitation.Age.YOUNG, address__isnull=False)
    courses = Course.objects.select_related("school").filter(pk__in=kept.values("course"))
    without = [course.pk for course in courses if not takes_young(course)]
    used = kept.filter(course__in=without, state=State.USED).update(address=None, address_hash="", text="")
    removed, _by_model = kept.filter(course__in=without).exclude(state=State.USED).delete()
    return used + removed
