"""What a person chooses for themselves: one page, one form, kept with the member and so on every device."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.settings import change_settings
from frontend.settings_form import SettingsForm
from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
def settings(request: MemberRequest) -> HttpResponse:
    member = request.user
    form = SettingsForm(member, request.POST if request.method == "POST" else None)
    if form.is_valid():
        change_settings(request.actor, member, **form.wanted)
        with translation.override(member.locale):
            messages.success(request, _("Saved. It holds on every device."))
        return redirect("settings")
    status = 422 if form.errors else 200
    return render(request, "pages/settings/settings.html", {"form": form, "ways": ways_of(member.pk)}, status=status)
