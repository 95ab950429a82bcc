"""Help now: numbers to call, and the school's office. For everybody, signed in or not, without a cookie."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consent.models import School, SchoolMembership
from frontend.help_lines import COUNTRIES, DEFAULT_COUNTRY, ELSEWHERE, lines_of
from frontend.templatetags.local_time import written
from frontend.views.languages import in_asked_language


@require_safe
@in_asked_language
def help_now(request: HttpRequest) -> HttpResponse:
    school = school_of(request)
    country = lines_of(school.country if school else DEFAULT_COUNTRY)
    others = [other for other in (*COUNTRIES.values(), ELSEWHERE) if other != country]
    context = {"country": country, "others": others, "school": school, "school_hours": school and hours_of(school)}
    return render(request, "pages/help/help_now.html", context)


def school_of(request: HttpRequest) -> School | None:
    """The school a signed-in person belongs to now. Held at the gate or not: help is for everybody."""
    if not request.user.is_authenticated:
        return None
    memberships = SchoolMembership.objects.filter(member=request.user.pk, ends_at__isnull=True)
    membership = memberships.select_related("school").order_by("pk").first()
    return membership.school if membership else None


def hours_of(school: School) -> str:
    hours = {"from": written(school.day_starts_at, "clock"), "until": written(school.day_ends_at, "clock")}
    return _("Monday to Friday, %(from)s to %(until)s") % hours
