"""Signing in by a class card: name and phrase, or the picture and its PIN (S1).

Invariants: wrong tries are rows, counted per card, device and address before they are looked at; a name that has no
card and words that are wrong get one answer after the same work; a class behind one address signs in freely, because
what was right isn't counted. A new card begins with no tries, so a child who is locked out is helped in ten seconds.
"""

import unicodedata
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.actions.attempts import Limit, Tries, count_try, network_of
from accounts.errors import FieldInvalid
from accounts.models import Member
from consent.actions.class_cards import phrase_hash, pin_hash, secret_hash
from consent.models import ClassCard

PER_CARD = Limit("card", 10, timedelta(minutes=15))  # and address: nobody elsewhere locks a child out
PER_CARD_A_DAY = Limit("card_a_day", 100, timedelta(days=1))  # from everywhere: 13 billion phrases outlast it
PER_PIN = Limit("card_pin", 5, timedelta(minutes=15))
PER_PIN_A_DAY = Limit("card_pin_a_day", 20, timedelta(days=1))
PER_DEVICE = Limit("card_device", 15, timedelta(minutes=15))
PER_ADDRESS = Limit("card_address", 600, timedelta(hours=1), most_listed=2000)  # a whole school has one
LONGEST = 200  # characters

WRONG_WORDS = _(
    "That isn't right yet. Look at your card: first your sign-in name, then the three words. "
    "If your card is an old one, ask your teacher for the new one."
)
WRONG_PIN = _("That PIN isn't right yet. Try again, or ask your teacher.")
DEAD_CARD = _("This card doesn't work any more. Ask your teacher for your new one.")
CLOSED = _("This account is closed. If that surprises you, ask your school.")


def member_by_phrase(name: str, phrase: str, *, device: str, address: str) -> Member:
    """Whose card it is. `device` names the browser, for counting. Raises FieldInvalid, TooManyTries."""
    typed = sign_in_name(name)
    card = _working().filter(member__sign_in_name=typed).first()
    whose = f"card {card.pk}" if card else f"name {typed}"
    tries = _count(whose, device, address, per=PER_CARD, a_day=PER_CARD_A_DAY)
    expected = card.phrase_hash if card else ""
    is_right = constant_time_compare(phrase_hash(card.member_id if card else 0, phrase[:LONGEST]), expected)
    if card is None or not is_right:
        raise FieldInvalid(WRONG_WORDS, field="phrase")
    return _let_in(card, tries, PER_CARD)


def member_by_picture(secret: str, pin: str, *, device: str, address: str) -> Member:
    """Whose card it is, for who has the picture and knows the PIN. Raises FieldInvalid, TooManyTries."""
    secret = secret[:LONGEST]
    card = _working().filter(secret_hash=secret_hash(secret)).first()
    whose = f"card {card.pk}" if card else f"no card at {device}"
    tries = _count(whose, device, address, per=PER_PIN, a_day=PER_PIN_A_DAY)
    if card is None:
        raise FieldInvalid(DEAD_CARD, field="secret")
    if not constant_time_compare(pin_hash(secret, "".join(pin[:LONGEST].split())), card.pin_hash):
        raise FieldInvalid(WRONG_PIN, field="pin")
    return _let_in(card, tries, PER_PIN)


def sign_in_name(typed: str) -> str:
    """As a child types it: capitals, accents and spaces don't matter."""
    apart = unicodedata.normalize("NFKD", typed[:LONGEST].casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter) and not letter.isspace())


def _working() -> QuerySet[ClassCard]:
    return ClassCard.objects.filter(state=ClassCard.State.ACTIVE).select_related("member")


def _count(whose: str, device: str, address: str, *, per: Limit, a_day: Limit) -> Tries:
    network = network_of(address)
    counted = {per: f"{whose} from {network}", a_day: whose, PER_DEVICE: f"{device} at {network}", PER_ADDRESS: network}
    return count_try(counted)


def _let_in(card: ClassCard, tries: Tries, limit: Limit) -> Member:
    tries.forgive(limit)
    if not card.member.is_active:  # said only to whom has the card
        raise FieldInvalid(CLOSED, field="phrase")
    return card.member
