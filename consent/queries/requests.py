"""Reading requests to parents: the one behind a mail's code, and what the notice says of it (S18, S20).

Invariant: a request is found only while it waits; one that is answered, over or not there is one answer.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.timezone import localdate

from accounts.errors import NotFound
from accounts.models import Member, MemberState
from consent.models import ConsentRequest, School, SchoolMembership
from consent.queries.schools import school_of


@dataclass(frozen=True, slots=True)
class Notice:
    """What a parent reads before answering. `until`: the last day, by the school's clock."""

    request: ConsentRequest
    child: Member
    school: School
    until: date

    @property
    def is_stub(self) -> bool:
        """Nothing but the stub is kept yet, and a no deletes it."""
        return self.child.state == MemberState.AWAITING_CONSENT


def waiting_request(pk: int | None) -> ConsentRequest:
    """Raises NotFound."""
    waiting = ConsentRequest.objects.filter(state=ConsentRequest.State.WAITING, expires_at__gt=timezone.now())
    if (request := waiting.select_related("child").filter(pk=pk or 0).first()) is None:
        raise NotFound
    return request


def request_of_code(key: str) -> ConsentRequest:
    """`key`: the keyed hash of what was typed. Raises NotFound."""
    waiting = ConsentRequest.objects.filter(state=ConsentRequest.State.WAITING, expires_at__gt=timezone.now())
    if (request := waiting.filter(codes__key=key).first()) is None:
        raise NotFound
    return request


def notice_of(pk: int | None) -> Notice:
    """Raises NotFound, also where the child has left the school."""
    request = waiting_request(pk)
    school = school_of(request.child_id)
    if school is None:
        raise NotFound
    return Notice(request, request.child, school, last_day(request, school))


def last_day(request: ConsentRequest, school: School) -> date:
    return localdate(request.expires_at, ZoneInfo(school.time_zone))


def erased_since(school: School, since: datetime) -> dict[str, int]:
    """state of the request → of how many children the details were deleted: `expired` without an answer, `answered` by
    a no. Nobody can be named any more."""
    studied = SchoolMembership.objects.filter(school=school, kind=SchoolMembership.Kind.STUDENT).values("member")
    rows = ConsentRequest.objects.filter(erased_at__gte=since, child__in=studied)
    children: dict[str, set[int]] = {}
    for child, state in rows.values_list("child", "state"):
        children.setdefault(state, set()).add(child)
    return {state: len(found) for state, found in children.items()}
