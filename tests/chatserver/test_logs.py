"""The log: one JSON line per record, which tells where and when, and nothing of what people wrote or who they are."""

import http.client
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from chatserver.logs import Doing, JsonLines, PlainLines, about
from tests.live import Live
from tests.served import Served
from tests.socket_client import SocketClient, uuid7
from tests.vendors import only_sqlite

CANARY = "canary-7f3a"


def record(
    name: str, text: str, *arguments: Any, problem: BaseException | None = None, **extra: Any
) -> logging.LogRecord:
    info = (type(problem), problem, problem.__traceback__) if problem is not None else None
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, text, arguments, info)
    made.__dict__ |= extra
    return made


def line(*arguments: Any, **named: Any) -> dict[str, Any]:
    formatted = JsonLines().format(record(*arguments, **named))
    assert "\n" not in formatted
    return dict(json.loads(formatted))


def raised(problem: BaseException) -> BaseException:
    try:
        raise problem
    except type(problem) as caught:
        return caught


# Forms


def test_a_line_says_when_how_bad_who_and_what() -> None:
    said = line("chatserver.clock", "clock: %s: %d", "forget", 3, shown={"id": "s-1", "code": 1001})
    assert said.pop("time").endswith("+00:00")
    assert said.pop("pid") > 0
    assert said == {
        "level": "error",
        "logger": "chatserver.clock",
        "message": "clock: forget: 3",
        "id": "s-1",
        "code": 1001,
    }


def test_a_line_written_during_a_request_carries_its_id() -> None:
    with about(Doing("r-1")):
        assert line("rooms", "here")["id"] == "r-1"
    assert "id" not in line("rooms", "there")


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_an_exception_shows_its_kind_and_place_and_not_its_words(form: logging.Formatter) -> None:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as first:
            raise ValueError(f"of {CANARY}") from first
    except ValueError as problem:
        said = form.format(record("rooms", "it failed: %s, %r", problem, problem, problem=problem))
    assert CANARY not in said
    assert said.count("ValueError") == 3
    assert "KeyError" in said
    assert "tests/chatserver/test_logs.py:" in said
    assert "it failed: ValueError, ValueError" in said


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_what_speaks_of_the_machine_keeps_its_words(form: logging.Formatter) -> None:
    for problem in (OperationalError("database is locked"), ConnectionRefusedError(111, "refused")):
        assert str(problem) in form.format(record("watch", "could not look", problem=raised(problem)))
    assert CANARY not in form.format(record("watch", "could not store", problem=raised(IntegrityError(CANARY))))


@pytest.mark.parametrize(
    ("name", "text", "arguments", "message"),
    [
        ("django.request", "%s: %s", ("Not Found", f"/{CANARY}/"), "Not Found"),
        ("django.security.csrf", "Forbidden (%s): %s", ("CSRF token missing.", f"/{CANARY}/"), "CSRF token missing."),
        ("django.security.DisallowedHost", f"Invalid HTTP_HOST header: '{CANARY}'", (), "Invalid HTTP_HOST header"),
        ("asyncio", f"Task exception was never retrieved\nfuture: {CANARY}", (), "Task exception was never retrieved"),
    ],
)
def test_what_others_quote_is_left_out(name: str, text: str, arguments: tuple[str, ...], message: str) -> None:
    assert line(name, text, *arguments)["message"] == message


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_a_refused_request_shows_no_traceback_since_anybody_can_send_one(form: logging.Formatter) -> None:
    refused = record("django.security.DisallowedHost", "Invalid HTTP_HOST header: x", problem=raised(ValueError("x")))
    fault = record("django.request", "%s", "Internal Server Error", problem=raised(ValueError("x")))
    assert ["ValueError" in form.format(each) for each in (refused, fault)] == [False, True]


def test_a_traceback_that_was_written_out_as_text_is_shown_as_ours() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        import traceback

        said = line("daphne.http_protocol", traceback.format_exc())
    assert said["message"] == "Traceback (most recent call last):"
    assert said["traceback"][-1] == "ValueError"
    assert CANARY not in json.dumps(said)


# A server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("logs"), log_level="DEBUG")
    yield server
    if server.process is not None:
        server.kill()


def lines(live: Live) -> list[dict[str, Any]]:
    whole = live.log.read_text().splitlines(keepends=True)
    return [json.loads(text) for text in whole if text.startswith("{") and text.endswith("\n")]


def is_request(said: dict[str, Any]) -> bool:
    return (said["logger"], said["message"]) == ("access", "request")


def until(condition: Callable[[], object], what: str) -> None:
    """An answer is there before its line is written."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} never came true")


def request(live: Live, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    """Its status and the id that the log knows it by."""
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=30)) as connection:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["x-request-id"]


def break_rows(live: Live, table: str, what: str) -> None:
    """Every such change of a row is refused by the database, in words that hold a canary."""
    with closing(sqlite3.connect(live.var / "chat.sqlite3", timeout=10)) as database, database:
        database.execute(
            f"CREATE TRIGGER broken_{table} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'row {CANARY}'); END"
        )


@only_sqlite
@pytest.mark.timeout(180)
async def test_a_whole_exchange_leaves_no_content_no_secret_and_no_name(served: Served) -> None:
    ((teacher, student, *_),) = served.provision(1, 3)
    served.start()
    client = await SocketClient.open(served, teacher.cookie)
    await client.hello()
    for text in (f"plain {CANARY}", f"**{CANARY}** `x`", f"[{CANARY}](https://x.example/?{CANARY})"):
        assert (await client.say(teacher.room, text))["t"] == "ack"
    assert (await client.ask("message.send", room=999, cid=uuid7(), text=CANARY))["t"] == "error"
    assert (await client.ask("message.send", room=teacher.room, cid=CANARY, text=CANARY))["t"] == "error"
    assert (await client.ask("message.send", room=teacher.room, cid=uuid7(), text=CANARY * 2000))["t"] == "error"
    break_rows(served, "rooms_message", "INSERT")
    assert (await client.ask("message.send", room=teacher.room, cid=uuid7(), text=CANARY))["code"] == "try_later"
    await client.connection.send(json.dumps({"t": CANARY, "text": CANARY}))
    await client.connection.send(CANARY)
    await client.connection.send(f"[{CANARY}]")
    await client.connection.send(CANARY.encode())
    await client.closed()

    origin = {"Origin": served.origin, "Cookie": f"session={CANARY}; csrf={CANARY}"}
    assert request(served, "GET", f"/sign-in/?token={CANARY}", **origin)[0] == 200
    assert request(served, "GET", f"/{CANARY}/?code={CANARY}", **origin)[0] == 404
    assert request(served, "POST", "/sign-in/", f"login={CANARY}", **origin)[0] == 403
    assert request(served, "GET", "/sign-in/", Host=f"{CANARY}.example")[0] == 400
    assert request(served, "GET", f"/rooms/{teacher.room}/", Cookie=student.cookie)[0] == 200
    break_rows(served, "accounts_session", "INSERT")
    break_rows(served, "accounts_attempt", "INSERT")
    failed, failed_id = sign_in(served)
    assert failed == 500
    until(
        lambda: [each for each in lines(served) if is_request(each) and each["id"] == failed_id], "its line in the log"
    )

    whole = served.log.read_text()
    said = lines(served)
    assert CANARY not in whole
    secrets = [teacher.cookie.partition("=")[2], student.cookie.partition("=")[2]]
    assert not [secret for secret in secrets if secret in whole]
    assert {"request", "socket"} <= {each["message"] for each in said}
    assert all({"time", "level", "logger", "message", "pid"} <= each.keys() for each in said)
    seen = {each["id"]: each for each in said if is_request(each)}
    assert seen[failed_id]["status"] == 500
    assert seen[failed_id]["route"] == "/sign-in/"
    (fault,) = [each for each in said if each.get("id") == failed_id and "traceback" in each]
    assert fault["traceback"][-1] == "IntegrityError"
    assert any(each["route"] and each["route"].startswith("/rooms/") for each in seen.values())
    assert {each["route"] for each in seen.values() if each["status"] == 404} == {None}


def sign_in(live: Live) -> tuple[int, str]:
    """A form that is right, with a name and a password that are canaries."""
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=30)) as connection:
        connection.request("GET", "/sign-in/")
        answer = connection.getresponse()
        page, cookie = answer.read().decode(), answer.headers["Set-Cookie"].partition(";")[0]
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    body = f"csrfmiddlewaretoken={token}&login={CANARY}%40example.org&password={CANARY}"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": live.origin, "Cookie": cookie}
    return request(live, "POST", "/sign-in/", body, **form)
