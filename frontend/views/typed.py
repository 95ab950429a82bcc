"""What was typed into a form that came back, kept in the session: the page that says what is wrong is a page of its own
(redirect after post), so that loading it again shows the same and sends nothing.

Invariant: only the form that was sent last is kept, for the address it was sent to, and it goes when it is accepted.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.datastructures import MultiValueDict

from frontend.forms import ActionForm

KEY = "typed"
NEVER_KEPT = "csrfmiddlewaretoken"


def send_back(request: HttpRequest, field: str | None = None, text: str = "") -> HttpResponseRedirect:
    """To the same address, which shows the form again; with what the action said about a field, if it spoke."""
    values = {name: values for name, values in request.POST.lists() if name != NEVER_KEPT}
    request.session[KEY] = {"path": request.path, "values": values, "field": field, "text": text}
    return HttpResponseRedirect(request.path)


def typed(request: HttpRequest) -> MultiValueDict[str, Any] | None:
    """What was sent now, or what came back to this address; None where nothing did."""
    if request.method == "POST":
        return request.POST
    kept = _kept(request)
    return MultiValueDict(kept["values"]) if kept else None


def say_again(request: HttpRequest, form: ActionForm) -> None:
    """What the action had said; the form says the rest by itself."""
    kept = _kept(request)
    if kept and kept["text"] and form.is_valid():
        form.refuse(kept["field"], kept["text"])


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    kept: dict[str, Any] | None = request.session.get(KEY)
    return kept if kept and kept["path"] == request.path and request.method != "POST" else None
