"""Where "No more of these mails" leads. Opening it changes nothing: scanners open every link of a mail. A POST does,
without cookie and without signing in, since mail programs send it by themselves (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.actions.mail_stops import resume_mail, stop_mail
from accounts.actor import Actor
from accounts.mail.stops import stop_of
from frontend.views.languages import in_asked_language


@csrf_exempt  # the token in the address is what only the recipient has
@require_http_methods(["GET", "HEAD", "POST"])
@in_asked_language
def mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    stop = stop_of(token)
    wanted = request.method == "POST" and request.POST.get("wanted")
    if request.method == "POST":
        (resume_mail if wanted else stop_mail)(Actor.anonymous(via="mail"), stop)
    state = "asked" if request.method != "POST" else "resumed" if wanted else "stopped"
    return render(request, "pages/mail_stop/mail_stop.html", {"state": state, "mail_class": stop.mail_class.value})
