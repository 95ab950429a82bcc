"""What arrives: one recipient, the words of every mail, the foot, a way to end what can be ended."""

import re
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.mail import KINDS, asks_for_secrets
from accounts.mail.rendering import message_of
from accounts.models import AuditEntry, MailOutbox, MailStop
from tests.accounts.mail_cast import queue_mail

pytestmark = pytest.mark.django_db
EVERY_MAIL = [(kind, locale) for kind in KINDS for locale in ("en", "es")]
NEVER = {
    "en": "We never ask for your password, account ID, card or ID numbers, by email or by phone.",
    "es": "Nunca le pedimos su contraseña, su identificador de cuenta ni números de tarjeta o de identidad, "
    "ni por correo ni por teléfono.",
}


def sent(kind: str, **changed: Any) -> EmailMessage:
    return message_of(queue_mail(kind, **changed))


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.row("S7")
@pytest.mark.parametrize(("kind", "locale"), EVERY_MAIL)
def test_every_mail_says_what_we_never_ask_for_and_asks_for_none_of_it(kind: str, locale: str) -> None:
    message = sent(kind, locale=locale)
    for text in (body(message), body(message, "html")):
        assert NEVER[locale] in text
        assert f"{settings.SITE_URL}/help/phishing/" in text
    assert asks_for_secrets(body(message)) == []
    assert asks_for_secrets(str(message["Subject"])) == []


@pytest.mark.row("S7")
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_fetches_anything_and_each_is_whole_in_both_forms(kind: str) -> None:
    message = sent(kind)
    html = body(message, "html")
    assert re.findall(r"<(?:img|link|script|iframe|object|form)\b", html) == []
    assert "url(" not in html
    assert 'class="sheet" style="' in html  # the styles are inside: mail programs throw the others away
    for name in KINDS[kind].payload & {"code", "code_url", "url", "stop_url", "sign_in_url", "reset_url"}:
        value = queue_mail(kind).payload[name]
        assert value in body(message)
        assert value in html


@pytest.mark.parametrize(("kind", "locale"), EVERY_MAIL)
def test_every_mail_speaks_the_language_of_who_gets_it(kind: str, locale: str) -> None:
    message = sent(kind, locale=locale)
    assert message["Content-Language"] == locale
    other = sent(kind, locale="es" if locale == "en" else "en", period="other")
    assert str(message["Subject"]) != str(other["Subject"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_has_one_recipient_and_one_sender(kind: str) -> None:
    message = sent(kind, address="ana@example.org")
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.org"]
    assert [len(message["From"].addresses), message.get("Cc"), message.get("Bcc")] == [1, None, None]
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_same_row_is_the_same_mail() -> None:
    row = queue_mail()
    assert message_of(row)["Message-ID"] == message_of(row)["Message-ID"] == row.message_id


def test_what_people_write_stays_text() -> None:
    message = sent(
        "invitation", text="<b>Hi</b> & <script>x</script>", course="<i>Algebra</i>", inviter='"><img src=x>'
    )
    html = body(message, "html")
    assert "&lt;b&gt;Hi&lt;/b&gt; &amp; &lt;script&gt;" in html
    assert re.findall(r"<(?:b|i|img|script)\b[^y]", html) == []
    assert "> <b>Hi</b> & <script>x</script>" in body(message)


def test_a_long_name_is_cut_in_the_subject_and_never_begins_a_reply() -> None:
    subject = str(sent("invitation", course="Re: " + "Álgebra " * 30)["Subject"])
    assert len(subject) < 90
    assert not subject.startswith("Re:")


def test_addresses_are_whole_however_long_they_are() -> None:
    address = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example.org"
    lines = bytes(sent("course_notice", address=address)).decode().split("\r\n\r\n")[0].split("\r\n")
    assert f"To: {address}" in lines
    assert all("=?" not in line for line in lines)


def test_a_host_in_other_letters_is_written_as_mail_servers_know_it() -> None:
    assert [each.addr_spec for each in sent("test", address="ana@müller.example")["To"].addresses] == [
        "ana@xn--mller-kva.example"
    ]


# Unsubscribing (RFC 8058)


@pytest.mark.row("S7")
@pytest.mark.parametrize("kind", KINDS)
def test_mail_that_can_be_ended_is_ended_by_one_click_and_account_mail_can_not_be(kind: str) -> None:
    message = sent(kind)
    is_account = KINDS[kind].mail_class == "account"
    assert ("List-Unsubscribe" in message, "List-Unsubscribe-Post" in message) == (not is_account, not is_account)
    if not is_account:
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert str(message["List-Unsubscribe"]).strip("<>") in body(message)


def one_click(row: MailOutbox) -> str:
    return str(message_of(row)["List-Unsubscribe"]).strip("<>").removeprefix(settings.SITE_URL)


def test_opening_the_address_changes_nothing_and_one_post_ends_the_mails(student: Any) -> None:
    client, address = Client(enforce_csrf_checks=True), one_click(queue_mail(recipient=student.pk))
    assert client.get(address).status_code == 200
    assert client.head(address).status_code == 200
    assert not MailStop.objects.exists()
    for _ in range(2):
        assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [(stop.subject, stop.mail_class) for stop in MailStop.objects.all()] == [(f"member:{student.pk}", "course")]
    assert client.cookies == {}

    client.post(address, {"wanted": "1"})
    assert not MailStop.objects.exists()
    said = AuditEntry.objects.filter(action__startswith="mail.").order_by("position")
    assert [(entry.action, entry.via, entry.subject) for entry in said] == [
        ("mail.stopped", "mail", student.pk),
        ("mail.resumed", "mail", student.pk),
    ]


def test_an_address_without_account_is_not_kept_to_remember_that_it_wants_none() -> None:
    address = one_click(queue_mail(address="ana@example.org"))
    Client().post(address)
    (stop,) = MailStop.objects.all()
    assert "ana" not in f"{stop.subject} {address}"


@pytest.mark.parametrize("token", ["x", "course:member:1", "course:member:1.abc"])
def test_a_token_that_we_never_wrote_finds_nothing(client: Client, token: str) -> None:
    assert [client.get(f"/mail/stop/{token}/").status_code, client.post(f"/mail/stop/{token}/").status_code] == [
        404
    ] * 2


def test_a_token_of_another_class_can_not_be_made_of_one(client: Client, student: Any) -> None:
    address = one_click(queue_mail(recipient=student.pk))
    assert client.post(address.replace("course:", "account:")).status_code == 404
    assert client.post(address.replace(f"member:{student.pk}", "member:1")).status_code == (
        404 if student.pk != 1 else 200
    )
