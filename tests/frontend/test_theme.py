"""The chosen theme is on the first byte of every page, so that nothing flashes; without a choice the device decides."""

import pytest
from django.test import Client

from accounts.models import Member
from tests.cast import browser_of
from tests.frontend.pages import Page, named


def theme(page: Page) -> tuple[str | None, str]:
    """What stands on <html>, and what the browser knows before any style sheet."""
    scheme = next(meta["content"] for meta in named(page, "meta") if meta.get("name") == "color-scheme")
    return next(named(page, "html")).get("data-theme"), scheme


def test_without_a_choice_the_device_decides(client: Client, stranger: Member) -> None:
    assert theme(client.get("/sign-in/")) == (None, "light dark")
    assert theme(browser_of(stranger).get("/")) == (None, "light dark")


@pytest.mark.parametrize("chosen", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", "/cookies/", "/help/", "/family/", "/nowhere/"])
def test_a_choice_holds_on_every_page_of_somebody_signed_in(stranger: Member, chosen: str, address: str) -> None:
    Member.objects.filter(pk=stranger.pk).update(theme=chosen)
    assert theme(browser_of(stranger).get(address)) == (chosen, chosen)


def test_a_form_that_is_refused_keeps_the_theme(stranger: Member) -> None:
    Member.objects.filter(pk=stranger.pk).update(theme="dark")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert theme(browser.post("/sign-out/")) == ("dark", "dark")


def test_after_signing_out_the_device_decides_again(stranger: Member) -> None:
    Member.objects.filter(pk=stranger.pk).update(theme="dark")
    browser = browser_of(stranger)
    browser.post("/sign-out/")
    assert theme(browser.get("/sign-in/")) == (None, "light dark")
