"""Invitations as the instructors of a course see them, and what has to be known before a mail may go out (S13).

Invariant: nothing here says whether an address has an account, beyond who is a member of this very course. A mail that
was withheld for what an account is reads as sent; one that its mail server refused, as not arrived.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import MailOutbox, RefusedAddress
from consent.queries.schools import agreement_in_force
from rooms.models import Course, Enrollment, Invitation
from rooms.queries.offers import Offer
from rooms.queries.standings import active_enrollments

KIND = "invitation"  # of mail
DAY = timedelta(days=1)
UNDER_WAY = (MailOutbox.State.DUE, MailOutbox.State.CLAIMED, MailOutbox.State.HANDING)

State = Literal["waiting", "sent", "not_arrived", "joined", "declined", "revoked", "expired"]


@dataclass(frozen=True, slots=True)
class Invited:
    """`name` of whoever joined by it. `is_open`: it lets somebody in, can be sent again and revoked."""

    invitation: Invitation
    state: State
    name: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in ("waiting", "sent", "not_arrived")


def invitations_of(course: Course) -> QuerySet[Invitation]:
    """The newest first."""
    return Invitation.objects.filter(course=course).order_by("-sent_at", "-pk")


def invitation_of(course: Course, invitation_id: int) -> Invitation:
    """Raises NotFound."""
    found = Invitation.objects.filter(course=course, pk=invitation_id).select_related("course__school").first()
    if found is None:
        raise NotFound
    return found


def invitation_behind(offer: Offer) -> Invitation:
    """With course and who invites, for whoever holds the offer. Raises NotFound for a code."""
    if offer.kind != "invitation":
        raise NotFound
    return Invitation.objects.select_related("course__school", "invited_by").get(pk=offer.id)


def invited(rows: Collection[Invitation]) -> list[Invited]:
    """What became of each. Two statements, however many rows; `used_by` is read with them."""
    mails = _mail_states(rows)
    refused = _refused({row.address for row in rows if row.address is not None})
    return [Invited(row, _state(row, mails.get(period_of(row)), refused), _name(row)) for row in rows]


def period_of(invitation: Invitation) -> str:
    """What the mail of this invitation is known by in the outbox; sent again it is another."""
    return f"{invitation.pk}.{invitation.sent_count}"


def _mail_states(rows: Collection[Invitation]) -> dict[str, str]:
    mails = MailOutbox.objects.filter(kind=KIND, recipient__isnull=True, period__in=[period_of(row) for row in rows])
    return dict(mails.values_list("period", "state"))


def _refused(addresses: Collection[str]) -> set[str]:
    return set(RefusedAddress.objects.filter(address__in=addresses).values_list("address", flat=True))


def _state(row: Invitation, mail: str | None, refused: Collection[str]) -> State:
    match row.state:
        case Invitation.State.USED:
            return "joined"
        case Invitation.State.DECLINED:
            return "declined"
        case Invitation.State.REVOKED:
            return "revoked"
    if row.expires_at <= timezone.now():
        return "expired"
    if mail in UNDER_WAY:
        return "waiting"
    return "not_arrived" if mail == MailOutbox.State.FAILED or row.address in refused else "sent"


def _name(row: Invitation) -> str:
    return row.used_by.name if row.used_by is not None else ""


# Before a mail goes out


def members_among(course: Course, addresses: Collection[str]) -> dict[str, Enrollment]:
    """Address → their place in this course."""
    rows = active_enrollments(timezone.now()).filter(course=course, member__email__in=addresses)
    return {str(row.member.email): row for row in rows.select_related("member")}


def open_among(course: Course, hashes: Collection[str]) -> dict[str, Invitation]:
    """Hash of an address → the invitation to this course that it holds."""
    rows = Invitation.objects.filter(course=course, address_hash__in=hashes, state=Invitation.State.SENT)
    return {row.address_hash: row for row in rows.filter(expires_at__gt=timezone.now())}


def takes_young(course: Course) -> bool:
    """Whether the address of somebody of 13 or under may be kept: the school has an agreement in force (S13, S18)."""
    return course.school is not None and agreement_in_force(course.school) is not None


def mails_of_a_day(course: Course) -> int:
    """How many mails its instructors have sent within a day, in all of their courses, and others in this one."""
    now = timezone.now()
    theirs = Q(course=course) | Q(invited_by__in=instructors_of(course).values("member"))
    counted = Invitation.objects.filter(theirs, sent_at__gt=now - DAY).aggregate(count=Sum("sent_count"))
    return counted["count"] or 0


def instructors_of(course: Course) -> QuerySet[Enrollment]:
    return active_enrollments(timezone.now()).filter(course=course, role=Enrollment.Role.INSTRUCTOR)
