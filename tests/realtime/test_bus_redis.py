"""The hubs of two processes over a real Redis: what one announces the other has at once, and nothing is lost.

They stand in one loop, each with connections of its own. Where Redis is away the polls bring what was committed;
what has no seq is lost, as it may be.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from realtime import bus_redis
from realtime.bus import (
    AccessChanged,
    Attendance,
    Ephemeral,
    Missed,
    Receiver,
    Run,
    Runs,
    SessionsEnded,
    Signal,
    ToMembers,
    Typed,
    ViewFrames,
)
from realtime.bus_redis import RedisBus
from realtime.hub import Hub
from tests.realtime.hub_world import Client, MemoryHistory, frame, same_for_all
from tests.redis_server import running
from tools.redis import Redis

ROOM = "room:1"


@pytest.fixture
def redis() -> Iterator[Redis]:
    with running() as server:
        yield server


@pytest.fixture
def history() -> MemoryHistory:
    return MemoryHistory()


@pytest.fixture
def no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever arrives then has come over the bus."""
    monkeypatch.setattr("realtime.arriving.POLL_SECONDS", 3600.0)


@pytest.fixture
def quick_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.arriving.POLL_SECONDS", 0.05)


@pytest.fixture
def quick_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_redis, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(bus_redis, "REST_SECONDS", 0.1)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


class Process:
    """A hub with a bus of its own; `heard` is every signal that came from the others."""

    def __init__(self, bus: RedisBus, history: MemoryHistory) -> None:
        self.bus, self.history = bus, history
        self.hub = Hub(asyncio.get_running_loop(), history, bus=bus)
        self.heard: list[Signal] = []
        take = self.hub.receive

        def hear(signal: Signal) -> None:
            self.heard.append(signal)
            take(signal)

        self.hub.receive = hear  # type: ignore[method-assign]
        self.hub.start()
        self.client = Client(self.hub)

    def publish(self, count: int = 1) -> None:
        """Commit events and announce them, as the writer does."""
        self.hub.announce(Runs((self.history.commit(ROOM, count),)))

    def seqs(self) -> list[int]:
        return self.client.seqs(ROOM)

    async def has(self, count: int) -> None:
        """Until its client has as many events; then: each once, in order."""
        await until(lambda: len(self.seqs()) >= count)
        assert self.seqs() == list(range(1, count + 1))


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(redis: Redis, history: MemoryHistory) -> AsyncIterator[Start]:
    """`await start()`: one more process, which hears itself and is heard by those started before."""
    processes: list[Process] = []

    async def starts(kind: type[RedisBus] = RedisBus, prefix: str = "test") -> Process:
        process = Process(kind(asyncio.get_running_loop(), redis.url, prefix=prefix), history)
        processes.append(process)
        await process.client.join(ROOM, None)
        await until(lambda: redis.subscribers() == len(processes))
        return process

    yield starts
    for process in processes:
        await process.hub.stop()


def signals() -> list[Signal]:
    plain = same_for_all(ROOM, 1)
    per_view = ViewFrames(frame(ROOM, 2, "staff"), {"peer": frame(ROOM, 2, "peer"), "guardian:7": b""}, True)
    return [
        Runs((Run(ROOM, 1, [plain, per_view]), Run("room:2", 1, [plain]))),
        Ephemeral(ROOM, per_view),
        ToMembers(frozenset({1, 2}), b"\x81\x01x"),
        AccessChanged(frozenset({3, 4})),
        SessionsEnded(frozenset({"a", "b"})),
        Attendance("process", {ROOM: (1, 2), "room:2": ()}, True),
        Typed(ROOM, 7, True),
    ]


@pytest.mark.usefixtures("no_poll")
async def test_every_signal_arrives_as_it_was_sent_and_does_not_come_back(start: Start):
    one, other = await start(), await start()
    before = len(one.heard)
    for signal in signals():
        one.hub.announce(signal)
    one.hub.announce(Typed(ROOM, 0, False))
    await until(lambda: Typed(ROOM, 0, False) in other.heard)
    assert [signal for signal in other.heard if not isinstance(signal, Missed)] == [*signals(), Typed(ROOM, 0, False)]
    assert len(one.heard) == before + len(signals()) + 1, "what it announced itself, once"


@pytest.mark.usefixtures("no_poll")
async def test_events_of_both_reach_the_clients_of_both_in_order(start: Start, history: MemoryHistory):
    processes = [await start(), await start()]
    for number in range(60):
        processes[number % 2].publish(1 + number % 3)
        if number % 7 == 0:
            await asyncio.sleep(0)
    for process in processes:
        await process.has(history.lasts[ROOM])


@pytest.mark.usefixtures("no_poll")
async def test_what_gathers_during_a_publish_is_one_publish(start: Start, redis: Redis, history: MemoryHistory):
    one, other = await start(), await start()
    before = redis.publishes()
    for _ in range(1000):
        one.publish()
    await other.has(1000)
    assert redis.publishes() - before <= 6, "a few, beats among them"
    assert history.reads == []


@pytest.mark.usefixtures("no_poll")
async def test_a_members_sockets_are_told_in_every_process_but_the_one_socket(start: Start):
    one, other = await start(), await start()
    told = frame("member:1", 1, "all")
    one.hub.tell_member(1, told, but=one.client.connection)
    await until(lambda: told in other.client.outbox.written)
    assert told not in one.client.outbox.written


@pytest.mark.usefixtures("no_poll")
async def test_installations_on_one_redis_hear_nothing_of_each_other(start: Start):
    one, other, stranger = await start(), await start(), await start(prefix="another")
    one.hub.announce(AccessChanged(frozenset({1})))
    stranger.hub.announce(AccessChanged(frozenset({2})))
    one.hub.announce(AccessChanged(frozenset({3})))
    await until(lambda: AccessChanged(frozenset({3})) in other.heard)
    assert AccessChanged(frozenset({2})) not in other.heard
    assert AccessChanged(frozenset({1})) not in stranger.heard


@pytest.mark.usefixtures("no_poll")
async def test_what_was_announced_before_settling_has_left_the_process(start: Start):
    one, other = await start(), await start()
    for _ in range(50):
        one.publish()
    await one.hub.settle()
    await one.bus.close()
    await other.has(50)


@pytest.mark.usefixtures("quick_poll")
async def test_redis_killed_delays_and_comes_back_by_itself(
    start: Start, redis: Redis, history: MemoryHistory, caplog: pytest.LogCaptureFixture, quick_beat: None
):
    one, other = await start(), await start()
    caplog.set_level(logging.WARNING, "realtime.bus_redis")
    redis.kill()
    for number in range(20):
        (one, other)[number % 2].publish()
        await asyncio.sleep(0.02)
    for process in (one, other):
        await process.has(20)
    missed = other.heard.count(Missed())
    redis.start()
    await until(lambda: caplog.text.count("is back") == 2)
    assert caplog.text.count("is away") == 2, "each process says it once"
    assert other.heard.count(Missed()) > missed, "who is told of changes alone has to look now"
    one.hub.announce(AccessChanged(frozenset({5})))
    await until(lambda: AccessChanged(frozenset({5})) in other.heard)


@pytest.mark.usefixtures("quick_poll", "quick_beat")
async def test_a_redis_that_answers_nothing_holds_nobody_up_and_brings_nothing_twice(start: Start, redis: Redis):
    one, other = await start(), await start()
    redis.pause()
    for number in range(30):
        (one, other)[number % 2].publish()
        await asyncio.sleep(0.05)
    for process in (one, other):
        await process.has(30)
    redis.resume()  # and sends what it was given meanwhile
    one.publish(5)
    one.hub.announce(AccessChanged(frozenset({5})))
    while AccessChanged(frozenset({5})) not in other.heard:
        one.hub.announce(AccessChanged(frozenset({5})))
        await asyncio.sleep(0.05)
    for process in (one, other):
        await process.has(35)


@pytest.mark.usefixtures("no_poll")
async def test_flushing_redis_changes_nothing(start: Start, redis: Redis):
    one, other = await start(), await start()
    one.publish()
    redis.flush()
    one.publish()
    await other.has(2)


@pytest.mark.usefixtures("no_poll", "quick_beat")
async def test_a_subscription_that_was_cut_is_made_again(start: Start, redis: Redis):
    one, other = await start(), await start()
    redis.cut()
    await until(lambda: redis.subscribers() == 2)
    one.hub.announce(AccessChanged(frozenset({5})))
    await until(lambda: AccessChanged(frozenset({5})) in other.heard)


@pytest.mark.usefixtures("no_poll", "quick_beat")
async def test_a_process_that_does_not_hear_itself_subscribes_anew(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Its line looks sound, and brings nothing: a peer that vanished without a word."""
    one, other = await start(), await start()
    monkeypatch.setattr(bus_redis, "SILENT_SECONDS", 0.3)
    other.bus._layer._get_layer().channels.clear()  # what comes is thrown away
    await until(lambda: "is back" in caplog.text)
    one.hub.announce(AccessChanged(frozenset({5})))
    await until(lambda: AccessChanged(frozenset({5})) in other.heard)
    assert "sends nothing back" in caplog.text


@pytest.mark.usefixtures("quick_poll", "quick_beat")
async def test_beyond_ten_thousand_waiting_all_are_dropped_and_the_polls_take_over(
    start: Start, redis: Redis, history: MemoryHistory
):
    one, other = await start(), await start()
    redis.pause()
    one.publish()
    await asyncio.sleep(0)  # that publish is under way
    for number in range(bus_redis.WAITING_SIGNALS + 1):
        one.hub.announce(AccessChanged(frozenset({number})))
    one.publish(3)
    assert len(one.bus._waiting) == 1
    await other.has(4)
    redis.resume()
    await until(lambda: Missed() in other.heard)
    assert AccessChanged(frozenset({bus_redis.WAITING_SIGNALS})) not in other.heard


@pytest.mark.usefixtures("quick_poll", "quick_beat")
async def test_dropped_doubled_and_reordered_publishes_are_delivered_once_in_order(start: Start):
    class Unruly(RedisBus):
        luck = random.Random(4)
        kept: list[Signal] = []

        def send(self, signal: Signal, sender: Receiver) -> None:
            self.kept.append(signal)
            if len(self.kept) > 5:
                self.luck.shuffle(self.kept)
                for each in self.kept:
                    for _ in range(self.luck.choice((0, 1, 1, 2))):
                        super().send(each, sender)
                self.kept.clear()

    one, other = await start(Unruly), await start(Unruly)
    for number in range(100):
        (one, other)[number % 2].publish(1 + number % 2)
        if number % 5 == 0:
            await asyncio.sleep(0.005)
    for process in (one, other):
        await process.has(150)


@pytest.mark.usefixtures("no_poll")
async def test_a_process_that_hears_nothing_for_over_six_seconds_still_listens(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """redis-py reads with a limit of 5 s unless it is told otherwise."""
    monkeypatch.setattr(bus_redis, "BEAT_SECONDS", 3600.0)
    one, other = await start(), await start()
    await asyncio.sleep(6.5)
    one.publish()
    await other.has(1)
    assert caplog.text == ""


@pytest.mark.usefixtures("no_poll", "quick_beat")
async def test_what_is_not_understood_is_passed_over(start: Start, redis: Redis, caplog: pytest.LogCaptureFixture):
    one, other = await start(), await start()
    one.bus._send_packed(b"\x92\xa7Unheard\x01")  # of a later version
    one.hub.announce(AccessChanged(frozenset({1})))
    await until(lambda: AccessChanged(frozenset({1})) in other.heard)
    assert Missed() in other.heard
    redis.publish("test__group__hub", "nonsense")
    await until(lambda: "is back" in caplog.text)
    one.hub.announce(AccessChanged(frozenset({2})))
    await until(lambda: AccessChanged(frozenset({2})) in other.heard)


@pytest.mark.usefixtures("no_poll")
async def test_one_signal_that_cannot_be_taken_does_not_end_the_listening(
    start: Start, caplog: pytest.LogCaptureFixture
):
    one, other = await start(), await start()

    def fails(member_ids: frozenset[int]) -> None:
        raise RuntimeError("a fault of ours")

    other.hub.on_access_changed = fails
    one.hub.announce(AccessChanged(frozenset({1})))
    one.publish()
    await other.has(1)
    assert "a fault of ours" in caplog.text


@pytest.mark.usefixtures("no_poll")
@pytest.mark.parametrize("how", ["kill", "pause"])
async def test_a_process_ends_also_while_redis_is_away(start: Start, redis: Redis, how: str):
    one = await start()
    (redis.kill if how == "kill" else redis.pause)()
    one.publish()
    async with asyncio.timeout(10):
        await one.hub.settle()
        await one.hub.stop()
    if how == "pause":
        redis.resume()
