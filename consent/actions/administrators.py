"""Who looks after a school, named by the operator; and independent instructors, confirmed by the operator (S1).

Invariants: an address that nobody has answered from signs in nowhere: whoever is named by it chooses a password by the
code in the mail, and by nothing else; and nobody chooses a first one without a yes to the texts in force (S2).
"""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.addresses import clean_address
from accounts.actions.mailed_codes import make_code
from accounts.actions.members import check_name, create_member
from accounts.actions.passwords import reset_password
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.mail import send_mail
from accounts.models import MailedCode, Member
from accounts.queries.members import free_sign_in_name
from consent.actions.acceptances import accept
from consent.actions.schools import give_grant, join_school
from consent.models import Grant, Registration, School, SchoolMembership
from consent.permissions import require_operator
from consent.queries.operators import independent_instructors, member_at
from consent.queries.schools import unconfirmed_instructors
from consent.queries.sentences import Sentence, sentences_for
from consent.queries.site import site_facts

BEGIN = "/account/begin/"
LIFE = timedelta(days=7)  # of the code in the first mail; after that "forgot your password" sends another


def appoint_administrator(actor: Actor, school: School, *, email: str, name: str = "", locale: str = "en") -> Member:
    """An administrator of the school, whoever has the address; somebody new gets an account of that name, and the mail
    by which they choose a password. Raises NotFound, NotAllowed (a student), FieldInvalid (`email`, `name`)."""
    require_operator(actor)
    address = clean_address(email)
    member = member_at(address)
    if member is not None and member.is_k12:
        raise NotAllowed
    if member is None:
        check_name(name)
    with transaction.atomic():
        member = member or _invited(actor, school, name, address, locale)
        join_school(Actor.system(f"operator {actor.member_id}"), school, member, kind=SchoolMembership.Kind.STAFF)
        give_grant(actor, member, Grant.Kind.SCHOOL_ADMIN, school=school)
    return member


def choose_password(actor: Actor, code: str, password: str, *, sentences: Collection[str], address: str) -> Member:
    """A new password by the code of a mail. Whoever was named by an address, and chooses the first one, ticks each
    sentence with it. Raises FieldInvalid (`code`, `password`, `sentences`), TooManyTries."""

    def say_yes(member: Member) -> None:
        keys = [each.key for each in sentences_of_named()]
        if not set(keys) <= set(sentences):
            if not member.has_usable_password() and not member.is_k12:
                raise FieldInvalid(_("Read each sentence and tick it."), field="sentences")
            return
        accept(Actor.of_member(member, via=actor.via), member, keys, address)

    return reset_password(actor, code, password, address=address, also=say_yes)


def sentences_of_named() -> list[Sentence]:
    """What somebody is asked who was named. Where they are, nobody knows."""
    return sentences_for("administrator")


def confirm_independent(actor: Actor, member_id: int) -> Member:
    """Only who registered and waits: nobody is made an instructor by an address. Raises NotFound."""
    waiting = independent_instructors(actor).filter(member=member_id).first()
    return _confirmed(actor, waiting, None)


def confirm_of_school(actor: Actor, school_id: int, member_id: int) -> Member:
    """The same, by the school where they registered. Raises NotFound."""
    waiting = unconfirmed_instructors(actor, school_id).filter(member=member_id).select_related("school").first()
    return _confirmed(actor, waiting, waiting.school if waiting else None)


def _confirmed(actor: Actor, waiting: Registration | SchoolMembership | None, school: School | None) -> Member:
    """The duty, and the mail that says so, where there is an address."""
    if waiting is None:
        raise NotFound
    member = waiting.member
    with transaction.atomic():
        grant = give_grant(actor, member, Grant.Kind.INSTRUCTOR, school=school)
        if member.email:
            send_mail(
                "instructor_confirmed",
                address=member.email,
                recipient=member.pk,
                period=f"grant {grant.pk}",
                payload={
                    "school": school.name if school else site_facts().name,
                    "url": f"{settings.SITE_URL}/courses/",
                },
                locale=member.locale,
                cause=("consent.grant", str(grant.pk)),
            )
    return member


def _invited(actor: Actor, school: School, name: str, address: str, locale: str) -> Member:
    member = create_member(
        actor, sign_in_name=free_sign_in_name(name), name=name, email=address, locale=locale, scope=school.pk
    )
    row, code = make_code(MailedCode.Purpose.RESET_PASSWORD, address, member=member)
    MailedCode.objects.filter(pk=row.pk).update(expires_at=timezone.now() + LIFE)
    send_mail(
        "administrator_named",
        address=address,
        recipient=member.pk,
        period=f"code {row.pk}",
        payload={"school": school.name, "code": code, "code_url": f"{settings.SITE_URL}{BEGIN}#{code}"},
        locale=locale,
        cause=("accounts.mailedcode", str(row.pk)),
    )
    audit.record(actor, "administrator.invited", member, scope=school.pk, subject=member.pk)
    return member
