"""Registering as Instructor or Parent (S1, S2): asked for by anybody, completed by whoever reads the mailbox.

Invariants: nothing is made of what was typed until the address has answered; an address that has an account gets the
same answer after the same work, and its owner a mail; registering gives no right: an instructor is unconfirmed until
the school, or the operator, says so.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from django.contrib.auth.hashers import check_password as check_hashed
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.addresses import ask_mailbox, clean_address
from accounts.actions.attempts import Limit, count_try, network_of
from accounts.actions.mailed_codes import WRONG, make_code, use_code
from accounts.actions.members import check_name, create_member
from accounts.actions.passwords import MOST, check_password, encoded_password
from accounts.actions.profiles import check_field, keep_field
from accounts.actions.sessions import address_prefix
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import MailedCode, Member, ProfileField
from accounts.queries.members import free_sign_in_name
from consent.actions.acceptances import accept_read
from consent.models import Registration, School, SchoolMembership
from consent.models.schools import Source
from consent.queries.sentences import Read, sentences_for

Kind = Registration.Kind
OF_WORK = (ProfileField.Field.EMPLOYER, ProfileField.Field.FIELD_OF_WORK)
NOTHING_MORE: Mapping[str, str] = {}
REGISTERS = Limit("register", 5, timedelta(hours=1))  # of one address of email
# A parents' evening at school is one address.
REGISTERS_FROM = Limit("register_from", 200, timedelta(hours=1), most_listed=600)
PASSWORDS = Limit("register_password", 5, timedelta(minutes=15))  # of one code
RESENDS = Limit("register_again", 5, timedelta(hours=1))


class Typed(TypedDict):
    """What somebody typed to register, as it waits for the mailbox. `reads`: key, version, digest of each text."""

    kind: str
    school: int | None
    name: str
    password: str  # hashed
    locale: str
    reads: list[tuple[str, str, str]]
    profile: NotRequired[dict[str, str]]  # of an instructor
    at: str
    prefix: str


def ask_to_register(
    actor: Actor,
    kind: str,
    *,
    name: str,
    email: str,
    password: str,
    sentences: Collection[str],
    address: str,
    school: School | None = None,
    profile: Mapping[str, str] = NOTHING_MORE,
    locale: str = "en",
    unasked_count: int = 0,
) -> MailedCode:
    """Mail a code to the address; with it the registration is completed. `school`: the one that is to confirm an
    instructor. `profile`: the employer and field of work that an instructor may give. `address`: of the network.
    `unasked_count`: how many fields were posted that nobody asked for; they are dropped, and this is the note of it.
    Raises FieldInvalid, TooManyTries."""
    if kind not in (Kind.INSTRUCTOR, Kind.PARENT):
        raise FieldInvalid(_("Choose as what you register."), field="kind")
    name, email = " ".join(name.split(" ")).strip(), clean_address(email)
    check_name(name)
    check_password(password, context=(name, email))
    reads, profile = _said(kind, school, sentences), _about_work(kind, profile)
    count_try({REGISTERS: email, REGISTERS_FROM: network_of(address)})
    typed = Typed(
        kind=kind,
        school=school.pk if school and kind == Kind.INSTRUCTOR else None,
        name=name,
        password=encoded_password(password, context=(name, email)),
        locale=locale,
        reads=reads,
        profile=profile,
        at=timezone.now().isoformat(),
        prefix=address_prefix(address),
    )
    with transaction.atomic():
        row, code = make_code(MailedCode.Purpose.REGISTER, email, details=dict(typed))
        audit.record(actor, "registration.asked", row, kind=kind, unasked_count=unasked_count)
        ask_mailbox(row, code, locale=locale)
    return row


def send_again(actor: Actor, email: str, *, address: str, mine: Collection[int] = ()) -> MailedCode | None:
    """Another mail, where somebody registers with the address; where nobody does, the same answer and no mail. `mine`:
    the rows of this browser; another's, with another password, is sent again only where there is none of them. Raises
    FieldInvalid, TooManyTries."""
    email = clean_address(email)
    count_try({RESENDS: email, REGISTERS_FROM: network_of(address)})
    waiting = MailedCode.objects.filter(
        purpose=MailedCode.Purpose.REGISTER, address=email, used_at__isnull=True, expires_at__gt=timezone.now()
    )
    newest = waiting.filter(pk__in=mine).order_by("-pk").first() or waiting.order_by("-pk").first()
    if newest is None:
        return None
    with transaction.atomic():
        row, code = make_code(MailedCode.Purpose.REGISTER, email, details=newest.details)
        audit.record(actor, "registration.asked_again", row)
        ask_mailbox(row, code, locale=newest.details["locale"])
    return row


def check_is_theirs(row: MailedCode, password: str) -> None:
    """Whoever reads a mailbox may not be who registered with it: from another browser the password that was chosen is
    asked too, or an account would be opened for somebody who knows its password. Raises FieldInvalid, TooManyTries."""
    if not password:
        raise FieldInvalid(_("Type the password you chose when you registered."), field="password")
    tries = count_try({PASSWORDS: f"code {row.pk}"})
    if len(password) > MOST or not check_hashed(password, row.details["password"]):
        raise FieldInvalid(
            _("This isn't the password that was chosen. If you didn't register, do nothing: the code runs out."),
            field="password",
        )
    tries.forgive(PASSWORDS)


def complete_registration(actor: Actor, row: MailedCode) -> Member:
    """The mailbox has answered: somebody is a member. Raises FieldInvalid where the code was used, or the address is
    another's by now."""
    typed: Typed = row.details
    try:
        with transaction.atomic():
            use_code(row)
            school = School.objects.get(pk=typed["school"]) if typed["school"] else None
            if school is not None:
                audit.hold(school.pk)
            member = _enter(actor, row.address, typed)
            self = Actor.of_member(member, session_id=actor.session_id, via=actor.via)
            register_as(self, member, typed["kind"], school=school)
            at = datetime.fromisoformat(typed["at"])
            accept_read(self, member, [Read(*read) for read in typed["reads"]], prefix=typed["prefix"], at=at)
            for field, value in typed.get("profile", {}).items():
                keep_field(self, member, field, value)
    except (FieldInvalid, IntegrityError) as taken:
        raise FieldInvalid(WRONG, field="code") from taken
    return member


def register_as(actor: Actor, member: Member, kind: str, *, school: School | None = None) -> Registration:
    """A member is an instructor or a parent as well; twice is once. An instructor stands on the school's list from now
    on, unconfirmed. Raises NotAllowed: for others, and for a student of a school."""
    if actor.member_id != member.pk or (kind != Kind.STUDENT and member.is_k12):
        raise NotAllowed
    with transaction.atomic():
        bump_access([member.pk], reason="registered")
        row, is_new = Registration.objects.get_or_create(
            member=member, kind=kind, defaults={"school": school, "at": timezone.now()}
        )
        if is_new:
            audit.record(actor, "registration.completed", row, subject=member.pk, kind=kind)
        if school is not None and kind == Kind.INSTRUCTOR:
            _onto_the_list(actor, member, school)
    return row


def _said(kind: str, school: School | None, sentences: Collection[str]) -> list[tuple[str, str, str]]:
    """What is read with every sentence that is asked for; each has to be ticked by itself."""
    asked = sentences_for(kind, country=school.country if school else None)
    if any(each.key not in sentences for each in asked):
        raise FieldInvalid(_("Read each sentence and tick it; without them nobody can be a member."), field="sentences")
    return [(read.key, read.version, read.digest) for each in asked for read in each.reads]


def _about_work(kind: str, profile: Mapping[str, str]) -> dict[str, str]:
    """Of an instructor alone, and nothing but these two; each may stay empty."""
    asked = OF_WORK if kind == Kind.INSTRUCTOR else ()
    said = {str(field): " ".join(filter(None, profile.get(field, "").split(" "))) for field in asked}
    for field, value in said.items():
        check_field(field, value)
    return {field: value for field, value in said.items() if value}


def _enter(actor: Actor, email: str, typed: Typed) -> Member:
    return create_member(
        actor,
        sign_in_name=free_sign_in_name(typed["name"]),
        name=typed["name"],
        email=email,
        email_verified=True,
        encoded_password=typed["password"],
        locale=typed["locale"],
    )


def _onto_the_list(actor: Actor, member: Member, school: School) -> None:
    """Of who says so; a grant alone confirms it."""
    membership, is_new = SchoolMembership.objects.get_or_create(
        member=member,
        school=school,
        kind=SchoolMembership.Kind.INSTRUCTOR,
        ends_at=None,
        defaults={"starts_at": timezone.now(), "source": Source.MEMBER},
    )
    if is_new:
        audit.record(actor, "school.joined", membership, scope=school.pk, subject=member.pk, kind=membership.kind)
