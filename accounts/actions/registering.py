"""Registering: somebody becomes a member.

Invariants: an address is a member's only when its mailbox has answered (`email_verified`, or a mailed code brought
back), so that an address that has an account and one that hasn't are asked, answered and worked for alike. Hashing
comes before the transaction.
"""

from datetime import date

from django.db import transaction

from accounts import audit
from accounts.actions.addresses import claim_address, clean_address
from accounts.actions.members import create_member
from accounts.actions.passwords import LEAST, LEAST_OF_STUDENTS, encoded_password
from accounts.actor import Actor
from accounts.models import Member, MemberState
from accounts.queries.members import free_sign_in_name


def register_member(
    actor: Actor,
    *,
    name: str,
    password: str,
    sign_in_name: str = "",
    given_name: str = "",
    course_name: str = "",
    email: str | None = None,
    email_verified: bool = False,
    locale: str = "en",
    time_zone: str = "",
    is_k12: bool = False,
    protected_until: date | None = None,
    majority_on: date | None = None,
    age_known: bool = True,
    state: MemberState = MemberState.ACTIVE,
    scope: int | str = audit.SITE,
) -> Member:
    """A member who can sign in by name, and by address once it is confirmed: an address that isn't yet is only written
    to (`claim_address`), and `member.email` stays empty. Without `sign_in_name` one is made. Raises FieldInvalid."""
    address = clean_address(email) if email else None
    encoded = encoded_password(
        password, least=LEAST_OF_STUDENTS if is_k12 else LEAST, context=(name, sign_in_name, address)
    )
    with transaction.atomic():
        member = create_member(
            actor,
            sign_in_name=sign_in_name or free_sign_in_name(name),
            name=name,
            given_name=given_name,
            course_name=course_name,
            email=address if email_verified else None,
            email_verified=email_verified,
            encoded_password=encoded,
            state=state,
            protected_until=protected_until,
            majority_on=majority_on,
            age_known=age_known,
            is_k12=is_k12,
            locale=locale,
            time_zone=time_zone,
            scope=scope,
        )
        if address and not email_verified:
            claim_address(member, address)
    return member
