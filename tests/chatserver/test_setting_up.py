"""The one-time address of a new installation: who prints it, how often, and until when."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import Live
from tests.served import Served
from tests.socket_client import Answer, Browser

pytestmark = pytest.mark.timeout(180)
ADDRESS = re.compile(r"(http://\S+/operator/set-up/)#([0-9a-f]{40})")
SAID = {
    "name": "Olga Operator",
    "email": "olga@example.org",
    "password": "harbor pencil comet walnut",
    "site_name": "Juniper Bend Chat",
    "hosting_country": "US",
    "sentences": "policy",
    "read": "policy=1 terms=1 class_rules=1",
}


def printed(log: Path) -> list[str]:
    return [code for _page, code in ADDRESS.findall(log.read_text())]


def sets_up(server: Live, code: str) -> Answer:
    return Browser(server).fill_in("/operator/set-up/", **SAID, code=code)


def test_an_empty_installation_prints_another_address_at_each_start_until_it_is_used(
    new_live: Callable[..., Live],
) -> None:
    server = new_live("--empty")
    (first,) = printed(server.log)
    server.stop()
    server.restart()
    _first, second = printed(server.log)
    assert second != first
    assert sets_up(server, first).status == 422
    assert sets_up(server, second).url.endswith("/account/two-factor/")  # an operator's duty asks for a second step
    assert Browser(server).get("/operator/set-up/").status == 404
    server.stop()
    server.restart()
    assert len(printed(server.log)) == 2
    assert server.rows("SELECT kind FROM consent_grant") == [("operator",)]


def test_the_demo_prints_none(live: Live) -> None:
    assert printed(live.log) == []


def test_serving_an_empty_database_prints_one(tmp_path: Path) -> None:
    server = Served(tmp_path)
    server.start()
    (code,) = printed(server.log)
    assert sets_up(server, code).status == 200
    server.stop()
    server.start()
    assert printed(server.log) == [code]
    server.stop()
