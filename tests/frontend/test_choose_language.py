"""The language of a page: the member's own wherever somebody is signed in, the cookie's before."""

import pytest
from django.test import Client

from accounts.models import Member
from tests.cast import PASSWORD, browser_of
from tests.frontend.pages import Page, named


def language(page: Page) -> str:
    return next(named(page, "html"))["lang"]


def choose(browser: Client, wanted: str, *, at: str = "/cookies/") -> Page:
    answer: Page = browser.post("/language/", {"language": wanted, "next": at}, follow=True)
    return answer


def test_a_choice_is_kept_with_the_member_and_holds_on_another_device(stranger: Member) -> None:
    here, elsewhere = browser_of(stranger), browser_of(stranger)
    assert language(elsewhere.get("/")) == "en"
    assert language(choose(here, "es")) == "es"
    assert Member.objects.get(pk=stranger.pk).locale == "es"
    assert language(elsewhere.get("/")) == "es"
    assert language(choose(elsewhere, "en")) == "en"
    assert language(here.get("/")) == "en"


def test_at_sign_in_the_member_s_own_language_goes_before_the_cookie(client: Client, stranger: Member) -> None:
    assert language(choose(client, "es", at="/sign-in/")) == "es"
    client.post("/sign-in/", {"login": stranger.sign_in_name, "password": PASSWORD})
    assert language(client.get("/")) == "en"
    assert Member.objects.get(pk=stranger.pk).locale == "en"


def test_after_signing_out_the_sign_in_page_speaks_what_was_chosen(stranger: Member) -> None:
    browser = browser_of(stranger)
    choose(browser, "es")
    browser.post("/sign-out/")
    assert language(browser.get("/sign-in/")) == "es"


def test_whoever_speaks_another_language_than_the_browser_reads_it_after_signing_out_too(stranger: Member) -> None:
    Member.objects.filter(pk=stranger.pk).update(locale="es")
    browser = browser_of(stranger)
    browser.post("/sign-out/")
    assert language(browser.get("/sign-in/")) == "es"


def test_a_child_at_the_gate_chooses_too(unconsented_student: Member) -> None:
    page = choose(browser_of(unconsented_student), "es", at="/gate/")
    assert "Primero tiene que aceptar tu familia" in page.text


@pytest.mark.parametrize("wanted", ["", "fr", "../es"])
def test_a_language_that_we_do_not_speak_changes_nothing(stranger: Member, wanted: str) -> None:
    assert language(choose(browser_of(stranger), wanted)) == "en"
    assert Member.objects.get(pk=stranger.pk).locale == "en"


def test_no_other_site_is_led_to_and_a_link_chooses_nothing(stranger: Member) -> None:
    browser = browser_of(stranger)
    answer = browser.post("/language/", {"language": "es", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    assert browser.get("/language/?language=en").status_code == 405
    assert Member.objects.get(pk=stranger.pk).locale == "es"


def test_the_page_of_an_error_speaks_the_member_s_language(stranger: Member) -> None:
    Member.objects.update(locale="es")
    page = browser_of(stranger).get("/nowhere/")
    assert (page.status_code, language(page)) == (404, "es")
