"""Who gets a socket: 403 before it opens without a session or with another Origin; all else is said, then closed."""

import asyncio
import socket

import pytest
from websockets.exceptions import InvalidStatus

from tests.chatserver.conftest import DEVON, RIVERA, Enter, School
from tests.socket_client import Browser, SocketClient


async def refused(school: School, cookie: str | None, **how: object) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        await SocketClient.open(school.live, cookie, **how)  # type: ignore[arg-type]
    return refusal.value.response.status_code


async def turned_away(school: School, username: str, **how: object) -> tuple[dict[str, object], int]:
    """The `closing` frame and the close code; nothing else comes."""
    client = await SocketClient.open(school.live, school.browser(username).cookie_header, **how)  # type: ignore[arg-type]
    code = await client.closed()
    (closing,) = client.frames
    await client.close()
    return closing, code


async def test_a_signed_in_member_gets_a_socket(enter: Enter) -> None:
    rivera = await enter(RIVERA)
    member = rivera.ready["member"]
    assert (member["name"], member["sign_in_name"]) == ("Ms. Rivera", RIVERA)
    assert rivera.connection.subprotocol == "chatserver.v1"
    assert rivera.ready["protocol"] == 1


async def test_many_who_come_at_once_are_each_let_in_as_themselves(school: School, enter: Enter) -> None:
    """One look into the database answers them all."""
    names = [RIVERA, DEVON, "jada.a", "kenji.o", "paula.kim", "m.chen", "tobias.r", "t.ibarra"] * 5
    for name in names:
        school.browser(name)
    clients = await asyncio.gather(*(enter(name) for name in names))
    assert [client.ready["member"]["sign_in_name"] for client in clients] == names
    rooms = {name: client.rooms.keys() for name, client in zip(names, clients, strict=True)}
    assert all(client.rooms.keys() == rooms[name] for name, client in zip(names, clients, strict=True))
    assert len({frozenset(each) for each in rooms.values()}) > 5


@pytest.mark.row("S6")
@pytest.mark.parametrize(
    "cookie",
    [None, "", "session=", "session=" + "x" * 32, "session=a; session=b", "session=%00", "=;=;"],
)
async def test_without_a_session_the_answer_is_403(school: School, cookie: str | None) -> None:
    assert await refused(school, cookie) == 403


async def test_cookies_of_others_do_not_hide_the_session(school: School, enter: Enter) -> None:
    """A browser sends whatever was ever set for this host; pages read it leniently, and so does the door."""
    ours = school.browser(DEVON).cookie_header
    devon = await enter(DEVON, cookie=f'theirs={{"a": [1, "x"]}}; odd name=1; {ours}; last=@,()')
    assert devon.ready["member"]["sign_in_name"] == DEVON


@pytest.mark.row("S6")
async def test_an_expired_session_gets_403(school: School) -> None:
    browser = Browser.signed_in(school.live, DEVON)
    school.elsewhere(
        "from accounts.models import Session; from django.utils import timezone\n"
        "print(Session.objects.filter(session_key=key).update(expire_date=timezone.now()))",
        key=browser.cookies["session"],
    )
    assert await refused(school, browser.cookie_header) == 403


@pytest.mark.row("S6")
async def test_the_cookie_of_an_ended_session_gets_403(school: School) -> None:
    browser = Browser.signed_in(school.live, DEVON)
    old = browser.cookie_header
    browser.fill_in("/", action="/sign-out/")
    assert await refused(school, old) == 403


@pytest.mark.row("S6")
async def test_a_session_from_before_a_new_password_gets_403(school: School, enter: Enter) -> None:
    browser = Browser.signed_in(school.live, "tobias.r")
    assert (await enter("tobias.r", cookie=browser.cookie_header)).ready
    school.elsewhere(
        "from accounts.models import Member\n"
        "member = Member.objects.get(sign_in_name=name); member.set_password('other words 17'); member.save()",
        name="tobias.r",
    )
    assert await refused(school, browser.cookie_header) == 403


ORIGINS = [
    None,
    "null",
    "",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "https://127.0.0.1:{port}",
    "ws://127.0.0.1:{port}",
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}.evil.example",
    "http://evil.example#127.0.0.1:{port}",
    "http://user@127.0.0.1:{port}",
    "http://127.0.0.1:{port}@evil.example",
    "HTTP://127.0.0.1:{port}",
    "http://[::1]:{port}",
    "https://[::1",
    "http://127.0.0.1:{port} http://127.0.0.1:{port}",
]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_only_the_exact_origin_is_let_in(school: School, origin: str | None) -> None:
    cookie = school.browser(RIVERA).cookie_header
    forged = origin.format(port=school.live.port) if origin is not None else None
    assert await refused(school, cookie, origin=forged) == 403


def shake(school: School, *headers: tuple[bytes, bytes]) -> bytes:
    """The status line that a handshake by hand gets; these headers besides the necessary ones."""
    lines = [
        (b"Host", f"127.0.0.1:{school.live.port}".encode()),
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        (b"Sec-WebSocket-Version", b"13"),
        (b"Sec-WebSocket-Protocol", b"chatserver.v1"),
        *headers,
    ]
    head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
    with socket.create_connection(("127.0.0.1", school.live.port), timeout=10) as wire:
        wire.sendall(b"GET /ws/ HTTP/1.1\r\n" + head + b"\r\n")
        with wire.makefile("rb") as answer:
            return answer.readline()


def test_two_origins_are_refused(school: School) -> None:
    cookie, origin = school.browser(RIVERA).cookie_header.encode(), school.live.origin.encode()
    assert b" 101 " in shake(school, (b"Cookie", cookie), (b"Origin", origin))
    assert b" 403 " in shake(school, (b"Cookie", cookie), (b"Origin", origin), (b"Origin", origin))
    assert b" 403 " in shake(school, (b"Cookie", cookie), (b"Origin", origin), (b"origin", b"http://evil.example"))


def test_a_cookie_in_two_headers_is_read_whole(school: School) -> None:
    """As a proxy makes them of HTTP/2."""
    cookie, origin = school.browser(RIVERA).cookie_header.encode(), school.live.origin.encode()
    assert b" 101 " in shake(school, (b"Cookie", b"theirs=1"), (b"Cookie", cookie), (b"Origin", origin))


HEADERS = [b"X-Other", b"Origin", b"Host", b"User-Agent", b"Sec-WebSocket-Protocol", b"Sec-WebSocket-Key", b"Cookie"]


@pytest.mark.parametrize("header", HEADERS)
def test_no_byte_in_a_header_makes_a_second_one(school: School, header: bytes) -> None:
    """Every byte once before what would be a session's cookie. Nobody gets in, and nothing ends in a fault."""
    session = b"Cookie: session=" + school.browser(RIVERA).cookies["session"].encode()
    own = [] if header == b"Origin" else [(b"Origin", school.live.origin.encode())]
    for byte in range(256):
        status = shake(school, *own, (header, b"a" + bytes([byte]) + session))
        assert b" 400 " in status or b" 403 " in status, (byte, status)


def test_no_byte_in_the_name_of_a_header_is_a_fault(school: School) -> None:
    own = [(b"Origin", school.live.origin.encode()), (b"Cookie", b"session=none")]
    for byte in range(256):
        status = shake(school, *own, (b"X-" + bytes([byte]) + b"Name", b"value"))
        assert b" 400 " in status or b" 403 " in status, (byte, status)


async def test_this_machine_has_two_names(school: School) -> None:
    origin = f"http://localhost:{school.live.port}"
    client = await SocketClient.open(school.live, school.browser(RIVERA).cookie_header, origin=origin)
    await client.close()


@pytest.mark.parametrize("subprotocols", [(), ("chatserver.v0",)])
async def test_a_page_that_speaks_another_protocol_is_told_to_reload(
    school: School, subprotocols: tuple[str, ...]
) -> None:
    closing, code = await turned_away(school, RIVERA, subprotocols=subprotocols)
    assert (closing["t"], closing["code"], closing["reason"], code) == ("closing", 4440, "page_too_old", 4440)
    assert closing["text"]


@pytest.mark.row("S18")
async def test_a_child_without_consent_is_told_and_closed(school: School) -> None:
    closing, code = await turned_away(school, "sofia.n")
    assert (closing["code"], closing["reason"], code) == (4453, "consent_waiting", 4453)
    assert closing["remedy"] == {"label": "See what happened", "url": "/gate/"}


@pytest.mark.parametrize(
    ("state", "code"),
    [("suspended", 4455), ("limited", 4452)],
)
async def test_who_is_suspended_or_on_hold_is_told_and_closed(school: School, state: str, code: int) -> None:
    school.browser("marcus.o")
    change_state(school, "marcus.o", state)
    closing, closed = await turned_away(school, "marcus.o")
    assert (closing["code"], closed) == (code, code)
    change_state(school, "marcus.o", "active")


@pytest.mark.row("S6")
async def test_a_closed_account_has_no_session_any_more(school: School) -> None:
    cookie = school.browser("chloe.v").cookie_header
    change_state(school, "chloe.v", "closed")
    assert await refused(school, cookie) == 403


@pytest.mark.row("S19")
async def test_the_young_are_out_while_the_school_has_no_agreement(school: School, enter: Enter) -> None:
    school.browser(DEVON)
    school.elsewhere(
        "from accounts.actor import Actor; from consent.actions.schools import end_agreement\n"
        "from consent.models import SchoolAgreement\n"
        "end_agreement(Actor.command('test'), SchoolAgreement.objects.get())"
    )
    closing, code = await turned_away(school, DEVON)
    assert (closing["code"], closing["reason"], code) == (4454, "agreement_ended", 4454)
    assert (await enter("jada.a")).ready["rooms"], "14: needs no agreement"
    school.elsewhere("from consent.models import SchoolAgreement as A; A.objects.update(ended_at=None)")


def change_state(school: School, username: str, state: str) -> None:
    school.elsewhere(
        "from accounts.actor import Actor; from accounts.actions.members import change_state\n"
        "from accounts.models import Member, MemberState\n"
        "member = Member.objects.get(sign_in_name=name)\n"
        "change_state(Actor.command('test'), member, MemberState(state), reason='test')",
        name=username,
        state=state,
    )
