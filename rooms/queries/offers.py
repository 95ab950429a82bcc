"""Offers: a code or an invitation that works now, found by what was typed or by what the session remembers.

Invariant: mistyped, used up, locked, expired and revoked are one NotFound; nothing here tells them apart (words § 10).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.errors import NotFound
from rooms.models import Course, Enrollment, Invitation, JoinCode

Kind = Literal["code", "invitation"]
# No 0, O, 1, I, which look alike, and no vowels, so that no word comes out: 28⁹ are 43 bits.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"
CODE_CHARS = 9


@dataclass(frozen=True, slots=True)
class Offer:
    """`address`: the only one that may use it, for a bound invitation. `is_age_refused`: nobody may register with it
    any more, whoever has an account may still join. `is_age_doubted`: an older age is not believed (JoinCode)."""

    kind: Kind
    id: int
    course_id: int
    school_id: int | None
    role: str
    address: str | None = None
    is_age_refused: bool = False
    is_age_doubted: bool = False

    @classmethod
    def of_code(cls, code: JoinCode) -> Self:
        return cls(
            "code",
            code.pk,
            code.course_id,
            code.course.school_id,
            Enrollment.Role.STUDENT,
            is_age_refused=_same_wall(code).filter(refused_at__isnull=False).exists(),
            is_age_doubted=_same_wall(code).filter(young_unfinished__gt=0).exists(),
        )

    @classmethod
    def of_invitation(cls, invitation: Invitation) -> Self:
        return cls(
            "invitation",
            invitation.pk,
            invitation.course_id,
            invitation.course.school_id,
            invitation.role,
            address=invitation.address if invitation.is_bound else None,
            is_age_refused=invitation.refused_at is not None,
            is_age_doubted=invitation.told_young_at is not None,
        )

    @property
    def remembered(self) -> dict[str, Any]:
        """What the session keeps: which one it was, nothing secret."""
        return {"kind": self.kind, "id": self.id}


def offer_of_code(typed: str) -> Offer:
    """Spaces, hyphens and small letters make no difference. Raises NotFound."""
    return _code(code_hash=code_hash(typed))


def offer_of_invitation(token: str) -> Offer:
    """Raises NotFound."""
    return _invitation(token_hash=token_hash(token))


def offer_of(typed: str) -> Offer:
    """A code or what an invitation's mail says, whichever it is. Raises NotFound."""
    try:
        return offer_of_code(typed)
    except NotFound:
        return offer_of_invitation(typed)


def offer_again(remembered: Mapping[str, Any] | None) -> Offer:
    """The offer that a session remembers, as it is now. Raises NotFound, when it doesn't work any more, too."""
    match remembered:
        case {"kind": "code", "id": int(pk)}:
            return _code(pk=pk)
        case {"kind": "invitation", "id": int(pk)}:
            return _invitation(pk=pk)
    raise NotFound


def open_codes() -> QuerySet[JoinCode]:
    """Those that let somebody in now."""
    room_left = Q(most__isnull=True) | Q(joined_count__lt=F("most"))
    return JoinCode.objects.filter(
        room_left, locked_at__isnull=True, ended_at__isnull=True, expires_at__gt=timezone.now()
    )


def open_invitations() -> QuerySet[Invitation]:
    """Those that let somebody in now. Without its address a bound one is nobody's any more."""
    nobodys = Q(is_bound=True, address__isnull=True)
    return Invitation.objects.filter(state=Invitation.State.SENT, expires_at__gt=timezone.now()).exclude(nobodys)


def _code(**which: Any) -> Offer:
    if (code := open_codes().filter(**which).select_related("course").first()) is None:
        raise NotFound
    return Offer.of_code(code)


def _invitation(**which: Any) -> Offer:
    if (invitation := open_invitations().filter(**which).select_related("course").first()) is None:
        raise NotFound
    return Offer.of_invitation(invitation)


def _same_wall(code: JoinCode) -> QuerySet[JoinCode]:
    """What was answered with one code of a course holds for the others beside it, until that one is ended (S18)."""
    return JoinCode.objects.filter(course=code.course_id, ended_at__isnull=True)


def course_of(offer: Offer) -> Course:
    return Course.objects.select_related("school").get(pk=offer.course_id)


def code_hash(typed: str) -> str:
    """What a code is looked up by."""
    return salted_hmac("rooms.join_code", plain_code(typed), algorithm="sha256").hexdigest()


def token_hash(token: str) -> str:
    """What an invitation is looked up by."""
    return salted_hmac("rooms.invitation", plain_code(token), algorithm="sha256").hexdigest()


def address_hash(address: str) -> str:
    """What an address that is gone is known by: "do not invite me again"."""
    return salted_hmac("rooms.address", address.strip().lower(), algorithm="sha256").hexdigest()


def plain_code(typed: str) -> str:
    """Without what people put between, in capitals; never longer than what anybody would type."""
    return "".join(letter for letter in typed[:60].upper() if letter.isalnum())
