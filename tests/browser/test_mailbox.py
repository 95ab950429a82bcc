"""The mailbox of a demo, in a browser: a mail, its text, its frame, and where its links lead."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browse import Browse, accessible
from tests.live import Live

QUEUE = "from tests.accounts.mail_cast import queue_mail; queue_mail('invitation', address='olena.novak@example.org')"


@pytest.mark.row("S7")
def test_a_mail_is_shown_in_a_frame_and_its_links_leave_it(browse: Browse, live: Live) -> None:
    browse.allow("postMessage")  # of axe, which asks the sandboxed frame, and is refused as everybody is
    page = browse()
    page.goto("/dev/mail/?to=olena")
    queue_elsewhere(live)
    read = page.get_by_role("link", name="Invitation to Algebra I, Period 3")
    while not read.count():  # the server looks every few seconds for what another process has queued
        page.reload()
    looks_well(page)
    read.click()
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("We never ask for your password, account ID, card or ID numbers")).to_be_visible()
    looks_well(page)
    mail.get_by_role("link", name="How to spot a fake").click()
    expect(page).to_have_url(re.compile("/help/phishing/$"))
    looks_well(page)


def queue_elsewhere(live: Live) -> None:
    command = [sys.executable, "-m", "chatserver", "manage", "shell", "--no-imports", "-c", QUEUE]
    done = subprocess.run(command, env=live.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr[-2000:]


def looks_well(page: Page) -> None:
    accessible(page)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
