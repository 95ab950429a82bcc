"""Pages take turns: whoever asks for many waits for them alone, and nobody waits for ever."""

import asyncio
from typing import Any

from chatserver.turns import Turns

GREEDY, OTHER = "192.0.2.1", "192.0.2.2"


class Pages:
    """Each is at work until it is told to end; those that began, in their order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.at_work: list[asyncio.Event] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.begun.append(scope["client"][0])
        end = asyncio.Event()
        self.at_work.append(end)
        try:
            await end.wait()
        finally:
            self.at_work.remove(end)

    async def end_one(self) -> None:
        self.at_work[0].set()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def ask(turns: Turns, address: str, answers: list[int] | None = None) -> "asyncio.Task[None]":
    async def send(event: dict[str, Any]) -> None:
        if answers is not None and event["type"] == "http.response.start":
            answers.append(event["status"])

    task = asyncio.ensure_future(turns({"type": "http", "client": [address, 1]}, None, send))
    await settle()
    return task


async def test_so_many_pages_are_at_work_and_the_others_wait() -> None:
    pages = Pages()
    turns = Turns(pages, at_once=2)
    tasks = [await ask(turns, GREEDY) for _ in range(5)]
    most = len(pages.at_work)
    while pages.at_work:
        await pages.end_one()
        most = max(most, len(pages.at_work))
    await asyncio.gather(*tasks)
    assert (most, len(pages.begun)) == (2, 5)


async def test_one_who_asks_for_many_is_served_in_turn_with_the_others() -> None:
    pages = Pages()
    turns = Turns(pages, at_once=1)
    tasks = [await ask(turns, GREEDY) for _ in range(4)] + [await ask(turns, OTHER) for _ in range(2)]
    while pages.at_work:
        await pages.end_one()
    await asyncio.gather(*tasks)
    assert pages.begun == [GREEDY, GREEDY, OTHER, GREEDY, OTHER, GREEDY]


async def test_who_asks_for_too_many_is_told_and_the_others_are_not_refused() -> None:
    pages, answers = Pages(), list[int]()
    turns = Turns(pages, at_once=1, most_waiting=2)
    tasks = [await ask(turns, GREEDY, answers) for _ in range(4)]
    assert answers == [503]
    tasks.append(await ask(turns, OTHER, answers))
    while pages.at_work:
        await pages.end_one()
    await asyncio.gather(*tasks)
    assert (answers, pages.begun.count(GREEDY), pages.begun.count(OTHER)) == ([503], 3, 1)


async def test_a_school_s_address_may_ask_for_more_and_not_without_end() -> None:
    pages, answers = Pages(), list[int]()
    turns = Turns(pages, lambda address: address == OTHER, at_once=1, most_waiting=1, most_waiting_listed=3)
    tasks = [await ask(turns, OTHER, answers) for _ in range(4)]
    assert answers == []
    tasks += [await ask(turns, OTHER, answers), await ask(turns, GREEDY, answers), await ask(turns, GREEDY, answers)]
    assert answers == [503, 503]
    while pages.at_work:
        await pages.end_one()
    await asyncio.gather(*tasks)


async def test_who_goes_while_waiting_or_at_work_leaves_the_turn_to_the_next() -> None:
    pages = Pages()
    turns = Turns(pages, at_once=1)
    at_work, waiting, last = [await ask(turns, GREEDY) for _ in range(3)]
    waiting.cancel()
    at_work.cancel()
    await settle()
    assert len(pages.begun) == 2
    await pages.end_one()
    await last
    assert (await ask(turns, OTHER)).done() is False
    assert pages.begun[-1] == OTHER
    await pages.end_one()


async def test_a_turn_that_comes_as_its_waiter_goes_is_handed_on() -> None:
    pages = Pages()
    turns = Turns(pages, at_once=1)
    first, second, third = [await ask(turns, GREEDY) for _ in range(3)]
    pages.at_work[0].set()
    await first  # the second has its turn, and has not begun
    second.cancel()
    await settle()
    assert len(pages.at_work) == 1
    await pages.end_one()
    await third


async def test_sockets_take_no_turns() -> None:
    pages = Pages()
    turns = Turns(pages, at_once=1)
    scope = {"type": "websocket", "client": [GREEDY, 1]}
    tasks = [asyncio.ensure_future(turns(scope, None, None)) for _ in range(3)]
    await settle()
    assert len(pages.at_work) == 3
    while pages.at_work:
        await pages.end_one()
    await asyncio.gather(*tasks)
