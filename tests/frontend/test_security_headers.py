"""The policy that every answer carries, and what it leaves a browser to do."""

import base64
import hashlib
import re
from contextlib import closing

import pytest
from django.test import Client

from accounts.models import Member
from frontend.templatetags.importmap import import_map, module_files
from tests.cast import browser_of

PUBLIC = ["/help/", "/cookies/", "/nowhere/"]


def directives(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: values for name, _, values in parts}


def test_the_policy_allows_the_import_map_of_the_page_and_no_other_inline_script(client: Client, db: None) -> None:
    response = client.get("/sign-in/")
    policy = directives(response.headers["Content-Security-Policy"])
    inline = re.search(r'<script type="importmap">(.*?)</script>', response.text)
    assert inline is not None
    digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "lit-html chat"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_the_map_is_the_same_on_every_page(client: Client, unconsented_student: Member) -> None:
    maps = [
        re.findall(r'<script type="importmap">(.*?)</script>', page.text)
        for page in (client.get("/sign-in/"), browser_of(unconsented_student).get("/gate/"))
    ]
    assert maps == [[import_map()], [import_map()]]


def test_the_map_names_every_module_and_every_address_leads_to_one(client: Client, db: None) -> None:
    assert {"#lit", "#gate", "#unsent", "#sign-in"} <= module_files().keys()
    page = client.get("/sign-in/").text
    for address in re.findall(r'<(?:link rel="modulepreload" href|script type="module" src)="([^"]+)"', page):
        with closing(client.get(address)) as module:
            assert module.status_code == 200, address


@pytest.mark.parametrize("address", [*PUBLIC, "/sign-in/", "/static/css/main.css"])
def test_every_answer_carries_the_headers(client: Client, db: None, address: str) -> None:
    with closing(client.get(address)) as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", [*PUBLIC, "/sign-in/"])
def test_no_page_stays_in_the_cache_on_disk(client: Client, db: None, address: str) -> None:
    assert "no-store" in client.get(address).headers["Cache-Control"]


@pytest.mark.row("S6")
@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_sets_no_cookie(client: Client, db: None, address: str) -> None:
    assert client.get(address).cookies == {}


def test_a_public_page_speaks_the_language_of_its_address(client: Client, db: None) -> None:
    response = client.get("/help/?language=es")
    assert '<html lang="es"' in response.text
    assert "Ayuda ahora" in response.text
    assert response.cookies == {}
    assert '<html lang="en"' in client.get("/help/?language=xx").text
