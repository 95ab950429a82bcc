"""The browser of these tests, and what they all promise: no error in the console, no failed request.

Playwright's synchronous interface holds an event loop while it runs. So the browser lives as long as tests of this
folder follow one another, and none of them is async or uses the database: people and data come from the server's demo.
"""

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.browse import Browse
from tests.live import Live, Person
from tools.testing import CHROMIUM, chromium

FOLDER = Path(__file__).resolve().parent
ARTIFACTS = FOLDER.parent.parent / "var" / "test-artifacts"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder is a browser test."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, never one that a package downloads."""
    path = chromium()
    if path is None:
        sentence = f"{CHROMIUM.name} not found. As root: apt-get install {' '.join(CHROMIUM.packages)}"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def browse(browser: Browser, live: Live, request: pytest.FixtureRequest) -> Iterator[Browse]:
    """Open a page on the demo school: `page = browse()`. Any error in it fails the test, unless `browse.allow` says."""
    yield from watched(browser, live.url, request)


def watched(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Browse]:
    """The life of a `Browse`, for the fixtures of tests that bring their own server."""
    browse = Browse(browser, url)
    yield browse
    failed = request.node.stash.get(FAILED, False)
    artifacts = ARTIFACTS / re.sub(r"[^\w.-]+", "-", request.node.nodeid) if failed or browse.unexpected() else None
    if artifacts is not None:
        artifacts.mkdir(parents=True, exist_ok=True)
    browse.close(artifacts)
    if not failed:
        assert browse.unexpected() == []


@pytest.fixture
def people(live: Live) -> dict[str, Person]:
    """Sign-in name → person of the demo school."""
    return live.people()
