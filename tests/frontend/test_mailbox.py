"""`/dev/mail/` where it exists, and that it exists nowhere else; how to spot a fake."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.mail.mailbox import MOST, Mailbox, kept_mails
from accounts.mail.outbox import Pace
from accounts.mail.sender import send_due
from chatserver.middleware import policy_for
from tests.accounts.mail_cast import queue_mail


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.VAR = tmp_path
    return tmp_path / "mailbox"


@pytest.fixture
def sent(folder: Path, settings: Any, db: None) -> str:
    """A mail in the mailbox of a demo; its name there."""
    settings.ROOT_URLCONF = "tests.frontend.demo_urls"
    row = queue_mail("invitation", address="ana@example.org", text="<script>alert(1)</script>")
    send_due(Mailbox(), Pace())
    return row.message_id.strip("<>").partition("@")[0]


def test_outside_of_a_demo_there_is_no_such_route(client: Client, db: None) -> None:
    assert client.get("/dev/mail/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("mailbox")
    assert "mailbox" not in {getattr(pattern, "name", None) for pattern in get_resolver().url_patterns}


def test_a_mail_is_listed_and_shown_as_text_and_in_a_frame(client: Client, sent: str) -> None:
    listed = client.get("/dev/mail/").text
    assert f'href="/dev/mail/{sent}/"' in listed
    assert "ana@example.org" in listed
    shown = client.get(f"/dev/mail/{sent}/").text
    assert f'src="/dev/mail/{sent}/html/"' in shown
    assert 'sandbox="allow-top-navigation-by-user-activation"' in shown
    assert "&gt; &lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown


def test_its_html_can_do_nothing(client: Client, sent: str) -> None:
    response = client.get(f"/dev/mail/{sent}/html/")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-top-navigation-by-user-activation; default-src 'none'; ")
    assert "script" not in policy
    assert "<script>" not in response.text
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src" not in policy_for("/rooms/")


def test_the_list_is_searched_by_address(client: Client, sent: str) -> None:
    assert sent in client.get("/dev/mail/?to=ANA@").text
    assert "No mail has gone to such an address" in client.get("/dev/mail/?to=ben").text


def test_before_the_first_mail_it_says_how_to_get_one(client: Client, folder: Path, settings: Any, db: None) -> None:
    settings.ROOT_URLCONF = "tests.frontend.demo_urls"
    assert "No mail has left yet" in client.get("/dev/mail/").text


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fsecret", "x.eml"])
def test_what_is_not_in_the_mailbox_is_not_found(client: Client, sent: str, name: str) -> None:
    assert client.get(f"/dev/mail/{name}/").status_code == 404
    assert client.get(f"/dev/mail/{name}/html/").status_code == 404


def test_the_same_mail_twice_is_one_file_for_this_user_alone(folder: Path, db: None) -> None:
    from accounts.mail.rendering import message_of

    row = queue_mail("test")
    for _ in range(2):
        Mailbox().hand_over(message_of(row), lambda then: (then(), None)[1])
    (path,) = folder.iterdir()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_oldest_go_when_there_are_too_many(folder: Path) -> None:
    from email.message import EmailMessage

    for number in range(MOST + 3):
        message = EmailMessage()
        message["Message-ID"], message["To"] = f"<n{number}@x>", "ana@example.org"
        Mailbox().hand_over(message, lambda then: (then(), None)[1])
    assert {mail.name for mail in kept_mails()} == {f"n{number}" for number in range(3, MOST + 3)}


@pytest.mark.row("S7")
@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "We never ask for your password"), ("es", "Nunca le pedimos")]
)
def test_how_to_spot_a_fake_is_there_for_everybody(client: Client, language: str, sentence: str, db: None) -> None:
    response = client.get(f"/help/phishing/?language={language}")
    assert sentence in response.text
    assert "http://127.0.0.1:8000/" in response.text
    assert client.cookies == {}
