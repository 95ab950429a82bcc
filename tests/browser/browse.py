"""What a browser test does again and again: open pages and watch them, sign in, ask axe."""

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.live import Person

TIMEOUT_MS = 10_000
TRACES = "TRACE" in os.environ  # it takes a sixth of the time of these tests
# Without `preload`, axe copies every style sheet into the page, where the CSP refuses it and the console says so.
AXE = {"resultTypes": ["violations"], "preload": False}


class Browse:
    """Opens pages, each in a context of its own (cookies, storage) as if on another machine, and watches them."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser = browser
        self.base_url = base_url
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.allowed: list[re.Pattern[str]] = []

    def __call__(self, **options: object) -> Page:
        """A page in a new context; `options` are Playwright's for a context (viewport, color_scheme, locale …)."""
        context = self.browser.new_context(**({"base_url": self.base_url, "locale": "en-US"} | options))  # type: ignore[arg-type]
        context.set_default_timeout(TIMEOUT_MS)
        if TRACES:
            context.tracing.start(screenshots=True, snapshots=True)
        context.on("page", self._watch)
        self.contexts.append(context)
        return context.new_page()

    def allow(self, pattern: str) -> None:
        """Errors that match are part of this test (a server that is killed, a page that is refused)."""
        self.allowed.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(pattern.search(error) for pattern in self.allowed)]

    def close(self, artifacts: Path | None) -> None:
        """End all contexts; with a folder, leave there a picture of each page, and with TRACE=1 what led to it."""
        for number, context in enumerate(self.contexts):
            if artifacts is not None:
                for place, page in enumerate(context.pages):
                    page.screenshot(path=artifacts / f"{number}-{place}.png", animations="disabled")
            if TRACES:
                context.tracing.stop(path=artifacts / f"{number}.zip" if artifacts is not None else None)
            context.close()

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):  # a violation of the CSP comes as an error of the console too
            self.errors.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")


def sign_in(page: Page, person: Person) -> None:
    """Through the form, as a person does."""
    page.goto("/sign-in/")
    page.locator("input[name=login]").fill(person.username)
    page.locator("input[name=password]").fill(person.password)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url(re.compile(r"^(?!.*/sign-in/)"))


def accessible(page: Page) -> None:
    """Assert that axe finds nothing on the page, in the light theme and in the dark one."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        report = Axe().run(page, options=AXE)
        assert report.violations_count == 0, f"{theme}: {report.generate_report()}"
    page.emulate_media(color_scheme="null", reduced_motion="null")
