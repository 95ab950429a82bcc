"""ActorMiddleware: every request carries who asks, for the actions."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from accounts.actions.sessions import end_reused, see_session
from accounts.actor import Actor
from accounts.models import SessionStore


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            see_session(request)
        else:
            end_reused(request)
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    if not request.user.is_authenticated:
        return Actor.anonymous()
    store = request.session
    row = store.row if isinstance(store, SessionStore) else None
    return Actor.of_member(request.user.pk, session_id=str(row.public_id) if row is not None else None)
