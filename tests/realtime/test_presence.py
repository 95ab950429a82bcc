"""Presence and typing are told once per second and topic, as what has changed and as what is."""

import asyncio

import pytest

from realtime import presence
from realtime.presence import Elsewhere, Presence, Typing


class Told(list[tuple[object, ...]]):
    def __call__(self, *told: object) -> None:
        self.append(told)


@pytest.fixture
def told() -> Told:
    return Told()


async def test_all_who_came_within_a_second_are_told_at_once(told: Told):
    here = Presence(told)
    for seat in (3, 1, 2):
        here.enter("room:1", seat, f"socket {seat}")
    here.tell()
    assert told == [("room:1", [1, 2, 3], [])]


async def test_a_person_with_two_sockets_is_gone_with_the_second(told: Told):
    here = Presence(told)
    here.enter("room:1", 7, "phone")
    here.enter("room:1", 7, "laptop")
    here.tell()
    here.leave("room:1", 7, "phone")
    here.tell()
    assert here.here("room:1") == [7]
    here.leave("room:1", 7, "laptop")
    here.tell()
    assert told == [("room:1", [7], []), ("room:1", [], [7])]


async def test_gone_and_back_within_a_second_was_never_gone(told: Told):
    here = Presence(told)
    here.enter("room:1", 7, "before")
    here.tell()
    here.leave("room:1", 7, "before")
    here.enter("room:1", 7, "after")
    here.tell()
    assert told == [("room:1", [7], [])]


async def test_who_is_new_makes_a_whole_of_what_was_told_and_what_is_told_next(told: Told):
    here = Presence(told)
    here.enter("room:1", 7, "before")
    here.tell()
    here.leave("room:1", 7, "before")
    assert here.here("room:1") == [7]
    here.enter("room:1", 7, "after")
    here.enter("room:1", 8, "another")
    assert here.here("room:1") == [7]
    here.tell()
    assert told[-1] == ("room:1", [8], [])
    assert here.here("room:1") == [7, 8]


async def test_come_and_gone_within_a_second_was_never_here(told: Told):
    here = Presence(told)
    here.enter("room:1", 7, "socket")
    here.leave("room:1", 7, "socket")
    here.tell()
    assert told == []


async def test_each_topic_is_told_of_its_own(told: Told):
    here = Presence(told)
    here.enter("room:1", 7, "socket")
    here.enter("room:2", 4, "socket")
    here.tell()
    assert told == [("room:1", [7], []), ("room:2", [4], [])]
    assert here.here("room:3") == []


async def test_leaving_where_one_is_not_changes_nothing(told: Told):
    here = Presence(told)
    here.leave("room:1", 7, "socket")
    here.enter("room:1", 8, "socket")
    here.leave("room:1", 7, "socket")
    here.leave("room:1", 8, "another")
    here.tell()
    assert told == [("room:1", [8], [])]


async def test_the_second_rings_by_itself(told: Told, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(presence, "TELL_SECONDS", 0.01)
    rung = asyncio.Event()

    def tell(*arguments: object) -> None:
        told(*arguments)
        rung.set()

    here, typing = Presence(tell), Typing(tell)
    here.enter("room:1", 7, "socket")
    await rung.wait()
    rung.clear()
    typing.typed("room:1", 7)
    await rung.wait()
    assert told == [("room:1", [7], []), ("room:1", [7])]


async def test_typing_is_told_as_all_who_type_and_only_when_that_changes(told: Told):
    now = 100.0
    typing = Typing(told, clock=lambda: now)
    typing.typed("room:1", 2)
    typing.typed("room:1", 1)
    typing.tell()
    now = 103.0
    typing.typed("room:1", 1)
    typing.tell()
    now = 105.5
    typing.tell()
    now = 109.0
    typing.tell()
    typing.tell()
    assert told == [("room:1", [1, 2]), ("room:1", [1]), ("room:1", [])]


async def test_who_has_sent_the_message_types_no_more(told: Told):
    typing = Typing(told)
    typing.typed("room:1", 2)
    typing.tell()
    typing.stopped("room:1", 2)
    typing.stopped("room:2", 2)
    typing.tell()
    assert told == [("room:1", [2]), ("room:1", [])]


async def test_typed_and_sent_within_a_second_is_never_told(told: Told):
    typing = Typing(told)
    typing.typed("room:1", 2)
    typing.stopped("room:1", 2)
    typing.tell()
    assert told == []


async def test_a_person_is_here_as_long_as_one_process_has_a_socket_of_theirs(told: Told):
    here = Presence(told)
    here.enter("room:1", 7, "socket")
    here.hear("other", {"room:1": [7, 8]}, is_whole=True)
    here.tell()
    here.leave("room:1", 7, "socket")
    here.tell()
    assert here.here("room:1") == [7, 8]
    here.hear("other", {"room:1": [8]}, is_whole=False)
    here.tell()
    assert told == [("room:1", [7, 8], []), ("room:1", [], [7])]


async def test_what_a_process_says_of_one_topic_leaves_the_others_and_the_whole_replaces_all(told: Told):
    here = Presence(told)
    assert here.hear("other", {"room:1": [1], "room:2": [2]}, is_whole=True), "the first that is heard of it"
    assert not here.hear("other", {"room:1": []}, is_whole=False)
    here.tell()
    assert (here.here("room:1"), here.here("room:2")) == ([], [2])
    here.hear("other", {"room:3": [3]}, is_whole=True)
    here.tell()
    assert told == [("room:2", [2], []), ("room:2", [], [2]), ("room:3", [3], [])]


async def test_who_moves_to_another_process_within_a_second_was_never_gone(told: Told):
    here = Presence(told)
    here.hear("other", {"room:1": [7]}, is_whole=True)
    here.tell()
    here.hear("other", {"room:1": []}, is_whole=False)
    here.enter("room:1", 7, "socket")
    here.tell()
    assert told == [("room:1", [7], [])]


async def test_the_people_of_a_silent_process_are_gone(told: Told):
    now = 100.0
    here = Presence(told)
    here._elsewhere = Elsewhere(lambda: now)
    here.hear("dead", {"room:1": [7], "room:2": [7]}, is_whole=True)
    here.hear("alive", {"room:1": [7, 8]}, is_whole=True)
    here.tell()
    now += presence.SILENT_SECONDS - 1
    here.hear("alive", {"room:1": [7, 8]}, is_whole=True)
    here.forget_silent()
    here.tell()
    assert here.here("room:2") == [7]
    now += 2
    here.forget_silent()
    here.tell()
    assert (here.here("room:1"), here.here("room:2")) == ([7, 8], [])
    assert here.hear("dead", {"room:2": [7]}, is_whole=True), "it was only asleep: as new"
    here.tell()
    assert here.here("room:2") == [7]


async def test_a_process_says_its_own_people_of_topics_that_have_changed(told: Told):
    said = Told()
    here = Presence(told, said)
    here.hear("other", {"room:1": [1]}, is_whole=True)
    here.say()
    here.enter("room:1", 7, "phone")
    here.enter("room:1", 7, "laptop")
    here.enter("room:2", 9, "phone")
    here.say()
    here.leave("room:1", 7, "phone")
    here.leave("room:2", 9, "phone")
    here.say()
    assert said == [({},), ({"room:1": (7,), "room:2": (9,)},), ({"room:1": (7,), "room:2": ()},)]
    assert here.own() == {"room:1": (7,)}


async def test_stopping_says_whether_anybody_was_typing(told: Told):
    typing = Typing(told)
    assert not typing.stopped("room:1", 2)
    typing.typed("room:1", 2)
    assert typing.stopped("room:1", 2)
    assert not typing.stopped("room:1", 2)
