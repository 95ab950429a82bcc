"""Pages for what goes wrong: kind, the same for private and absent, each with a way on."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.errors import Busy, NotAllowed, NotFound, TooFast
from accounts.models import Member
from chatserver.middleware import FaultPages
from frontend.views import errors
from tests.cast import browser_of


@pytest.mark.parametrize("status", sorted(errors.FAULTS))
def test_every_fault_has_a_page_with_a_way_on(rf: RequestFactory, status: int) -> None:
    page = errors.fault_page(rf.get("/"), status)
    assert page.status_code == status
    assert page.text.count("<h1>") == 1
    assert 'href="/help/"' in page.text


def test_a_page_that_is_not_there_says_so_in_the_same_words_to_all(client: Client, stranger: Member) -> None:
    pages = [client.get("/nowhere/"), browser_of(stranger).get("/nowhere/"), browser_of(stranger).get("/rooms/424242/")]
    assert [page.status_code for page in pages[:2]] == [404, 404]
    assert "There is nothing here for you" in pages[0].text
    assert pages[0].text == pages[1].text


def test_a_fault_of_the_server_needs_no_database(rf: RequestFactory) -> None:
    page = errors.server_error(rf.get("/"))
    assert page.status_code == 500
    assert "Something broke on our side" in page.text


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (NotFound(), 404, "There is nothing here for you"),
        (NotAllowed(), 403, "ask your teacher or your school"),
        (TooFast(retry_after_seconds=6), 429, "Try again in 6 seconds."),
        (Busy(), 503, "A lot is going on right now."),
    ],
)
def test_an_error_of_the_domain_becomes_its_page(
    rf: RequestFactory, error: Exception, status: int, sentence: str
) -> None:
    page = FaultPages(no_answer).process_exception(rf.get("/"), error)
    assert page is not None
    assert page.status_code == status
    assert sentence in page.text


def test_the_address_of_a_button_opened_as_a_page_leads_back(client: Client, db: None) -> None:
    page = client.get("/sign-out/")
    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert "Opening it changed nothing" in page.text
    assert 'href="/"' in page.text


def test_a_nul_is_refused_wherever_it_stands(client: Client, db: None) -> None:
    typed = client.post("/sign-in/card/", {"name": "a\0b", "phrase": "one two three"})
    asked = client.get("/sign-in/?next=%00")
    assert [page.status_code for page in (typed, asked)] == [400, 400]


def test_an_error_that_is_not_ours_goes_on(rf: RequestFactory) -> None:
    assert FaultPages(no_answer).process_exception(rf.get("/"), ValueError()) is None


def no_answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
