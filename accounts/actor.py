"""Actor: who asks, from where. The first argument of every action; the audit entry is written from it.

Invariant: an actor is made at a border (middleware, socket, command), never inside the domain; `is_system` alone stands
above permissions, and no request of a person ever becomes one.
"""

from dataclasses import dataclass
from typing import Literal, Self

from accounts.models import Member

Via = Literal["web", "socket", "api", "mail", "command", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`session_id` is the public id of the session; `reason` is why staff or the product itself acts."""

    member_id: int | None
    session_id: str | None = None
    via: Via = "web"
    reason: str = ""

    @classmethod
    def system(cls, reason: str) -> Self:
        """The product itself, for a named reason: `Actor.system("digest")`."""
        return cls(member_id=None, via="system", reason=reason)

    @classmethod
    def command(cls, reason: str) -> Self:
        """The operator at the machine, through a command."""
        return cls(member_id=None, via="command", reason=reason)

    @classmethod
    def of_member(
        cls, member: Member | int, *, session_id: str | None = None, via: Via = "web", reason: str = ""
    ) -> Self:
        member_id = member if isinstance(member, int) else member.pk
        return cls(member_id=member_id, session_id=session_id, via=via, reason=reason)

    @classmethod
    def anonymous(cls, *, via: Via = "web") -> Self:
        """Somebody who isn't signed in: may do only what is open to anybody."""
        return cls(member_id=None, via=via)

    @property
    def is_system(self) -> bool:
        return self.member_id is None and self.via in ("system", "command")
