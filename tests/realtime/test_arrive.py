"""Arrivals in any order, doubled, late or lost: delivered is the contiguous run, each event once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from realtime import hub as hubs
from realtime.bus import LocalBus
from realtime.hub import Hub, Run, ViewFrames
from tests.realtime.hub_world import Client, MemoryHistory, same_for_all, settle, until

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


async def test_what_arrives_early_waits_for_its_predecessor(hub: Hub, history: MemoryHistory):
    client = Client(hub)
    await client.join(ROOM, None)
    first, second = history.commit(ROOM, 2), history.commit(ROOM, 2)
    hub.arrive(second)
    assert client.seqs() == []
    hub.arrive(first)
    await settle(hub, history, client)
    assert client.seqs() == [1, 2, 3, 4]
    assert history.reads == []


async def test_what_arrives_twice_is_delivered_once(hub: Hub, history: MemoryHistory):
    client = Client(hub)
    await client.join(ROOM, None)
    run = history.commit(ROOM, 3)
    for _ in range(2):
        hub.arrive(run)
        hub.arrive(Run(ROOM, 2, run.events[1:]))
    await settle(hub, history, client)
    assert client.seqs() == [1, 2, 3]


async def test_a_hole_is_read_from_the_history_in_each_view(hub: Hub, history: MemoryHistory):
    staff, peer = Client(hub), Client(hub, view="peer")
    await staff.join(ROOM, None)
    await peer.join(ROOM, None)
    history.commit(ROOM, 3)  # its publication is lost
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, staff, peer)
    assert staff.seqs() == peer.seqs() == [1, 2, 3, 4]
    assert (staff.views(), peer.views()) == ({"all", "staff"}, {"all", "peer"})
    assert sorted(history.reads) == [(ROOM, "peer", 0, 3), (ROOM, "staff", 0, 3)]


async def test_a_lost_last_event_is_found_by_the_poll(
    hub: Hub, history: MemoryHistory, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("realtime.arriving.POLL_SECONDS", 0.01)
    other = Hub(asyncio.get_running_loop(), history)
    other.start()
    client = Client(other)
    await client.join(ROOM, None)
    history.commit(ROOM, 3)
    await settle(other, history, client)
    assert client.seqs() == [1, 2, 3]
    await other.stop()


async def test_a_database_that_is_away_delays_and_loses_nothing(
    history: MemoryHistory, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("realtime.arriving.POLL_SECONDS", 0.01)
    monkeypatch.setattr("realtime.arriving.RETRY_SECONDS", 0.01)
    hub = Hub(asyncio.get_running_loop(), history)
    hub.start()
    client = Client(hub)
    await client.join(ROOM, None)
    history.broken = True
    history.commit(ROOM, 2)
    hub.arrive(history.commit(ROOM, 1))
    await until(lambda: hub.metrics.history_failures >= 5)
    history.broken = False
    await settle(hub, history, client)
    assert client.seqs() == [1, 2, 3]
    await hub.stop()


async def test_a_view_that_comes_while_a_hole_is_read_gets_its_own_bytes(hub: Hub, history: MemoryHistory):
    history.turns = 4
    staff, peer = Client(hub), Client(hub, view="peer")
    await staff.join(ROOM, None)
    history.commit(ROOM, 3)
    hub.arrive(history.commit(ROOM, 3))
    # the first view's read of the hole has just come back
    await until(lambda: bool(history.reads))
    await peer.join(ROOM, 0)
    await settle(hub, history, staff, peer)
    assert staff.seqs() == peer.seqs() == [1, 2, 3, 4, 5, 6]
    assert (staff.views(), peer.views()) == ({"all", "staff"}, {"all", "peer"})


async def test_a_broken_socket_is_closed_and_silences_nobody(hub: Hub, history: MemoryHistory):
    broken, well = Client(hub), Client(hub)
    await broken.join(ROOM, None)
    await well.join(ROOM, None)
    broken.outbox.raises = True
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, well)
    assert (well.seqs(), broken.outbox.closed) == ([1], 1011)
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, well)
    assert well.seqs() == [1, 2]


async def test_a_deferred_ack_goes_out_in_one_write_with_the_event(hub: Hub, history: MemoryHistory):
    sender, other = Client(hub), Client(hub)
    await sender.join(ROOM, None)
    await other.join(ROOM, None)
    sender.connection.defer(same_for_all("ack", 0).default)
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, sender, other)
    assert len(sender.outbox.written) == 1
    assert [each["topic"] for each in sender.read()] == ["ack", ROOM]


async def test_a_deferred_frame_without_an_event_goes_out_by_itself(hub: Hub):
    client = Client(hub)
    client.connection.defer(same_for_all("ack", 1).default)
    client.connection.defer(same_for_all("ack", 2).default)
    assert client.outbox.written == []
    await until(lambda: bool(client.outbox.written))
    assert client.seqs("ack") == [1, 2]
    assert len(client.outbox.written) == 1


async def test_events_of_one_batch_go_out_in_one_write(hub: Hub, history: MemoryHistory):
    client = Client(hub)
    await client.join(ROOM, None)
    hub.arrive(history.commit(ROOM, 2))
    hub.arrive(history.commit(ROOM, 2))
    await settle(hub, history, client)
    assert len(client.outbox.written) == 1


async def test_a_thousand_in_a_topic_and_others_beside_all_get_everything(hub: Hub, history: MemoryHistory):
    crowd = [Client(hub, number) for number in range(1000)]
    for each in crowd:
        await each.join(ROOM, None)
    small = Client(hub, 2000)
    await small.join("room:2", None)
    for _ in range(20):
        hub.arrive(history.commit(ROOM, 5))
        hub.arrive(history.commit("room:2", 1))
        await asyncio.sleep(0)
    await settle(hub, history, *crowd)
    await settle(hub, history, small, topic="room:2")
    assert {tuple(each.seqs()) for each in crowd} == {tuple(range(1, 101))}
    assert small.seqs("room:2") == list(range(1, 21))


async def test_what_has_no_seq_reaches_all_in_their_view(hub: Hub, history: MemoryHistory):
    staff, peer, stranger = Client(hub), Client(hub, view="peer"), Client(hub)
    await staff.join(ROOM, None)
    await peer.join(ROOM, None)
    hub.tell(ROOM, ViewFrames(same_for_all("typing", 1).default, {"peer": same_for_all("typing", 2).default}))
    hub.tell("room:9", same_for_all("typing", 3))
    hub.arrive(history.commit(ROOM, 1))
    await settle(hub, history, staff, peer)
    await until(lambda: bool(peer.seqs("typing")))
    assert (staff.seqs("typing"), peer.seqs("typing"), stranger.read()) == ([1], [2], [])


async def test_a_member_is_told_on_all_sockets_but_one(hub: Hub):
    phone, laptop, other = Client(hub, 7), Client(hub, 7), Client(hub, 8)
    hub.tell_member(7, same_for_all("read", 1).default, but=phone.connection)
    hub.tell_member(9, same_for_all("read", 1).default)
    assert (phone.read(), laptop.seqs("read"), other.read()) == ([], [1], [])
    assert hub.connections_of(7) == (phone.connection, laptop.connection)
    assert set(hub.member_ids()) == {7, 8}
    hub.remove(phone.connection)
    hub.remove(laptop.connection)
    hub.remove(laptop.connection)
    assert hub.connections() == (other.connection,)
    assert set(hub.member_ids()) == {8}


async def test_any_thread_publishes_to_the_running_hub(hub: Hub, history: MemoryHistory):
    client = Client(hub, 7)
    await client.join(ROOM, None)
    changed: list[object] = []
    hub.on_access_changed = changed.append
    hub.on_sessions_ended = changed.append

    def work() -> None:
        hubs.publish([history.commit(ROOM, 2)])
        hubs.publish([])
        hubs.publish_ephemeral(ROOM, same_for_all("typing", 1))
        hubs.tell_members([7, 8], same_for_all("read", 1).default)
        hubs.access_changed([7])
        hubs.sessions_ended(["abc"])

    await asyncio.to_thread(work)
    await settle(hub, history, client)
    await until(lambda: len(changed) == 2 and bool(client.seqs("typing")))  # it goes with the next fan-out
    assert client.seqs() == [1, 2]
    assert (client.seqs("typing"), client.seqs("read")) == ([1], [1])
    assert changed == [frozenset({7}), frozenset({"abc"})]


def test_where_no_hub_runs_publishing_does_nothing(history: MemoryHistory):
    hubs.publish([history.commit(ROOM, 1)])
    hubs.tell_members([1], b"")


async def test_two_hubs_on_a_bus_see_the_same(history: MemoryHistory):
    bus = LocalBus()
    loop = asyncio.get_running_loop()
    one, two = Hub(loop, history, bus=bus), Hub(loop, history, bus=bus)
    one.start()
    two.start()
    here, there = Client(one, 7), Client(two, 7, view="peer")
    await here.join(ROOM, None)
    await there.join(ROOM, None)
    for signal in (hubs.publish, lambda runs: hubs.tell_members([7], same_for_all("read", 1).default)):
        signal([history.commit(ROOM, 3)])
    hubs.publish([history.commit(ROOM, 1)])
    await settle(one, history, here)
    await settle(two, history, there)
    assert here.seqs() == there.seqs() == list(range(1, 8))
    assert here.seqs("read") == there.seqs("read") == [1]
    await one.stop()
    await two.stop()
