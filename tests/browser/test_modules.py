"""The browser's modules without DOM, tested where they run: each file of `js/*.test.js` in a page of its own.

The page is served by the test itself under the import map of the product, without a server.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

from frontend.templatetags.importmap import STATIC, module_files

HERE = Path(__file__).parent / "js"
ORIGIN = "http://localhost"
TYPES = {".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".html": "text/html"}

pytestmark = pytest.mark.browser


def page_of(test_file: str) -> str:
    imports = {name: f"/static/{path}" for name, path in module_files().items()} | {"#runner": "/tests/runner.js"}
    return f"""<!doctype html><meta charset="utf-8"><title>{test_file}</title><link rel="icon" href="data:,">
    <script type="importmap">{json.dumps({"imports": imports})}</script><body></body>"""


def answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    folder = {"static": STATIC, "tests": HERE}.get(path.split("/")[1])
    if folder is None:
        route.fulfill(content_type="text/html", body=page_of(path))
        return
    file = folder / path.split("/", 2)[2]
    route.fulfill(content_type=TYPES[file.suffix], body=file.read_bytes())


@pytest.mark.parametrize("test_file", sorted(path.name for path in HERE.glob("*.test.js")))
def test_module(browser: Browser, test_file: str) -> None:
    context = browser.new_context(locale="en-US", timezone_id="America/Chicago")
    try:
        page = context.new_page()
        page.route(f"{ORIGIN}/**", answer)
        page.goto(f"{ORIGIN}/page/{test_file}")
        results = page.evaluate(
            f"async () => {{ await import('/tests/{test_file}'); return (await import('#runner')).run(); }}"
        )
    finally:
        context.close()
    assert results, "the file has no test"
    assert [f"{result['claim']}: {result['fault']}" for result in results if result["fault"]] == []
