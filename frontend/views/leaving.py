"""Leaving by oneself (S5): said plainly, typed to be sure, and taken back by signing in within 30 days."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.leaving import DAYS_TO_COME_BACK
from accounts.actions.sessions import sign_out
from accounts.errors import FieldInvalid
from accounts.models.sessions import SHARED
from consent.queries.duties import held_alone
from frontend.profile_forms import LeaveForm
from frontend.views.admission import MemberRequest, admitted
from frontend.views.auth import leave_browser
from frontend.views.confirming import recently_confirmed
from frontend.views.profile import is_young
from frontend.ways import ways_of
from rooms.actions.drafts import forget_own_drafts
from rooms.actions.leaving import courses_led_alone
from rooms.actions.leaving import leave as leave_account


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@recently_confirmed
def leave(request: MemberRequest) -> HttpResponse:
    member = request.user
    form = LeaveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            leave_account(request.actor, member, typed=form.cleaned_data["typed"])
        except FieldInvalid as refused:
            form.refuse(refused.field, refused.text)
        else:
            return _gone(request)
    context = {
        "form": form,
        "is_young": is_young(member),
        "led_alone": courses_led_alone(member),
        "held_alone": held_alone(member.pk),
        "days": DAYS_TO_COME_BACK,
        "ways": ways_of(member.pk),
    }
    return render(request, "pages/profile/leave.html", context, status=422 if form.errors else 200)


def _gone(request: MemberRequest) -> HttpResponse:
    actor, locale, is_shared = request.actor, request.user.locale, request.session.get(SHARED, False)
    sign_out(request)
    forget_own_drafts(actor)
    said = _("You have left, and are signed out everywhere. To come back, sign in within %(n)d days.")
    messages.success(request, said % {"n": DAYS_TO_COME_BACK})
    response = HttpResponseRedirect(reverse("sign_in"))
    leave_browser(response, locale, is_shared=is_shared)
    return response
