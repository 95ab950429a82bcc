"""The page in front of the chat for whom the gate holds, and the little that it asks until the gate opens."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotFound, TooFast
from consent.actions.requests import ask_again
from consent.gate import Reason
from consent.queries.children import GatePage, gate_view
from frontend.views.admission import MemberRequest, signed_in
from frontend.views.polled import signed_out, state_answer
from rooms.models import Enrollment

PAGES = {
    Reason.ACCOUNT_CLOSED: "closed",
    Reason.ACCOUNT_DEACTIVATED: "closed",
    Reason.ACCOUNT_ERASED: "erased",
    Reason.ACCOUNT_ON_HOLD: "on_hold",
    Reason.SUSPENDED: "suspended",
    Reason.NO_AGREEMENT: "no_agreement",
    Reason.AGREEMENT_ENDED: "no_agreement",
    Reason.AGE_UNKNOWN: "waiting",
    Reason.CONSENT_WAITING: "waiting",
    Reason.CONSENT_WITHDRAWN: "withdrawn",
    Reason.CONSENT_REFUSED: "refused",
    Reason.CONSENT_DISPUTED: "disputed",
    Reason.CONSENT_EXPIRED: "expired",
    Reason.CONSENT_OUTDATED: "outdated",
}
ALMOST_NOTHING = timedelta(microseconds=1)


@require_safe
@signed_in
def gate(request: MemberRequest) -> HttpResponse:
    page = gate_page(request.user.pk)
    if page.code is None:
        return redirect("home")
    school = page.school.name if page.school else _("Your school")
    context = {"gate": page, "school": school, "ended_on": agreement_ended_on(page)}
    return render(request, f"pages/gate/{PAGES[page.code]}.html", context)


@require_safe
def gate_state(request: HttpRequest) -> HttpResponse:
    """`{open, code, version}` with an ETag: what the page asks again and again. 401 once nobody is signed in."""
    if not request.user.is_authenticated:
        return signed_out()
    page = gate_page(request.user.pk)
    return state_answer(request, {"open": page.is_open, "code": page.code, "version": page.version})


@require_POST
@signed_in
def ask_family_again(request: MemberRequest) -> HttpResponse:
    """Once a day; the page that comes back says which it was."""
    with suppress(NotFound, TooFast):
        ask_again(request.actor, request.user)
    return redirect("gate")


def gate_page(member_id: int) -> GatePage:
    """With the course that waits for this student and who teaches it."""
    enrollment = (
        Enrollment.objects.filter(member=member_id, state=Enrollment.State.ACTIVE, role=Enrollment.Role.STUDENT)
        .select_related("course")
        .order_by("course", "pk")
        .first()
    )
    if enrollment is None:
        return gate_view(member_id)
    teaches = enrollment.course.enrollments.filter(
        role=Enrollment.Role.INSTRUCTOR, state=Enrollment.State.ACTIVE
    ).select_related("member")
    first = teaches.order_by("seat").first()
    instructor = first.member.course_name if first else ""
    return gate_view(member_id, course=enrollment.course.short_title, instructor=instructor)


def agreement_ended_on(page: GatePage) -> datetime | None:
    """The last instant of an agreement that has ended: its end is the midnight after its last day."""
    if page.code != Reason.AGREEMENT_ENDED:
        return None
    at: datetime = page.decision.data["at"]  # type: ignore[union-attr]
    return at - ALMOST_NOTHING
