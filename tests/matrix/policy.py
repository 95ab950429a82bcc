"""The table that was written by hand, read."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_TABLE: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("policy.toml").read_text())
EVERYBODY: frozenset[str] = frozenset(_TABLE["groups"]["everybody"])


def _people(names: Iterable[str]) -> frozenset[str]:
    """Groups are opened; a group of names with a minus is everybody but them."""
    found: set[str] = set()
    for name in names:
        members = _TABLE["groups"].get(name, [name])
        if members != [name] and all(member.startswith("-") for member in members):
            found |= EVERYBODY - {member[1:] for member in members}
        else:
            found |= set(members)
    assert found <= EVERYBODY, found - EVERYBODY
    return frozenset(found)


PAGES: Mapping[tuple[str, str], frozenset[str]] = {
    (route, method): _people(names) for route, methods in _TABLE["pages"].items() for method, names in methods.items()
}
WORDS: Mapping[str, frozenset[str]] = {word: _people(names) for word, names in _TABLE["words"].items()}

SOCKETS: Mapping[str, str] = _TABLE["sockets"]
COMMANDS: Mapping[str, frozenset[str]] = {command: frozenset(names) for command, names in _TABLE["commands"].items()}

BESIDES: Mapping[str, str] = _TABLE["sockets_besides"]
EVENTS: Mapping[str, frozenset[str]] = {
    event: frozenset(hearer for name in names for hearer in _TABLE["hearers"].get(name, [name]))
    for event, names in _TABLE["events"].items()
}
ANSWERS: frozenset[str] = frozenset(_TABLE["answers"]["frames"])
