"""Joining: replay and live meet without a hole and without a double, wherever the joiner stood."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from realtime.hub import REPLAY_FRAMES, Hub, Run, ViewFrames
from tests.realtime.hub_world import Client, MemoryHistory, event, same_for_all, settle, until

ROOM = "room:1"


@pytest.fixture
def history() -> MemoryHistory:
    return MemoryHistory()


@pytest.fixture
async def hub(history: MemoryHistory) -> AsyncIterator[Hub]:
    hub = Hub(asyncio.get_running_loop(), history)
    hub.start()
    yield hub
    await hub.stop()


async def test_who_joins_from_now_on_gets_the_next_event_first(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 5)
    client = Client(hub)
    assert await client.join(ROOM, None) == 5
    hub.arrive(history.commit(ROOM, 2))
    await settle(hub, history, client)
    assert client.seqs() == [6, 7]


async def test_who_was_away_gets_what_follows_its_last(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 9)
    client = Client(hub)
    assert await client.join(ROOM, 4) == 9
    assert client.seqs() == [5, 6, 7, 8, 9]
    assert history.reads == [(ROOM, "staff", 4, 9)]


async def test_all_who_come_back_at_once_from_one_place_share_a_read(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 9)
    clients = [Client(hub, number, view="peer" if number % 2 else "staff") for number in range(50)]
    await asyncio.gather(*(client.join(ROOM, 4) for client in clients))
    assert {tuple(client.seqs()) for client in clients} == {(5, 6, 7, 8, 9)}
    assert sorted(history.reads) == [(ROOM, "peer", 4, 9), (ROOM, "staff", 4, 9)]
    assert clients[0].views() != clients[1].views()


async def test_one_of_them_who_leaves_meanwhile_takes_the_read_from_nobody(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 9)
    history.turns = 5
    first, second = Client(hub), Client(hub)
    joins = [asyncio.ensure_future(each.join(ROOM, 4)) for each in (first, second)]
    await until(lambda: bool(history.reads))
    joins[0].cancel()
    await joins[1]
    assert (first.seqs(), second.seqs()) == ([], [5, 6, 7, 8, 9])


async def test_an_empty_topic_starts_at_one(hub: Hub, history: MemoryHistory):
    client = Client(hub)
    assert await client.join(ROOM, 0) == 0
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, client)
    assert client.seqs() == [1]
    assert client.gaps() == []


async def test_what_is_still_in_memory_is_replayed_from_there(hub: Hub, history: MemoryHistory):
    first, second = Client(hub), Client(hub)
    await first.join(ROOM, None)
    hub.arrive(history.commit(ROOM, 20))
    await settle(hub, history, first)
    await second.join(ROOM, 3)
    assert second.seqs() == list(range(4, 21))
    assert history.reads == []


async def test_nothing_from_before_a_removal_is_replayed_from_memory(hub: Hub, history: MemoryHistory):
    first, second = Client(hub), Client(hub)
    await first.join(ROOM, None)
    hub.arrive(history.commit(ROOM, 5))
    history.lasts[ROOM] = 6
    hub.arrive(Run(ROOM, 6, [ViewFrames(same_for_all(ROOM, 6).default, rewrites=True)]))
    await settle(hub, history, first)
    await second.join(ROOM, 3)
    assert history.reads == [(ROOM, "staff", 3, 6)]
    await Client(hub).join(ROOM, 5)
    assert len(history.reads) == 1


async def test_500_events_are_replayed_and_one_more_is_a_gap(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 600)
    near, far = Client(hub), Client(hub)
    await near.join(ROOM, 600 - REPLAY_FRAMES)
    await far.join(ROOM, 600 - REPLAY_FRAMES - 1)
    assert near.seqs() == list(range(101, 601))
    assert (far.seqs(), far.gaps()) == ([], [[1, 600]])
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, near, far)
    assert far.seqs() == [601]


async def test_below_the_first_kept_event_is_a_gap(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 50)
    history.firsts[ROOM] = 40
    below, at = Client(hub), Client(hub)
    await below.join(ROOM, 38)
    await at.join(ROOM, 39)
    assert (below.seqs(), below.gaps()) == ([], [[40, 50]])
    assert at.seqs() == list(range(40, 51))


async def test_purged_while_nobody_told_us_is_a_gap(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 50)
    await Client(hub).join(ROOM, None)
    history.firsts[ROOM] = 51
    late = Client(hub)
    await late.join(ROOM, 10)
    assert late.gaps() == [[51, 50]]


async def test_ahead_of_a_restored_database_is_a_gap(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 7)
    client = Client(hub)
    await client.join(ROOM, 9)
    assert client.gaps() == [[1, 7]]
    hub.arrive(history.commit(ROOM, 3))
    await settle(hub, history, client)
    assert client.seqs() == [8, 9, 10]


async def test_ahead_of_this_process_alone_is_no_gap(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 7)
    await Client(hub).join(ROOM, None)
    history.commit(ROOM, 2)  # by another process, on its way to us
    client = Client(hub)
    await client.join(ROOM, 9)
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, client)
    assert (client.seqs(), client.gaps()) == ([10], [])


async def test_events_that_arrive_while_the_topic_opens_are_not_lost(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 3)
    history.turns = 5
    client = Client(hub)
    joining = asyncio.ensure_future(client.join(ROOM, 1))
    await asyncio.sleep(0)
    hub.arrive(history.commit(ROOM, 2))
    await joining
    await settle(hub, history, client)
    assert client.seqs() == [2, 3, 4, 5]


async def test_replay_waits_until_the_client_has_read(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 5)
    client = Client(hub)
    client.outbox.full = asyncio.Event()
    joining = asyncio.ensure_future(client.join(ROOM, 0))
    for _ in range(20):
        await asyncio.sleep(0)
    assert client.seqs() == []
    client.outbox.full.set()
    await joining
    assert client.seqs() == [1, 2, 3, 4, 5]


async def test_another_view_goes_on_where_the_first_stood(hub: Hub, history: MemoryHistory):
    client = Client(hub)
    await client.join(ROOM, None)
    hub.arrive(history.commit(ROOM, 3))
    await settle(hub, history, client)
    hub.arrive(history.commit(ROOM, 3))
    client.view = "peer"
    await client.join(ROOM, None)
    await settle(hub, history, client)
    assert client.seqs() == [1, 2, 3, 4, 5, 6]
    assert [each["view"] for each in client.read() if each["seq"] in (3, 6)] == ["staff", "peer"]
    assert client.connection.follows == {ROOM: "peer"}


async def test_another_view_in_the_middle_of_a_fan_out_loses_nothing(
    hub: Hub, history: MemoryHistory, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("realtime.fan_out.CHUNK_SOCKETS", 1)
    monkeypatch.setattr("realtime.fan_out.SLICE_SECONDS", 0.0)
    clients = [Client(hub, number) for number in range(4)]
    for client in clients:
        await client.join(ROOM, None)
    hub.arrive(history.commit(ROOM, 3))
    await until(lambda: clients[0].seqs() == [1, 2, 3])
    assert clients[3].seqs() == []
    for client in (clients[0], clients[3]):
        client.view = "peer"
        await client.join(ROOM, None)
    await settle(hub, history, *clients)
    assert [client.seqs() for client in clients] == [[1, 2, 3]] * 4
    assert [client.read()[-1]["view"] for client in clients] == ["staff", "staff", "staff", "peer"]


async def test_another_view_while_the_first_join_waits_for_the_database(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 6)
    history.turns = 10
    client = Client(hub)
    first = asyncio.ensure_future(client.join(ROOM, 2))
    await asyncio.sleep(0)
    client.view = "peer"
    await client.join(ROOM, None)
    await first
    assert client.seqs() == [3, 4, 5, 6]
    assert [each["view"] for each in client.read() if each["seq"] in (3, 6)] == ["peer", "peer"]


async def test_who_leaves_gets_nothing_more_and_an_empty_topic_is_forgotten(hub: Hub, history: MemoryHistory):
    client, other = Client(hub), Client(hub)
    await client.join(ROOM, None)
    await other.join(ROOM, None)
    hub.leave(ROOM, client.connection)
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, other)
    assert client.seqs() == []
    hub.leave(ROOM, other.connection)
    assert hub.topics == {}
    hub.arrive(history.commit(ROOM, 1))
    hub.leave(ROOM, other.connection)


async def test_who_is_removed_between_commit_and_fan_out_gets_nothing_more(hub: Hub, history: MemoryHistory):
    client, other = Client(hub), Client(hub)
    await client.join(ROOM, None)
    await other.join(ROOM, None)
    hub.arrive(history.commit(ROOM, 1))
    hub.remove(client.connection)
    await settle(hub, history, other)
    assert client.seqs() == []
    assert client.connection.follows == {}


@pytest.mark.parametrize("turns", range(8))
async def test_a_join_that_is_cancelled_leaves_nothing_behind(hub: Hub, history: MemoryHistory, turns: int):
    history.commit(ROOM, 6)
    history.turns = 2
    client = Client(hub)
    joining = asyncio.ensure_future(client.join(ROOM, 2))
    for _ in range(turns):
        await asyncio.sleep(0)
    joining.cancel()
    await asyncio.gather(joining, return_exceptions=True)
    hub.remove(client.connection)
    assert hub.topics == {}
    assert client.connection.follows == {}


async def test_a_join_that_fails_says_so_and_the_next_one_works(hub: Hub, history: MemoryHistory):
    history.commit(ROOM, 3)
    history.broken = True
    client, other = Client(hub), Client(hub)
    failed = await asyncio.gather(client.join(ROOM, 1), other.join(ROOM, 1), return_exceptions=True)
    assert [type(each) for each in failed] == [OSError, OSError]
    assert hub.topics == {}
    history.broken = False
    await client.join(ROOM, 1)
    assert client.seqs() == [2, 3]


async def test_a_page_larger_than_one_write_is_sent_in_portions(hub: Hub, history: MemoryHistory):
    big = [ViewFrames(b"\x81\x7e" + (40_000).to_bytes(2, "big") + b" " * 40_000)] * 30
    first, second = Client(hub), Client(hub)
    await first.join(ROOM, None)
    history.lasts[ROOM] = 30
    hub.arrive(Run(ROOM, 1, big))
    await until(lambda: sum(map(len, first.outbox.written)) >= 30 * 40_004)
    await second.join(ROOM, 0)
    for client in (first, second):
        assert b"".join(client.outbox.written) == b"".join(each.default for each in big)
        assert max(map(len, client.outbox.written)) < 320_000


def test_the_events_of_these_tests_differ_by_view():
    assert event(ROOM, 3).for_view("peer") != event(ROOM, 3).for_view("staff")
    assert event(ROOM, 2).for_view("peer") == event(ROOM, 2).for_view("staff")
