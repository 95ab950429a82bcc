"""Who may get which mail: by class when it is written, and by everything that is known when it is handed over.

Invariant: a promotional mail never reaches a student in K-12 or somebody under age, whoever sends it (S25). A young
student gets no mail of any class before a family has said yes to it: what decides that lives above, and is asked
through `CHILD_RULES`; while nobody answers, the answer is no.
"""

from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import NotAllowed
from accounts.mail.kinds import Kind, MailClass
from accounts.models import MailOutbox, Member, MemberState, RefusedAddress
from accounts.queries.mail_stops import is_stopped

# Packages above: whether a young student (by id) may be written to. All have to say yes.
CHILD_RULES: dict[str, Callable[[int], bool]] = {}

# States that get mail about the account alone; a closed account gets none.
ACCOUNT_ALONE = (MemberState.DEACTIVATED, MemberState.SUSPENDED, MemberState.LIMITED, MemberState.AWAITING_CONSENT)


def member_of(recipient: int | None, address: str) -> Member | None:
    """The member who gets it, also where only the address is known."""
    whose = {"email": address} if recipient is None else {"pk": recipient}
    return Member.objects.filter(**whose).first()


def refuse_by_class(kind: Kind, member: Member | None) -> None:
    """Raises NotAllowed for promotion to anybody who isn't known as a grown-up outside of K-12."""
    if kind.mail_class is MailClass.PROMOTION and not (member is not None and is_grown_up(member)):
        raise NotAllowed(
            _("Students in school get no promotional mail, and neither does anybody whose age is unknown.")
        )


def is_grown_up(member: Member) -> bool:
    today = timezone.localdate()
    is_minor = member.majority_on is not None and today < member.majority_on
    return member.age_known and not (member.is_k12 or is_minor or member.is_protected_on(today))


def withheld_because(row: MailOutbox, kind: Kind, member: Member | None) -> str:
    """Why this mail may not leave now, in words for the operator; empty: it may. `member` is the one of the row."""
    if row.recipient is not None and member is None:
        return "the account is gone"
    if member is not None and (reason := _because_of_member(member, kind)):
        return reason
    if kind.mail_class.can_be_stopped and is_stopped(row, kind.mail_class):
        return f"no more mail of the class {kind.mail_class} is wanted there"
    if kind.mail_class is not MailClass.ACCOUNT and RefusedAddress.objects.filter(address=row.address).exists():
        return "the address was refused before"
    return ""


def _because_of_member(member: Member, kind: Kind) -> str:
    if member.state in (MemberState.CLOSED, MemberState.ERASED):
        return "the account is closed"
    if member.state in ACCOUNT_ALONE and kind.mail_class is not MailClass.ACCOUNT:
        return f"the account is {member.state}"
    if member.is_protected_on(timezone.localdate()) and not _family_agrees(member.pk):
        return "no family has said yes to mail for this child"
    if kind.mail_class is MailClass.COURSE and member.email is None:
        return "the member has no address any more"
    if kind.mail_class is MailClass.PROMOTION and not is_grown_up(member):
        return "promotional mail, and not to a grown-up"
    return ""


def _family_agrees(member_id: int) -> bool:
    return bool(CHILD_RULES) and all(rule(member_id) for rule in CHILD_RULES.values())
