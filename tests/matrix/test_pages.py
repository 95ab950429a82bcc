"""Every address and method, asked by everybody: served is exactly who the table names, and nobody is shown a word that
isn't for them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.matrix.policy import EVERYBODY, PAGES, WORDS
from tests.matrix.world import NOBODY, World, made

METHODS = ("GET", "POST", "PUT", "DELETE")
DOORS = {"sign_in": ("sign_in", "sign_out"), "gate": ("gate", "gate_ask_again")}  # and whose answer leads there
FEW = 9
OF_EACH_KIND = {"anonymous", "student", "child", "waiting", "instructor", "parent", "admin", "operator"}
IDENTIFYING = ("full name", "address", "sign-in name")


def routes(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield pattern


@pytest.fixture
def world(transactional_db: None) -> World:
    return made()


def address_of(route: URLPattern, world: World) -> str:
    ids = {**world.ids, **world.ids.get(str(route.name), {})}
    return reverse(str(route.name), kwargs={name: ids[name] for name in route.pattern.converters})


def asked(client: Client, method: str, address: str, form: dict[str, Any] | None = None) -> HttpResponse:
    """Whatever it changes is taken back, cookies too: everybody finds the same world."""
    fresh = Client()
    fresh.cookies.load(client.cookies.output(header="", sep=";"))
    with transaction.atomic():
        response: HttpResponse = getattr(fresh, method.lower())(address, form)
        transaction.set_rollback(True)
    return response


def is_served(response: HttpResponse, route: str) -> bool:
    """Sent to the door is refused, unless the door was what one asked for."""
    if response.status_code in (301, 302, 303):
        doors = {reverse(door) for door, routes_to_it in DOORS.items() if route not in routes_to_it}
        return re.sub(r"[?#].*", "", response.headers["Location"]) not in doors
    return response.status_code not in (401, 403, 404, 405)


def test_every_address_has_its_row_in_the_table() -> None:
    assert {str(route.name) for route in routes()} == {route for route, _ in PAGES}


def test_everybody_of_the_world_stands_in_the_table(world: World) -> None:
    assert world.people.keys() == EVERYBODY
    assert {name for name in world.canary.names.values() if not name.endswith(IDENTIFYING)} == WORDS.keys()


@pytest.mark.row("S1", "S8", "S18", "S22")
@pytest.mark.timeout(180)
def test_served_is_exactly_who_the_table_names(world: World) -> None:
    wrong, leaks = [], []
    for route, method, name in cells(world):
        form = world.forms.get(str(route.name), {}) if method == "POST" else None
        response = asked(world.clients[name], method, address_of(route, world), form)
        if is_served(response, str(route.name)) != (name in PAGES.get((str(route.name), method), ())):
            wrong.append(f"{name}: {method} {route.name}: {response.status_code}")
        leaks += [f"{name}: {route.name}: {word}" for word in shown(response, world) if is_leak(word, name)]
    assert sorted(wrong) == []
    assert sorted(set(leaks)) == []


def cells(world: World) -> Iterator[tuple[URLPattern, str, str]]:
    """Whoever is refused at a method of the table, and who is served; at any other method somebody who is served, and
    nobody in particular."""
    for route in routes():
        named = {method: PAGES.get((str(route.name), method)) for method in METHODS}
        served = {method: people for method, people in named.items() if people is not None}
        some = {NOBODY, *sorted(frozenset().union(*served.values()))[-1:]}
        for method in METHODS:
            for name in asked_of(served[method]) if method in served else some:
                yield route, method, name


def asked_of(served: frozenset[str]) -> frozenset[str]:
    """A page for nearly everybody is asked by everybody else, and by some of each kind."""
    return EVERYBODY if len(served) <= FEW else EVERYBODY - served | served & OF_EACH_KIND


def shown(response: HttpResponse, world: World) -> set[str]:
    """The places of the database that stand in the answer: its text, its headers, its cookies."""
    text = response.content.decode(errors="replace") if not response.streaming else ""
    return world.canary.within(f"{text}\n{response.headers}\n{response.cookies}".lower())


def is_leak(word: str, name: str) -> bool:
    whose, _, what = word.partition(": ")
    if what in IDENTIFYING:
        return name != whose and name not in MAY_KNOW.get(what, {}).get(whose, ())
    return name not in WORDS[word]


# Who else is shown what identifies somebody: the office its school, a teacher the own students and colleagues, a linked
# parent the child and the child the parent, the operator those who run a school.
MAY_KNOW: dict[str, dict[str, tuple[str, ...]]] = {
    "full name": {
        "child": ("admin", "instructor", "parent"),
        "student": ("admin", "instructor", "other_parent"),
        "removed": ("admin",),
        "waiting": ("admin", "instructor"),
        "withdrawn": ("admin", "instructor"),
        "parent": ("child",),
        "other_parent": ("student",),
        "unconfirmed": ("admin",),
        "instructor": ("admin",),
        "assistant": ("admin", "instructor"),
        "other_instructor": ("admin", "instructor"),
        "moderator": ("admin", "instructor"),
        "supervisor": ("admin", "instructor"),
        "admin": ("instructor", "operator"),
        "other_admin": ("operator",),
        "independent": ("operator",),
    },
    "address": {
        "student": ("instructor", "other_parent"),
        "waiting": ("instructor",),
        "withdrawn": ("instructor",),
        "admin": ("operator",),
    },
    "sign-in name": {"child": ("admin", "instructor", "parent"), "student": ("other_parent",)},
}
