"""A lost device: the office of a school takes the second step away from one of its people, with a reason on record."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.errors import FieldInvalid
from accounts.models import Member
from accounts.queries.two_factor import second_step_of
from consent.actions.two_factor import LONGEST, require_may_reset, reset_two_factor
from consent.models import School
from consent.queries.schools import administered_school
from frontend.forms import ActionForm, text_input
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.ways import ways_of


class ResetForm(ActionForm):
    reason = forms.CharField(
        label=gettext_lazy("How you know that it is them"),
        help_text=gettext_lazy("For example: stood in front of me. It stays on record."),
        max_length=LONGEST,
        widget=text_input(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@recently_confirmed
def reset(request: MemberRequest, school_id: int, member_id: int) -> HttpResponse:
    """Not found: whoever isn't of the school, another administrator, oneself."""
    school = administered_school(request.actor, school_id)
    member = get_object_or_404(Member, pk=member_id)
    require_may_reset(request.actor, member, school)
    form = ResetForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_reset(request, member, school, form):
        messages.success(
            request, _("The second step of %(name)s is gone, and every place is signed out.") % {"name": member.name}
        )
        return redirect("reset_two_factor", school.pk, member.pk)
    context = {
        "school": school,
        "member": member,
        "step": second_step_of(member.pk),
        "form": form,
        "ways": ways_of(request.user.pk),
    }
    return render(request, "pages/school/two_factor.html", context, status=422 if form.errors else 200)


def _is_reset(request: MemberRequest, member: Member, school: School, form: ResetForm) -> bool:
    try:
        reset_two_factor(request.actor, member, reason=form.cleaned_data["reason"], school=school)
    except FieldInvalid as refused:
        form.refuse(refused.field, refused.text)
        return False
    return True
