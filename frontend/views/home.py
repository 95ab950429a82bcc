"""`/`: everybody is taken to where their day begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from consent.gate import Deny
from consent.models import School
from consent.queries.facts import decisions_of
from consent.queries.schools import schools_to_confirm
from frontend.views.admission import MemberRequest, admitted
from frontend.views.polled import signed_out, state_answer
from frontend.ways import ways_of
from rooms.queries.courses import course_places, posts_of


@require_safe
@admitted
def home(request: MemberRequest) -> HttpResponse:
    ways = ways_of(request.user.pk)
    if ways:
        return redirect(ways[0].url)
    school, posts = waits_for(request.user.pk), posts_of(request.user.pk)
    context = {
        "waits_for": school,
        "version": version_of(school),
        "waits_for_operator": any(post.school is None and not post.is_confirmed for post in posts),
        "may_start": bool(posts),
        "has_records": bool(course_places(request.user.pk)),
    }
    return render(request, "pages/home/nothing_open.html", context)


@require_safe
def home_state(request: HttpRequest) -> HttpResponse:
    """`{open, version}`. Open: `/` has another page for this person now, the gate's among them."""
    if not request.user.is_authenticated:
        return signed_out()
    member = request.user.pk
    is_held = isinstance(decisions_of([member])[member], Deny)
    is_open = is_held or bool(ways_of(member))
    return state_answer(request, {"open": is_open, "version": version_of(waits_for(member))})


def waits_for(member_id: int) -> School | None:
    """The school that has to confirm whoever registered as an instructor."""
    return schools_to_confirm(member_id).first()


def version_of(school: School | None) -> str:
    """Moves with what the page says."""
    return str(school.pk) if school else ""
