"""The cookie page lists every cookie that any page of the site sets (S6): a walk over all addresses tells."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import SimpleCookie
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Member
from accounts.models.sessions import SHARED_SECONDS, UNKEPT_SECONDS
from consent.actions.policies import enter_policies
from frontend.views.cookies import every_cookie
from tests.cast import PASSWORD, browser_of, confirmed_browser_of

PUBLIC = ("/help/", "/cookies/", "/policy/", "/policy/privacy/", "/policy/privacy/changes/")
LISTED = {cookie.name for cookie in every_cookie()}


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from routes(each, route)


def every_address() -> list[str]:
    """Each address of the site that names nothing in particular; a number where one is asked for."""
    filled = (route.replace("<int:", "<").split("<") for route in routes(get_resolver()))
    return ["/" + "1".join(part.partition(">")[2] if at else part for at, part in enumerate(parts)) for parts in filled]


def set_by(client: Client, address: str) -> SimpleCookie:
    client.cookies.clear() if address.startswith("/sign-in/") else None
    return client.get(address).cookies


@pytest.mark.row("S6")
def test_a_walk_over_the_whole_site_meets_no_cookie_that_isnt_listed(stranger: Member, school_admin: Member) -> None:
    assert len(every_address()) > 30
    people = (Client, lambda: browser_of(stranger), lambda: confirmed_browser_of(school_admin))
    met = {name for person in people for address in every_address() for name in set_by(person(), address)}
    assert met <= LISTED
    assert settings.CSRF_COOKIE_NAME in met


@pytest.mark.row("S6")
def test_every_cookie_that_is_listed_is_really_set(stranger: Member) -> None:
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"login": stranger.sign_in_name, "password": PASSWORD})
    client.post("/sign-out/")
    assert set(client.cookies) == LISTED


@pytest.mark.row("S6")
@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_set_none(client: Client, db: None, address: str) -> None:
    enter_policies()
    page = client.get(address)
    assert (page.status_code, page.cookies) == (200, {})


@pytest.mark.parametrize(
    ("wish", "max_age"), [({}, ""), ({"remember": "on"}, 30 * 24 * 3600), ({"remember": "on", "shared": "on"}, "")]
)
def test_the_page_says_how_long_they_stay(
    client: Client, stranger: Member, wish: dict[str, str], max_age: object
) -> None:
    client.post("/sign-in/", {"login": stranger.sign_in_name, "password": PASSWORD} | wish)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (max_age, True, "Lax")
    assert "30 days with “Keep me signed in”" in client.get("/cookies/").text
    assert (SHARED_SECONDS, UNKEPT_SECONDS) == (4 * 3600, 24 * 3600)
