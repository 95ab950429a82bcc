"""How a line to a mail server is opened: encrypted, unless it stays on this machine; with a name and a password."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from accounts.mail.carriers import Away
from accounts.mail.smtp import Smtp, dotted
from bench.mail_sink import mail_server
from chatserver.environment import Environment


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Callable[[], ssl.SSLContext]]:
    """A server's context for 127.0.0.1, and the context of who trusts it."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(_certificate())
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, lambda: ssl.create_default_context(cafile=str(path))


def _certificate() -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - dt.timedelta(1), now + dt.timedelta(1))
    made = builder.add_extension(here, critical=False).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM) + secret


class Doorman:
    """aiosmtpd's authenticator: who came, with which password."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, bytes]] = []

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.came.append((data.login, data.password))
        is_right = data.password == b"p:@ss/word"
        return AuthResult(success=is_right, handled=is_right)  # aiosmtpd answers what is not handled


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_the_line_is_encrypted_before_the_password_is_said(pair: Any) -> None:
    server, trusting = pair
    doorman = Doorman()
    with mail_server(tls_context=server, authenticator=doorman, auth_required=True) as (_inbox, url):
        way = Smtp("127.0.0.1", port_of(url), starts_tls=True, user="us", password="p:@ss/word", context=trusting)
        assert way.check() == "mail.test"
        assert doorman.came == [(b"us", b"p:@ss/word")]
        with pytest.raises(Away):  # nobody we know has signed for it: not a word more
            Smtp("127.0.0.1", port_of(url), starts_tls=True, user="us", password="p:@ss/word").check()
        assert len(doorman.came) == 1


def test_a_wrong_password_is_said_and_not_written_down(pair: Any) -> None:
    server, trusting = pair
    options = {"tls_context": server, "authenticator": Doorman(), "auth_exclude_mechanism": ["LOGIN"]}
    with mail_server(**options, auth_required=True) as (_inbox, url), pytest.raises(Away) as refused:
        Smtp("127.0.0.1", port_of(url), starts_tls=True, user="us", password="wrong-one", context=trusting).check()
    assert "535" in str(refused.value)
    assert "wrong-one" not in str(refused.value)


def test_a_server_that_offers_no_encryption_gets_no_password() -> None:
    doorman = Doorman()
    with mail_server(authenticator=doorman, auth_require_tls=False) as (_inbox, url), pytest.raises(Away):
        Smtp("127.0.0.1", port_of(url), starts_tls=True, user="us", password="x").check()
    assert doorman.came == []


def test_a_line_may_be_encrypted_from_its_first_byte(pair: Any) -> None:
    server, trusting = pair
    with mail_server(tls=server) as (_inbox, url):
        assert Smtp("127.0.0.1", port_of(url), is_tls=True, context=trusting).check() == "mail.test"


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls", "starts_tls"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, False, True),
        ("smtp://us:p%3A%40ss%2Fword@mail.example.org:587", "mail.example.org", 587, False, True),
        ("smtps://mail.example.org", "mail.example.org", 465, True, False),
        ("smtp://127.0.0.1", "127.0.0.1", 25, False, False),
        ("smtp://[::1]:2525", "::1", 2525, False, False),
        ("smtp://relay.internal?starttls=off", "relay.internal", 25, False, False),
    ],
)
def test_an_address_says_how(url: str, host: str, port: int, is_tls: bool, starts_tls: bool) -> None:
    way = Smtp.of_url(url)
    assert (way.host, way.port, way.is_tls, way.starts_tls) == (host, port, is_tls, starts_tls)
    assert way.password == ("p:@ss/word" if "us:" in url else "")
    assert Environment(mail_url=url).mail_way == url


@pytest.mark.parametrize(
    "url",
    ["http://x", "smtp://", "smtp://x:port", "mailbox", "mail.example.org", "smtp://us:p@relay.internal?starttls=off"],
)
def test_a_wrong_address_stops_the_start(url: str) -> None:
    with pytest.raises(ValidationError):
        Environment(mail_url=url)


@pytest.mark.parametrize("text", ["nobody", "a@b.c, d@e.f", "ClassTrak <x@y.z>\r\nBcc: a@b.c", "ClassTrak x@y.z"])
def test_a_sender_is_one_address(text: str) -> None:
    with pytest.raises(ValidationError):
        Environment(mail_from=text)
    assert Environment(mail_from="ClassTrak <x@example.org>").mail_sender == "ClassTrak <x@example.org>"


def test_in_a_demo_mail_stays_here_and_elsewhere_it_waits() -> None:
    assert [Environment(demo=True).mail_way, Environment(debug=True).mail_way, Environment().mail_way] == [
        "mailbox:",
        "mailbox:",
        "",
    ]


@pytest.mark.parametrize(
    ("here", "is_shown"),
    [
        ({}, False),
        ({"mail_url": "mailbox:"}, True),
        ({"mail_url": "mailbox:", "url": "https://chat.example.org"}, False),
        ({"mail_url": "smtp://localhost:25"}, False),
        ({"demo": True}, True),
    ],
)
def test_a_mailbox_is_shown_on_this_machine_alone(here: dict[str, Any], is_shown: bool) -> None:
    """Codes that open accounts lie in it, and it asks nobody who they are."""
    assert Environment(**here).is_mailbox_shown is is_shown


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b"a\n.\nb", b"a\r\n..\r\nb\r\n"),
        (b".a\r\n..b\r\n", b"..a\r\n...b\r\n"),
        (b"a\rb", b"a\r\nb\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_no_line_of_a_mail_is_its_end(body: bytes, sent: bytes) -> None:
    assert dotted(body) == sent


def test_the_mailbox_is_a_folder_of_var(settings: Any) -> None:
    from accounts.mail.mailbox import folder

    assert folder() == Path(settings.VAR) / "mailbox"
