"""Every mail that the product sends: its name, its class, and what its template is given.

Invariant: the class decides who may get a mail, whether it can be unsubscribed, and what becomes of one of which nobody
knows whether it has left. There is no promotional kind: the class is here so that the door can refuse it (S25).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class MailClass(StrEnum):
    ACCOUNT = "account"  # about signing in; whoever has an account can't do without
    COURSE = "course"
    INVITATION = "invitation"
    PROMOTION = "promotion"

    @property
    def can_be_stopped(self) -> bool:
        return self is not MailClass.ACCOUNT


@dataclass(frozen=True, slots=True)
class Kind:
    """`payload` names what the template needs, all of it text. `is_warning`: somebody has to hear it, so it is sent
    again (with the same Message-ID) when nobody knows whether it has left; a code can be asked for again."""

    name: str
    mail_class: MailClass
    payload: frozenset[str]
    is_warning: bool = False

    @property
    def template(self) -> str:
        return f"email/{self.name}.txt"

    @property
    def stop_url(self) -> str | None:
        """The key of the payload that holds the cause's own way to unsubscribe."""
        return "stop_url" if "stop_url" in self.payload else None


SEVERAL_LINES = frozenset({"text"})  # of a payload; everything else is one line

KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    if KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"There is a mail of the kind {kind.name} already.")
    return kind


def kind_named(name: str) -> Kind:
    if name not in KINDS:
        raise ValueError(f"There is no mail of the kind {name!r}: accounts/mail/kinds.py declares them.")
    return KINDS[name]


def _declare(name: str, mail_class: MailClass, payload: Iterable[str] = (), *, is_warning: bool = False) -> None:
    declare(Kind(name, mail_class, frozenset(payload), is_warning))


_declare("verify_address", MailClass.ACCOUNT, ("code_url", "code"))
_declare("address_known", MailClass.ACCOUNT, ("sign_in_url", "reset_url"))
_declare("reset_password", MailClass.ACCOUNT, ("code_url", "code"))
_declare("password_changed", MailClass.ACCOUNT, is_warning=True)
_declare("address_changed", MailClass.ACCOUNT, is_warning=True)
_declare("second_step_changed", MailClass.ACCOUNT, ("what",), is_warning=True)
_declare("instructor_confirmed", MailClass.ACCOUNT, ("school", "url"))
_declare("administrator_named", MailClass.ACCOUNT, ("school", "code_url", "code"))
_declare("consent_request", MailClass.ACCOUNT, ("school", "child", "until", "code_url", "code"))
_declare("child_left", MailClass.ACCOUNT, ("child", "until", "url"))
_declare("test", MailClass.ACCOUNT, ("site",))
_declare("course_notice", MailClass.COURSE, ("course", "text", "url"))
_declare("invitation", MailClass.INVITATION, ("course", "inviter", "text", "url", "code", "stop_url"))
