"""`/dev/mail/`: every mail that has left, in a demo, for those who build, and where mail stays on this machine. Its
routes exist there and nowhere else.

Invariant: the HTML of a mail is a document of its own, in a sandbox that runs no script and fetches nothing: it is what
others wrote, and none of our pages.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.mail.mailbox import kept_mail, kept_mails

TOP = '<base target="_top">'  # a link of the mail leaves the frame


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "").strip()
    return render(request, "pages/mailbox/mailbox.html", {"mails": kept_mails(to), "to": to})


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "pages/mailbox/mail.html", {"mail": kept_mail(name)})


@require_safe
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(kept_mail(name).html.replace("<head>", f"<head>{TOP}", 1))
