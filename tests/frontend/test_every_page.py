"""What holds for every page: one heading, landmarks, names for all controls, nothing that the strict policy refuses."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.test import Client

from accounts.models import Member
from consent.actions.policies import enter_policies
from frontend.templatetags.importmap import STATIC
from tests.cast import browser_of
from tests.frontend.pages import Page, elements, named
from tests.rooms.test_save_draft import kept

TEMPLATES = STATIC.parent / "templates"
EVERY_TEMPLATE = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
OUTSIDE = ["/sign-in/", "/help/", "/help/phishing/", "/cookies/", "/nowhere/"]
OUTSIDE += ["/register/", "/register/parent/", "/register/instructor/"]
OUTSIDE += ["/join/", "/consent/"]
OUTSIDE += ["/account/confirm/", "/account/reset/", "/account/reset/new/", "/account/begin/"]
OUTSIDE += ["/policy/", "/policy/privacy/", "/policy/terms/1/", "/policy/class-rules/changes/"]


@pytest.fixture(
    params=["waiting", "family", "office", "child", "record", "nothing", "drafts", "draft", "settings", "duties"]
)
def page(request: pytest.FixtureRequest) -> Any:
    """A page of somebody who is signed in."""
    member: Member = request.getfixturevalue(
        {
            "waiting": "unconsented_student",
            "family": "parent",
            "office": "school_admin",
            "child": "school_admin",
            "record": "school_admin",
            "nothing": "stranger",
            "drafts": "stranger",
            "draft": "young_student",
            "settings": "stranger",
            "duties": "supervisor",
        }[request.param]
    )
    return browser_of(member).get(address(request, request.param))


def address(request: pytest.FixtureRequest, name: str) -> str:
    if name in ("child", "record"):
        child = "unconsented_student" if name == "child" else "young_student"
        pk = request.getfixturevalue(child).pk
        return f"/school/{request.getfixturevalue('school').pk}/consents/{pk}/"
    if name == "office":
        return f"/school/{request.getfixturevalue('school').pk}/consents/"
    if name == "draft":
        kept(request.getfixturevalue("room"), request.getfixturevalue("young_student"))
    return {"waiting": "/gate/", "nothing": "/", "draft": "/drafts/"}.get(name, f"/{name}/")


def faults(page: Page) -> list[str]:
    found, counts = [], Counter(element.name for element in elements(page))
    for name in ("h1", "main", "title"):
        if counts[name] != 1:
            found.append(f"{counts[name]} {name}")
    if next(named(page, "html")).get("lang") not in ("en", "es"):
        found.append("no language")
    if 'class="skip-link" href="#main"' not in page.text or 'id="main"' not in page.text:
        found.append("no skip link")
    ids = Counter(attributes["id"] for _, attributes in elements(page) if "id" in attributes)
    found += [f"id {name} twice" for name, count in ids.items() if count > 1]
    labelled = {attributes["for"] for attributes in named(page, "label") if "for" in attributes}
    ticks = {attributes["name"] for attributes in named(page, "input") if attributes.get("type") == "checkbox"}
    for name, attributes in elements(page):
        if "style" in attributes or any(attribute.startswith("on") for attribute in attributes):
            found.append(f"inline style or handler at {name}")
        is_field = name in ("select", "textarea") or (name == "input" and attributes.get("type") != "hidden")
        if is_field and attributes.get("id") not in labelled and attributes.get("name") not in ticks:
            found.append(f"no label for {attributes.get('name')}")
    return found


def test_a_page_of_somebody_signed_in_is_whole(page: Any) -> None:
    assert page.status_code == 200
    assert faults(page) == []


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_page_that_is_open_to_everybody_is_whole(client: Client, db: None, address: str) -> None:
    enter_policies()
    assert faults(client.get(address)) == []


def test_the_only_inline_script_is_the_import_map(page: Any) -> None:
    kinds = [attributes.get("type", "") for attributes in named(page, "script") if "src" not in attributes]
    assert set(kinds) <= {"importmap", "application/json"}
    assert "<style" not in page.text


@pytest.mark.parametrize("name", EVERY_TEMPLATE)
def test_a_template_is_one_that_django_reads(name: str) -> None:
    assert engines["django"].get_template(name) is not None


def test_every_icon_in_use_is_in_the_sprite() -> None:
    there = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons" / "sprite.svg").read_text()))
    used = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    assert used - there == set()


def test_every_component_s_style_stands_in_the_table_of_contents() -> None:
    listed = set(re.findall(r'url\("components/([\w-]+)\.css"\)', (STATIC / "css" / "main.css").read_text()))
    assert listed == {path.stem for path in (STATIC / "css" / "components").glob("*.css")}


@pytest.mark.parametrize("folder", ["css", "icons", "js", "vendor"])
def test_no_file_of_ours_asks_another_host(folder: str) -> None:
    asked = {
        str(path.relative_to(STATIC)): found
        for path in (STATIC / folder).rglob("*")
        if path.suffix in (".css", ".js", ".svg") and (found := remote(path))
    }
    assert asked == {}


def remote(path: Path) -> list[str]:
    """Addresses of other hosts; the names of XML's vocabularies are no addresses."""
    return [url for url in re.findall(r"https?://[\w.-]+", path.read_text()) if url != "http://www.w3.org"]
