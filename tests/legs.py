"""A plugin that knows which tests can tell one database from another: the others run once, on SQLite.

Invariant: a module is left out on PostgreSQL when none of its tests asks for a database, neither in this process (`db`)
nor behind a server, or when it stands below, because what it proves lies in front of the database. `./chat test --leg
postgres-all` leaves none out.
"""

from pathlib import Path

import pytest

FIXTURES = {"db", "transactional_db", "school", "live", "new_live"}
SERVERS = {"Live", "Served"}  # classes: whoever imports one starts a server

IN_FRONT = (
    "tests/bench/",  # brings its own databases
    "tests/tools/",
    "tests/realtime/",
    "tests/frontend/",  # pages show what queries find, and those are asked elsewhere
    *(
        f"tests/chatserver/test_{name}.py"  # of a socket and the process that serves it
        for name in (
            *("canaries", "change_settings", "frames", "handshake", "hostile_clients", "logs", "play_the_lesson"),
            *("presence_frames", "redis_url", "run"),
        )
    ),
    *(f"tests/rooms/test_{name}.py" for name in ("rights", "roster", "snapshots")),  # rules, computed from rows
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    asking: set[Path] = {item.path for item in items if _asks_for_a_database(item)}
    for item in items:
        if item.path not in asking:
            item.add_marker("any_database")


def _asks_for_a_database(item: pytest.Item) -> bool:
    """By what is written there; a fixture that another one names at run time isn't seen."""
    if item.nodeid.startswith(IN_FRONT):
        return False
    fixtures: list[str] = getattr(item, "fixturenames", [])
    starts_servers = not SERVERS.isdisjoint(vars(getattr(item, "module", object)))
    return starts_servers or not FIXTURES.isdisjoint(fixtures) or item.get_closest_marker("django_db") is not None
