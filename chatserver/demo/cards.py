"""Look around as: the demo's people on the sign-in page, and the way in as one of them without a password.

The address exists with CHATSERVER_DEMO alone, and works only in a database that the demo filled.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.actions.sessions import start_session
from accounts.models import Member
from chatserver.demo.people import CARDS, PEOPLE
from frontend.views.auth import DemoCard


def is_demo() -> bool:
    return bool(settings.DEMO) and (settings.VAR / "demo.json").exists()


def cards() -> list[DemoCard]:
    if not is_demo():
        return []
    names = {PEOPLE[card.who].sign_in_name: card for card in CARDS}
    ids = dict(Member.objects.filter(sign_in_name__in=names).values_list("sign_in_name", "pk"))
    return [
        DemoCard(PEOPLE[card.who].shown_name, gettext(card.caption), ids[name], reverse("demo_enter", args=[name]))
        for name, card in names.items()
        if name in ids
    ]


@require_POST
def enter(request: HttpRequest, name: str) -> HttpResponse:
    """Sign in as one of the cards' people."""
    is_card = name in {PEOPLE[card.who].sign_in_name for card in CARDS}
    member = Member.objects.filter(sign_in_name=name).first()
    if not is_demo() or not is_card or member is None:
        raise Http404
    start_session(request, member)
    return redirect("home")
