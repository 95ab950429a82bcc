"""Signing in and out. allauth holds the rules; these are its pages in our words, and no route of its own is open."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage
from allauth.account.views import LoginView, LogoutView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from accounts.models.sessions import SHARED
from accounts.queries.sessions import sessions_of
from frontend.views.languages import remember_language
from rooms.actions.drafts import forget_own_drafts


class DemoCard(NamedTuple):
    """One person of the demo school whom a visitor may be: a POST to `url` signs in as them."""

    name: str
    note: str
    number: int
    url: str


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")  # Django takes a PUT for a POST
class SignIn(LoginView):  # type: ignore[misc]
    template_name = "pages/sign_in/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Not allauth's own context: it names pages that don't exist here."""
        context: dict[str, Any] = super(LoginView, self).get_context_data(**kwargs)
        return context | {"demo_cards": demo_cards()}

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        """Whoever comes back from the second step signs in anew: as somebody else, on a device that many use."""
        clear_login(request)


class SignOut(LogoutView):  # type: ignore[misc]
    """POST only: no link and no image elsewhere signs anybody out. The browser forgets drafts, whatever runs; the
    server does when it was the member's last session: from another device what was begun can still be sent."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        locale, is_shared = getattr(request.user, "locale", None), request.session.get(SHARED, False)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if actor.member_id is not None and not sessions_of(actor.member_id):
            forget_own_drafts(actor)  # afterwards: the session can't save another one any more
        leave_browser(response, locale, is_shared=is_shared)
        return response


def leave_browser(response: HttpResponse, locale: str | None, *, is_shared: bool) -> None:
    """The browser forgets what it kept of somebody, but for the language, and on a shared device that too."""
    if not is_shared:
        response.headers["Clear-Site-Data"] = '"storage"'
        if locale is not None:
            remember_language(response, locale)
        return
    # Not "cookies": browsers empty the whole domain then, a school's other sites among them.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    for name in (settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        response.delete_cookie(name, samesite="Lax")


def demo_cards() -> Sequence[DemoCard]:
    """The demo school's people to look around as; `settings.DEMO_CARDS` names the function where there is a demo."""
    source: str = getattr(settings, "DEMO_CARDS", "")
    cards: Sequence[DemoCard] = import_string(source)() if source else ()
    return cards
