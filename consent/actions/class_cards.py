"""Class cards made and taken back (S1). Who may ask is decided by the actions above that know the child's course.

Invariants: a new card ends the one before it, and every session and socket with it, in the transaction that makes the
new one; what is printed is returned once and kept nowhere.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.sessions import end_all_sessions
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from accounts.models import Member
from consent.models import ClassCard, School
from consent.queries.phrases import new_phrase, plain

PIN_DIGITS = 4
MADE_ALREADY = _("Nothing was changed: cards have been made since this page was opened. Look at them first.")


@dataclass(frozen=True, slots=True)
class FreshCard:
    """What is printed, once. Not in a log: a traceback shows the name alone."""

    member: Member
    words: tuple[str, ...] = field(repr=False)
    pin: str = field(repr=False)
    secret: str = field(repr=False)  # in the picture, behind the # of its address


def issue_cards(actor: Actor, school: School, children: Iterable[Member], *, seen: int) -> list[FreshCard]:
    """A new card for each; the old ones are dead. `seen`: the newest card of these children that the page showed, so
    that a page sent twice makes no second set. Raises FieldInvalid."""
    children = sorted(children, key=lambda child: child.pk)
    ids = [child.pk for child in children]
    fresh = [_fresh(child) for child in children]
    with transaction.atomic():
        bump_access(ids, reason="class cards made")
        audit.hold(school.pk)  # the ends of sessions are the site's
        if ClassCard.objects.filter(member__in=ids, pk__gt=seen).exists():
            raise FieldInvalid(MADE_ALREADY, field="seen")
        _end_cards(actor, ids, why="card_replaced")
        ClassCard.objects.bulk_create(_row(actor, card) for card in fresh)
        for child in children:
            audit.record(actor, "class_card.made", child, scope=school.pk, subject=child.pk)
    return fresh


def revoke_card(actor: Actor, school: School, child: Member) -> None:
    """A lost card: dead at once, and whoever came in by it is out. Raises NotFound where there is none."""
    with transaction.atomic():
        bump_access([child.pk], reason="class card revoked")
        audit.hold(school.pk)
        if not _end_cards(actor, [child.pk], why="card_revoked"):
            raise NotFound
        audit.record(actor, "class_card.revoked", child, scope=school.pk, subject=child.pk)


def _end_cards(actor: Actor, member_ids: Collection[int], *, why: str) -> list[int]:
    """Whose cards have ended, with all their sessions: a card that somebody found may be in use this minute."""
    working = ClassCard.objects.filter(member__in=member_ids, state=ClassCard.State.ACTIVE)
    ended = list(working.order_by("member").values_list("member_id", flat=True))
    working.update(state=ClassCard.State.REVOKED, revoked_by=actor.member_id, revoked_at=timezone.now())
    for member_id in ended:
        end_all_sessions(actor, member_id, why=why)
    return ended


def _fresh(child: Member) -> FreshCard:
    pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
    return FreshCard(child, new_phrase(child.locale), pin, secrets.token_urlsafe(24))


def _row(actor: Actor, card: FreshCard) -> ClassCard:
    member_id = card.member.pk
    return ClassCard(
        member_id=member_id,
        phrase_hash=phrase_hash(member_id, " ".join(card.words)),
        secret_hash=secret_hash(card.secret),
        pin_hash=pin_hash(card.secret, card.pin),
        issued_by_id=actor.member_id,
    )


# What is kept of a card


def phrase_hash(member_id: int, phrase: str) -> str:
    return _hash("phrase", f"{member_id} {plain(phrase)}")


def secret_hash(secret: str) -> str:
    return _hash("secret", secret)


def pin_hash(secret: str, pin: str) -> str:
    return _hash("pin", f"{secret} {pin}")


def _hash(part: str, text: str) -> str:
    return salted_hmac(f"consent.class_card.{part}", text, algorithm="sha256").hexdigest()
