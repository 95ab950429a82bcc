"""A member's address of email: claimed, confirmed by its mailbox, told to the old one (S5)."""

import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connections, transaction
from django.test import Client

from accounts.actions.addresses import change_address, claim_address, confirm_claim
from accounts.actions.mailed_codes import find_code
from accounts.actions.passwords import change_password
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import MailedCode, MailOutbox, Member
from tests.cast import PASSWORD, acting, browser_of, make_member
from tests.registering import LONG_PASSWORD, confirm, mailed_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> Member:
    return make_member("Paula Kim", sign_in_name="paula", email="paula@example.org", email_verified=True)


@pytest.fixture
def client(member: Member) -> Client:
    client = Client()
    client.post("/sign-in/", {"login": "paula", "password": PASSWORD})
    return client


def change(client: Client, email: str) -> Any:
    return client.post("/account/address/", {"email": email})


@pytest.mark.row("S5")
def test_a_new_address_holds_when_its_mailbox_has_answered_and_the_old_one_is_told(client, member):
    assert change(client, "New@Example.org").headers["Location"] == "/account/confirm/"
    member.refresh_from_db()
    assert member.email == "paula@example.org"
    assert "new@example.org waits for its code." in client.get("/account/address/").text
    assert confirm(client, mailed_code()).headers["Location"] == "/account/address/"
    member.refresh_from_db()
    assert member.email == "new@example.org"
    assert [(row.email, row.verified, row.primary) for row in EmailAddress.objects.all()] == [
        ("new@example.org", True, True)
    ]
    assert {(mail.kind, mail.address) for mail in MailOutbox.objects.all()} == {
        ("verify_address", "new@example.org"),
        ("address_changed", "paula@example.org"),
    }


def test_an_address_of_another_answers_the_same_and_never_becomes_theirs(client, member):
    other = make_member("Owner", email="owner@example.org", email_verified=True)
    assert change(client, "owner@example.org").headers["Location"] == "/account/confirm/"
    mail = MailOutbox.objects.get()
    assert (mail.kind, mail.recipient) == ("address_known", other.pk)
    member.refresh_from_db()
    assert member.email == "paula@example.org"


def test_of_two_who_claim_one_address_the_first_to_bring_the_code_gets_it(client, member):
    second = make_member("Second", sign_in_name="second")
    change(client, "shared@example.org")
    first_code = mailed_code()
    change_address(acting(second), second, "shared@example.org")
    code = mailed_code(recipient=second.pk)
    confirm(Client(), code)
    assert confirm(client, first_code).status_code == 422
    second.refresh_from_db()
    member.refresh_from_db()
    assert (second.email, member.email) == ("shared@example.org", "paula@example.org")


@pytest.mark.parametrize(
    "email", ["paula", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org", "paula@example.org"]
)
def test_what_is_no_new_address_is_refused_with_a_sentence(client, email):
    answer = change(client, email)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert not MailOutbox.objects.exists()


@pytest.mark.row("S5")
def test_the_password_is_asked_first(member):
    client = Client()
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert change(client, "new@example.org").headers["Location"].startswith("/account/confirm-password/")
    assert not MailedCode.objects.exists()


def test_a_young_students_address_is_the_familys_and_the_schools(young_student, stranger):
    with pytest.raises(NotAllowed):
        change_address(acting(young_student), young_student, "child@example.org")
    with pytest.raises(NotAllowed):
        change_address(acting(stranger), young_student, "child@example.org")
    assert not MailOutbox.objects.exists()


def test_five_addresses_an_hour(client):
    answers = [change(client, f"new{number}@example.org").status_code for number in range(6)]
    assert answers == [302] * 5 + [429]


def test_a_code_brought_back_twice_at_once_counts_once(client, member):
    change(client, "new@example.org")
    row = find_code(mailed_code(), MailedCode.Purpose.CLAIM_ADDRESS, address="192.0.2.1")
    confirm_claim(acting(member), row)
    with pytest.raises(FieldInvalid, match="doesn't work"):
        confirm_claim(acting(member), row)


# A member who is made with an address that nobody has confirmed yet


@pytest.mark.row("S1")
def test_a_new_members_address_is_theirs_only_once_it_has_answered(db):
    known = make_member("Owner", email="owner@example.org", email_verified=True)
    first, second = make_member("Noah Berg"), make_member("Noah Berg")
    with transaction.atomic():
        claim_address(first, "owner@example.org")
        claim_address(second, "noah@example.org")
    assert [mail.kind for mail in MailOutbox.objects.order_by("due_at")] == ["address_known", "verify_address"]
    confirm(Client(), mailed_code())
    second.refresh_from_db()
    assert second.email == "noah@example.org"
    assert Member.objects.get(email="owner@example.org") == known


def test_a_child_reads_that_the_class_card_is_the_way_in(young_student):
    client = browser_of(young_student)
    for path in ("/account/password/", "/account/address/"):
        page = client.get(path)
        assert page.status_code == 403
        assert "Your class card opens your account" in page.text
        assert client.post(path, {"password": LONG_PASSWORD, "email": "child@example.org"}).status_code == 403
    with pytest.raises(NotAllowed):
        change_password(acting(young_student), young_student, LONG_PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_one_code_at_the_same_instant_counts_once():
    first = make_member("Paula Kim")
    with transaction.atomic():
        claim_address(first, "new@example.org")
    row = MailedCode.objects.get()
    done, refused, barrier = [], [], threading.Barrier(6)

    def attempt() -> None:
        barrier.wait()
        try:
            done.append(confirm_claim(acting(first), MailedCode.objects.get(pk=row.pk)))
        except FieldInvalid as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(refused)) == (1, 5)
