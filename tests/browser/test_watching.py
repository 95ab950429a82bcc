"""The watch over every browser test sees what it is there to see."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browse import Browse, accessible

ORIGIN = "http://localhost"
FAULTY = """<!doctype html><html lang="en"><title>Faulty</title><link rel="icon" href="data:,">
<main><h1>Faulty</h1></main><script>console.warn("careful"); console.error("wrong"); console.info("fine");
fetch("/absent").then(() => { throw new Error("thrown"); })</script>"""
UNNAMED = '<!doctype html><html lang="en"><title>Unnamed</title><main><h1>Unnamed</h1><button></button></main>'


@pytest.fixture
def visit(browser: Browser) -> Iterator[Browse]:
    visit = Browse(browser, ORIGIN)
    yield visit
    visit.close(None)


def test_warnings_errors_exceptions_and_refused_requests_are_seen(visit: Browse) -> None:
    page = visit()
    page.route("**", lambda route: route.fulfill(body=FAULTY, content_type="text/html"))
    page.route("**/absent", lambda route: route.fulfill(status=404))
    with page.expect_event("pageerror"):
        page.goto("/")
    assert [error for error in visit.unexpected() if not error.startswith("console: Failed to load")] == [
        "console: careful",
        "console: wrong",
        f"404 {ORIGIN}/absent",
        "exception: thrown",
    ]
    visit.allow("careful|wrong|absent|thrown|Failed to load")
    assert visit.unexpected() == []


def test_a_button_without_a_name_is_found(visit: Browse) -> None:
    page = visit()
    page.route("**", lambda route: route.fulfill(body=UNNAMED, content_type="text/html"))
    page.goto("/")
    with pytest.raises(AssertionError, match="button-name"):
        accessible(page)
