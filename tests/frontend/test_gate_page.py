"""The page in front of the chat: what it says to whom, and how it opens by itself."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Member, MemberState
from consent.actions.consents import record_consent, refuse_consent, withdraw_consent
from consent.actions.schools import end_agreement
from consent.gate import Reason
from consent.models import ConsentRequest, School, Scope
from frontend.views.gate import PAGES
from tests.cast import SYSTEM, browser_of


def say_yes(child: Member) -> None:
    record_consent(
        SYSTEM,
        child,
        scopes=[Scope.USE],
        grantor="Olena Novak",
        capacity="parent",
        method="paper_form",
        evidence="form 2",
    )


@pytest.mark.row("S18")
def test_a_child_who_waits_reads_what_is_missing_and_who_has_to_say_yes(unconsented_student: Member) -> None:
    page = browser_of(unconsented_student).get("/gate/").text
    assert "A parent has to say yes first" in page
    assert "Almost there, Sofia" in page
    assert "You are 13 or under, so your parent or guardian decides about the chat." in page
    assert "Algebra I with Ms. Rivera opens" in page
    assert "can print this week&#x27;s posts for you" in page or "can print this week's posts for you" in page


def test_whom_the_gate_holds_is_taken_to_it_from_everywhere(unconsented_student: Member) -> None:
    client = browser_of(unconsented_student)
    for address in ("/", "/family/"):
        assert client.get(address).headers["Location"] == "/gate/"


def test_whom_the_gate_lets_in_is_taken_home_from_it(young_student: Member) -> None:
    assert browser_of(young_student).get("/gate/").headers["Location"] == "/"


def test_nobody_signed_in_is_taken_to_the_sign_in_page(client: Client, db: None) -> None:
    assert client.get("/gate/").headers["Location"] == "/sign-in/?next=%2Fgate%2F"
    assert client.get("/gate/state/").status_code == 401


@pytest.mark.row("S18")
def test_the_state_opens_with_the_yes(unconsented_student: Member) -> None:
    client = browser_of(unconsented_student)
    before = client.get("/gate/state/")
    assert before.json()["open"] is False
    assert before.json()["code"] == "consent_waiting"
    etag = before.headers["ETag"]
    assert client.get("/gate/state/", headers={"If-None-Match": etag}).status_code == 304
    say_yes(unconsented_student)
    after = client.get("/gate/state/", headers={"If-None-Match": etag})
    assert after.status_code == 200
    assert after.json()["open"] is True


@pytest.mark.row("S18")
def test_a_yes_taken_back_is_said_without_saying_by_whom(young_student: Member, parent: Member) -> None:
    client = browser_of(young_student)
    withdraw_consent(Actor.of_member(parent), young_student)
    page = client.get("/gate/").text
    assert "The chat is closed for you for now" in page
    assert "You did nothing wrong." in page
    assert "Your parent or guardian took back their yes today at" in page
    assert "Ms. Rivera knows that the chat is closed for you, and not why." in page
    assert "Paula" not in page


def test_parents_who_disagree_are_no_one_s_fault(young_student: Member, unconsented_student: Member) -> None:
    withdraw_consent(SYSTEM, young_student, kind="dispute", grantor="Paula Kim")
    refuse_consent(SYSTEM, unconsented_student, kind="dispute", grantor="Olena Novak")
    was_let_in, never = (browser_of(each).get("/gate/").text for each in (young_student, unconsented_student))
    for page in (was_let_in, never):
        assert "Your family is still talking about the chat with the school." in page
        assert "Paula" not in page
        assert "Olena" not in page
    assert "Classmates no longer see your messages." in was_let_in
    assert "Classmates no longer see your messages." not in never


def test_the_version_of_the_page_is_the_version_of_the_state(unconsented_student: Member) -> None:
    client = browser_of(unconsented_student)
    version = client.get("/gate/state/").json()["version"]
    assert f'data-version="{version}"' in client.get("/gate/").text


def test_asking_again_is_possible_once_a_day(unconsented_student: Member) -> None:
    client = browser_of(unconsented_student)
    assert "Asked today" in client.get("/gate/").text
    assert "Ask again" not in client.get("/gate/").text
    ConsentRequest.objects.update(sent_at=timezone.now() - dt.timedelta(days=2))
    assert "Ask again" in client.get("/gate/").text
    assert client.post("/gate/ask-again/").headers["Location"] == "/gate/"
    assert ConsentRequest.objects.get().asked_again_at is not None
    assert "Ask again" not in client.get("/gate/").text
    assert "Asked again today" in client.get("/gate/").text


def test_without_an_agreement_the_school_comes_first(unconsented_student: Member, school: School) -> None:
    client = browser_of(unconsented_student)
    end_agreement(SYSTEM, school.agreements.get())
    page = client.get("/gate/").text
    assert "Your school has to sign first" in page
    assert "Ask again" not in page


def test_unknown_age_is_said_and_nothing_is_asked_of_the_child(unconsented_student: Member) -> None:
    Member.objects.update(age_known=False)
    page = browser_of(unconsented_student).get("/gate/").text
    assert "know your age yet. Your school tells us" in page
    assert "You are 13 or under" not in page


def test_a_paused_account_is_told_so(stranger: Member) -> None:
    client = browser_of(stranger)
    Member.objects.filter(pk=stranger.pk).update(state=MemberState.SUSPENDED)
    assert "Your account is paused" in client.get("/gate/").text


def test_every_reason_of_the_gate_has_its_page() -> None:
    assert set(PAGES) == set(Reason)


def test_the_gate_speaks_spanish(unconsented_student: Member) -> None:
    Member.objects.update(locale="es")
    page = browser_of(unconsented_student).get("/gate/").text
    assert "Primero tiene que aceptar tu familia" in page
    assert '<html lang="es"' in page
