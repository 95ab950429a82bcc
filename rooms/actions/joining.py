"""Joining a course by a code or an invitation (S13, S14, S18).

Invariant: who comes in, the place that is taken by it and the record of what joining means are one transaction. An
invitation lets one person in, a code its maximum, whoever asks at the same instant.
"""

from collections.abc import Mapping
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.attempts import Limit, Tries, count_try, network_of
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound, TooManyTries
from accounts.models import Member, MemberState
from consent.actions.acceptances import accept
from consent.actions.answering import TOO_MANY, WRONG
from consent.gate import is_protected
from consent.models.schools import Source
from consent.queries.facts import gate_facts
from consent.queries.schools import agreement_in_force, student_memberships
from consent.queries.sentences import OF_STUDENTS, sentence
from rooms import permissions
from rooms.actions.courses import scope_of
from rooms.actions.enrollments import enroll
from rooms.actions.join_answers import NO_ANSWERS, Answers, checked_answers, keep_answers
from rooms.actions.join_codes import take_place
from rooms.models import Course, Enrollment, Invitation, Joining
from rooms.queries.courses import may_be_staff
from rooms.queries.join_answers import questions_for
from rooms.queries.offers import Offer, course_of, offer_of, open_invitations, plain_code
from rooms.queries.seats import with_families
from rooms.queries.standings import active_enrollments

OTHER_ADDRESS = _("This invitation belongs to another email address. It works with the address that it was sent to.")
# Wrong ones alone. A class and its families type behind one address: what holds there is the length of a code.
SPAN = timedelta(minutes=15)
PER_ACCOUNT = Limit("join_account", 5, SPAN)
PER_DEVICE = Limit("join_device", 5, SPAN)
PER_CODE = Limit("join_code", 100, SPAN)
PER_ADDRESS = Limit("join_address", 300, SPAN, most_listed=600)


def find_offer(actor: Actor, typed: str, *, device: str, address: str) -> Offer:
    """The offer behind what was typed; a wrong one is counted. `device`: what the browser is known by.

    Raises: FieldInvalid (one answer for mistyped, used, expired, locked, ended: words § 10), TooManyTries.
    """
    network = network_of(address)
    counted = {PER_DEVICE: f"{device} from {network}", PER_CODE: plain_code(typed), PER_ADDRESS: network}
    if actor.member_id is not None:
        counted[PER_ACCOUNT] = f"member {actor.member_id}"
    tries = _count(counted)
    try:
        offer = offer_of(typed)
    except NotFound as wrong:
        personal = [limit for limit in (PER_DEVICE, PER_ACCOUNT) if limit in counted]
        raise FieldInvalid(WRONG, field="code", n=tries.left(*personal)) from wrong
    tries.forgive()
    return offer


def _count(counted: Mapping[Limit, str]) -> Tries:
    try:
        return count_try(counted)
    except TooManyTries as error:
        error.sentence = TOO_MANY
        raise


def join_course(
    actor: Actor, offer: Offer, member: Member, *, address: str, answers: Answers = NO_ANSWERS
) -> Enrollment:
    """Join by one's own button: the page has said what being a member means, and that is what is recorded.

    `address`: of the network (S2). `answers`: to what the course asks; any other is dropped. A young student accepts
    nothing, the parent has, and is asked nothing. Raises: see `redeem`; FieldInvalid, by the name of the question.
    """
    said = {key: sentence(key).version for key in OF_STUDENTS}
    course = course_of(offer)
    given = checked_answers(questions_for(course, member, offer.role), answers) if answers else {}
    with transaction.atomic():
        was_in = _seat_of(course, member) is not None
        enrollment = redeem(actor, offer, member, said=said)
        if (
            not was_in
            and enrollment.role == Enrollment.Role.STUDENT
            and not member.is_protected_on(timezone.localdate())
        ):
            keep_answers(actor, enrollment, given)
            accept(actor, member, OF_STUDENTS, address)  # the last lock
    return enrollment


def redeem(actor: Actor, offer: Offer, member: Member, *, said: Mapping[str, str] | None = None) -> Enrollment:
    """Into the course by the offer; who is in already stays as they are, and nothing is used up.

    `said`: key → text version of each sentence that the page showed about being a member.
    Raises: NotFound (the offer doesn't work any more), NotAllowed (not for this person: the sentence says why).
    """
    if not actor.is_system and actor.member_id != member.pk:
        raise NotAllowed
    course = course_of(offer)
    with transaction.atomic():
        bump_access(with_families([member.pk]), reason="joined")  # the first lock; two pages of one person wait here
        if (enrollment := _seat_of(course, member)) is not None:
            return enrollment
        _must_be_for(offer, course, member)
        _use_up(offer, member)
        enrollment = enroll(actor, course, member, role=offer.role, source=Source.MEMBER)
        _record(actor, offer, course, member, said or {})
    return enrollment


def _seat_of(course: Course, member: Member) -> Enrollment | None:
    return active_enrollments(timezone.now()).filter(course=course, member=member).first()


def _must_be_for(offer: Offer, course: Course, member: Member) -> None:
    """Whether the offer is for this person (S1, S13, S18)."""
    permissions.can_be_joined(course, member)
    if offer.address is not None and not _has_confirmed(member, offer.address):
        raise NotAllowed(OTHER_ADDRESS)
    if member.state not in (MemberState.ACTIVE, MemberState.AWAITING_CONSENT):
        raise NotAllowed
    if offer.role != Enrollment.Role.STUDENT:
        _must_be_known(course, member, offer.role)
        return
    _young_in_time(course, member)
    if offer.kind == "code":
        _by_code(course, member)


def _must_be_known(course: Course, member: Member, role: str) -> None:
    if not may_be_staff(course, member):
        raise NotAllowed(_("The school has to know you as staff first. Then this invitation works."))
    permissions.can_be_staff(course, member, role)


def _has_confirmed(member: Member, address: str) -> bool:
    addresses = EmailAddress.objects.filter(user=member.pk, email=address.lower(), verified=True)
    return bool(addresses.exists())


def _young_in_time(course: Course, member: Member) -> None:
    """Where the school has no agreement in force, nobody of 13 or under comes in (S18)."""
    is_young = is_protected(gate_facts([member.pk])[member.pk], timezone.now())
    if is_young and (course.school is None or agreement_in_force(course.school) is None):
        raise NotAllowed(_("You can't join this course yet. Ask your teacher or the school office."))


def _by_code(course: Course, member: Member) -> None:
    """A code is on the wall: it lets in the school's own, and nobody whom the teacher took out."""
    if course.enrollments.filter(member=member, state=Enrollment.State.REMOVED).exists():
        raise NotAllowed(_("The teacher took you out of this course. To come back, ask for an invitation."))
    if course.school_id is not None and not student_memberships([member.pk]).filter(school=course.school_id).exists():
        raise NotAllowed(_("This code is for the school's students. If you belong here, ask for an invitation."))


def _use_up(offer: Offer, member: Member) -> None:
    taken = take_place(offer.id) if offer.kind == "code" else _use_invitation(offer.id, member)
    if not taken:
        raise NotFound


def _use_invitation(invitation_id: int, member: Member) -> bool:
    """One statement that looks and closes at once."""
    now = timezone.now()
    closed = {"state": Invitation.State.USED, "used_by": member, "used_at": now, "closed_at": now}
    return open_invitations().filter(pk=invitation_id).update(**closed) == 1


def _record(actor: Actor, offer: Offer, course: Course, member: Member, said: Mapping[str, str]) -> None:
    """Coming back by the same code is the newer record of the same joining."""
    values = {"course_state": course.visibility, "said": dict(said), "at": timezone.now()}
    if offer.kind == "code":
        Joining.objects.update_or_create(code_id=offer.id, member=member, course=course, defaults=values)
    else:
        Joining.objects.create(invitation_id=offer.id, member=member, course=course, **values)
    audit.record(actor, "course.join", course, scope=scope_of(course), subject=member.pk, by=offer.kind, offer=offer.id)
