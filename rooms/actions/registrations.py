"""A student registers with an offer: account, school, how to reach the parent and the place in the course, in one
transaction (S1, S18).

Invariant: nothing about somebody of 13 or under is stored but the stub, and that only where the school's agreement is
in force. An age that was refused is bound to the offer: going back, another browser and another day change nothing.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.addresses import claim_address, clean_address
from accounts.actions.members import create_member
from accounts.actions.passwords import LEAST, LEAST_OF_STUDENTS, encoded_password
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member, MemberState
from accounts.queries.members import free_sign_in_name
from consent.actions.acceptances import accept
from consent.actions.requests import ask_family
from consent.actions.schools import join_school
from consent.models import ConsentRequest, Registration, School
from consent.models.schools import Source
from consent.queries.schools import agreement_in_force
from consent.queries.sentences import OF_STUDENTS, sentence, sentences_for
from rooms import permissions
from rooms.actions.courses import scope_of
from rooms.actions.join_answers import Answers, checked_answers, keep_answers
from rooms.actions.joining import redeem
from rooms.models import Course, Enrollment, Invitation, JoinCode, Room, RoomHead
from rooms.queries.join_answers import questions_of
from rooms.queries.offers import Offer, course_of, offer_again

OFFICE = "registered with a code or an invitation"
OLDEST = 110
OUT_OF_SCHOOL = 21
TOO_YOUNG = _(
    "You can't register here. If your school uses this chat, your teacher gives you a class card, "
    "and your family is asked first."
)
FOR_STUDENTS = _(
    "This code is for the school's students. Parents register as a parent; "
    "whoever else belongs here is invited by email."
)
NOT_AGAIN = _("Nobody can register with this code any more. Ask the teacher for a new one or for an invitation.")


class Age(StrEnum):
    """What follows from the month somebody was born in."""

    YOUNG = "young"  # 13 or under: the stub, then the family is asked
    DOUBTED = "doubted"  # a younger age was given with this offer before: the school tells
    GROWN = "grown"  # 14 or over
    ADULT = "adult"  # too old for a student of a school who comes by a code on the wall


@dataclass(frozen=True, slots=True)
class Birth:
    """A month. Which day it was isn't asked: who was born in it counts as born on its last day."""

    year: int
    month: int

    def was_by(self, today: date) -> bool:
        """Whether it is a month in which somebody who lives can have been born."""
        is_month = 1 <= self.month <= 12 and today.year - OLDEST < self.year <= today.year
        return is_month and (self.year, self.month) <= (today.year, today.month)

    def turns(self, years: int) -> date:
        """The first day on which they have this age for certain."""
        return date(self.year + years + self.month // 12, self.month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Stub:
    """All that is asked of a child (S18): given name with initial, sign-in name, class, how to reach the parent."""

    given_name: str
    initial: str
    sign_in_name: str
    grade: int | None
    parent_address: str  # "": the school sends a letter
    language: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of 14 or over. In a school given name and initial, among adults the full name (S3).

    `answers`: to what the course asks who joins; any other is dropped.
    """

    given_name: str
    initial: str
    name: str
    email: str
    password: str
    language: str
    answers: Answers = field(default_factory=dict)


def answer_age(actor: Actor, offer: Offer, birth: Birth) -> Age:
    """What the month means for registering with this offer; a younger age is noted with it.

    Raises: FieldInvalid (no month that was), NotAllowed (refused, now or before).
    """
    course = course_of(offer)
    permissions.can_be_joined(course)
    if offer.is_age_refused or offer.role != Enrollment.Role.STUDENT:
        raise NotAllowed(NOT_AGAIN)
    today = _today(course)
    if not birth.was_by(today):
        raise FieldInvalid(_("Choose the month and the year in which you were born."), field="year")
    if today >= birth.turns(14):
        return _age_of_grown(offer, birth, today)
    if course.school is None or agreement_in_force(course.school) is None:
        _refuse(actor, offer, course)
        raise NotAllowed(TOO_YOUNG)
    _note_young(actor, offer, course)
    return Age.YOUNG


def _age_of_grown(offer: Offer, birth: Birth, today: date) -> Age:
    if offer.school_id is None:
        return Age.GROWN
    if offer.kind == "code" and today >= birth.turns(OUT_OF_SCHOOL):
        return Age.ADULT
    return Age.DOUBTED if offer.is_age_doubted else Age.GROWN


def register_stub(actor: Actor, offer: Offer, stub: Stub, *, birth: Birth | None) -> Member:
    """A child of 13 or under, or of an age that the school has to tell (`birth` None), who then waits for the family.

    Raises: NotFound (the offer ended), NotAllowed, FieldInvalid.
    """
    course = course_of(offer)
    if course.school is None or agreement_in_force(course.school) is None:
        raise NotAllowed(TOO_YOUNG)
    name = _course_name(stub.given_name, stub.initial)
    _check_parent(stub.parent_address)
    with transaction.atomic():
        offer = _hold(offer, course)
        _must_be_unrefused(offer)
        member = create_member(
            actor,
            sign_in_name=stub.sign_in_name,
            name=name,
            given_name=stub.given_name,
            course_name=name,
            state=MemberState.AWAITING_CONSENT,
            is_k12=True,
            age_known=birth is not None,
            protected_until=birth.turns(14) if birth else None,
            majority_on=birth.turns(18) if birth else None,
            locale=stub.language,
            time_zone=course.school.time_zone,
            scope=scope_of(course),
        )
        _ask(course.school, course, member, stub)
        if birth is not None:
            _finish_young(offer)
        # Whoever holds a bound invitation has its mail; of a child no address is kept that could be compared.
        redeem(Actor.of_member(member), replace(offer, address=None), member, said=_read())
    return member


def register_grown(actor: Actor, offer: Offer, person: Person, *, birth: Birth, address: str) -> Member:
    """Somebody of 14 or over, with the sentences of S2 accepted one by one. `address`: of the network.

    The email address is theirs once its mailbox has answered; a bound invitation's has (accounts.actions.addresses).
    Raises: NotFound (the offer ended), NotAllowed, FieldInvalid.
    """
    course = course_of(offer)
    _must_be_grown(offer, course, birth)
    mail = clean_address(person.email)
    given = checked_answers(questions_of(course), person.answers)
    school, is_confirmed = course.school, mail == offer.address
    name = _course_name(person.given_name, person.initial) if school else person.name
    least = LEAST_OF_STUDENTS if school else LEAST
    encoded = encoded_password(person.password, least=least, context=(name, mail))  # slow: not inside
    with transaction.atomic():
        offer = _hold(offer, course)
        _must_be_grown(offer, course, birth)  # as it is now: a younger age may have been given meanwhile
        member = create_member(
            actor,
            sign_in_name=free_sign_in_name(name),
            name=name,
            given_name=person.given_name,
            course_name=name,
            email=mail if is_confirmed else None,
            email_verified=is_confirmed,
            encoded_password=encoded,
            is_k12=school is not None,
            majority_on=birth.turns(18),
            locale=person.language,
            time_zone=school.time_zone if school else "",
            scope=scope_of(course),
        )
        if school is not None:
            join_school(Actor.system(OFFICE), school, member, source=Source.MEMBER)
        if not is_confirmed:
            claim_address(member, mail)
        me = Actor.of_member(member)
        keep_answers(me, redeem(me, offer, member, said=_read()), given)
        accept(me, member, [asked.key for asked in sentences_for(Registration.Kind.STUDENT)], address)
    return member


def _read() -> dict[str, str]:
    return {key: sentence(key).version for key in OF_STUDENTS}


def _must_be_grown(offer: Offer, course: Course, birth: Birth) -> None:
    _must_be_unrefused(offer)
    today = _today(course)
    if today < birth.turns(14) or _age_of_grown(offer, birth, today) != Age.GROWN:
        raise NotAllowed


def _must_be_unrefused(offer: Offer) -> None:
    if offer.is_age_refused:
        raise NotAllowed(NOT_AGAIN)


def _hold(offer: Offer, course: Course) -> Offer:
    """The offer as it is now. The locks are taken in the product's order before anything is made: an account's entry
    in the audit would come first."""
    rows = JoinCode.objects if offer.kind == "code" else Invitation.objects
    list(rows.select_for_update(no_key=True).filter(pk=offer.id).values_list("pk"))
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk).values_list("pk"))
    heads = RoomHead.objects.select_for_update().filter(room__course=course.pk, room__kind=Room.Kind.COURSE)
    list(heads.order_by("room_id").values_list("pk"))
    return offer_again(offer.remembered)


def _ask(school: School, course: Course, member: Member, stub: Stub) -> None:
    office = Actor.system(OFFICE)
    join_school(office, school, member, grade=stub.grade, source=Source.MEMBER)
    ask_family(
        office,
        member,
        channel=ConsentRequest.Channel.EMAIL if stub.parent_address else ConsentRequest.Channel.LETTER,
        address=stub.parent_address or None,
        language=stub.language,
        course_id=course.pk,
    )


def _course_name(given_name: str, initial: str) -> str:
    """Given name and initial: what members of a course in a school call each other (S3)."""
    given_name, initial = given_name.strip(), initial.strip()
    if not given_name or any(letter in given_name for letter in "@0123456789"):
        raise FieldInvalid(_("Write your given name."), field="given_name")
    if len(initial) != 1 or not initial.isalpha():
        raise FieldInvalid(_("Write the first letter of your last name, only that one."), field="initial")
    return f"{given_name} {initial.upper()}."


def _check_parent(address: str) -> None:
    try:
        if address:
            clean_address(address)
    except FieldInvalid as problem:
        raise FieldInvalid(_("This doesn't look like an email address."), field="parent_address") from problem


def _today(course: Course) -> date:
    zone = ZoneInfo(course.school.time_zone) if course.school is not None else None
    return localdate(timezone.now(), zone)


def _refuse(actor: Actor, offer: Offer, course: Course) -> None:
    rows = JoinCode.objects if offer.kind == "code" else Invitation.objects
    with transaction.atomic():
        rows.filter(pk=offer.id, refused_at__isnull=True).update(refused_at=timezone.now())
        audit.record(actor, "offer.refuse_age", course, scope=scope_of(course), by=offer.kind, offer=offer.id)


def _note_young(actor: Actor, offer: Offer, course: Course) -> None:
    with transaction.atomic():
        if offer.kind == "code":
            JoinCode.objects.filter(pk=offer.id).update(young_unfinished=F("young_unfinished") + 1)
        else:
            Invitation.objects.filter(pk=offer.id).update(told_young_at=timezone.now())
        audit.record(actor, "offer.note_age", course, scope=scope_of(course), by=offer.kind, offer=offer.id)


def _finish_young(offer: Offer) -> None:
    if offer.kind == "code":
        JoinCode.objects.filter(pk=offer.id, young_unfinished__gt=0).update(young_unfinished=F("young_unfinished") - 1)
