"""How to spot a fake: what we never ask for, and what to do. Linked in every mail; for everybody, without a cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from frontend.views.help_now import school_of
from frontend.views.languages import in_asked_language

SIGNS = (
    (_("It asks for a password, an account ID, or a card or ID number."), _("We never do, for no reason at all.")),
    (_("It is in a hurry."), _("“Your account is closed today” is what somebody writes who wants you not to think.")),
    (_("Its link leads elsewhere."), _("Look at the address before you tap it: it has to begin with the one below.")),
    (_("It has a file that you didn't expect."), _("Our mails have no attachments.")),
    (_("It calls."), _("We don't call, and we send no text messages.")),
)


@require_safe
@in_asked_language
def phishing(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "pages/help/phishing.html",
        {"signs": SIGNS, "school": school_of(request), "site_url": settings.SITE_URL},
    )
