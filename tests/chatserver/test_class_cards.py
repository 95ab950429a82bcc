"""A class comes in by its cards, all at once from one address; and a lost card ends what is open with it."""

import asyncio
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.chatserver.conftest import RIVERA, Enter, School
from tests.socket_client import Answer, Browser, SocketClient

pytestmark = pytest.mark.timeout(180)
AT_ONCE = 30
DOOR = "/sign-in/card/"


class Card(NamedTuple):
    name: str
    phrase: str


@pytest.fixture(scope="module")
def course(school: School) -> int:
    return int(school.value("SELECT id FROM rooms_course WHERE short_title = 'Algebra I'"))


LET_IN = """
from accounts.models import Member
from consent.gate import Allow
from consent.queries.facts import decisions_of
names = dict(Member.objects.filter(is_k12=True).values_list("pk", "sign_in_name"))
print(*(names[who] for who, decision in decisions_of(names).items() if isinstance(decision, Allow)))
"""


@pytest.fixture(scope="module")
def cards(school: School, course: int) -> list[Card]:
    """Of whoever has a yes at home, in Algebra I, as Ms. Rivera prints them."""
    let_in = school.elsewhere(LET_IN).split()
    page = f"/courses/{course}/cards/"
    teacher = school.browser(RIVERA)
    listed = teacher.get(page).text
    students = re.findall(r'name="students" value="(\d+)"', listed)
    sheet = teacher.fill_in(page, action=f"{page}make/", students=students, seen="0")
    printed = [Card(*found) for found in re.findall(r"<dd>(\S+)</dd>.*?<dd>([^<]+)</dd>", sheet.text, re.S)]
    return [card for card in printed if card.name in let_in]


def comes_in(school: School, card: Card, *, phrase: str = "") -> tuple[Browser, Answer]:
    browser = Browser(school.live)
    return browser, browser.fill_in(DOOR, name=card.name, phrase=phrase or card.phrase)


def taken_turns(cards: list[Card]) -> Iterator[Card]:
    """Thirty of them; some children have two devices."""
    yield from (cards * 2)[:AT_ONCE]


@pytest.mark.row("S1")
async def test_thirty_children_come_in_at_once_from_one_address(school: School, cards: list[Card]) -> None:
    assert len(cards) >= AT_ONCE / 2
    came = await asyncio.gather(*(asyncio.to_thread(comes_in, school, card) for card in taken_turns(cards)))
    assert [answer.status for _browser, answer in came] == [200] * AT_ONCE
    assert all(browser.cookies.get("session") for browser, _answer in came)
    sockets = await asyncio.gather(*(SocketClient.open(school.live, browser.cookie_header) for browser, _ in came))
    ready = await asyncio.gather(*(socket.hello() for socket in sockets))
    assert [frame["t"] for frame in ready] == ["ready"] * AT_ONCE
    await asyncio.gather(*(socket.close() for socket in sockets))


async def test_a_guesser_at_the_same_address_is_stopped_and_the_class_goes_on(
    school: School, cards: list[Card]
) -> None:
    victim, other = cards[0], cards[1]
    for _ in range(10):
        _browser, answer = await asyncio.to_thread(comes_in, school, victim, phrase="not the words")
        assert "Too many tries." not in answer.text
    browser, answer = await asyncio.to_thread(comes_in, school, victim)
    assert "Too many tries." in answer.text
    assert not browser.cookies.get("session")
    neighbour, _answer = await asyncio.to_thread(comes_in, school, other)
    assert neighbour.cookies.get("session")


@pytest.mark.row("S6")
async def test_a_lost_card_closes_the_sockets_that_came_in_by_it(
    school: School, course: int, cards: list[Card], enter: Enter
) -> None:
    lost, kept = cards[2], cards[3]
    thief, _answer = await asyncio.to_thread(comes_in, school, lost)
    child, _answer = await asyncio.to_thread(comes_in, school, kept)
    out = await enter(lost.name, cookie=thief.cookie_header)
    here = await enter(kept.name, cookie=child.cookie_header)
    page = f"/courses/{course}/cards/"
    revoke = f"{page}{school.member(lost.name)}/revoke/"
    await asyncio.to_thread(school.browser(RIVERA).fill_in, page, action=revoke)
    assert await out.closed() == 4451
    assert (await here.say(here.room("General"), "still here"))["t"] == "ack"
    again, answer = await asyncio.to_thread(comes_in, school, lost)
    assert not again.cookies.get("session")
    assert "That isn&#x27;t right yet." in answer.text
