"""Whatever the bus does and whenever anybody joins, leaves or changes view: each event once, in order, in its view."""

import asyncio
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from realtime.hub import Hub, Run
from tests.realtime.hub_world import VIEWS, Client, MemoryHistory, same_for_all

ROOM = "room:1"

steps = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.integers(1, 6)),
        st.tuples(st.just("lose"), st.integers(1, 6)),
        st.tuples(st.just("repeat"), st.integers(0, 3)),
        st.tuples(st.just("shuffle"), st.integers(2, 5)),
        st.tuples(st.just("join"), st.integers(0, 12)),
        st.tuples(st.just("return"), st.integers(0, 5)),
        st.tuples(st.just("view"), st.integers(0, 5)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("tell"), st.just(0)),
        st.tuples(st.just("turns"), st.integers(1, 8)),
        st.tuples(st.just("turns"), st.just(1)),
    ),
    min_size=5,
    max_size=80,
)


class Person:
    """A client with its sockets one after the other, and all that it was ever sent."""

    def __init__(self, world: "World", view: str, after: int | None) -> None:
        self.world, self.view = world, view
        self.start = after
        self.is_new = after is None
        self.seen: list[tuple[int, str]] = []
        self.views = {view}
        self.client: Client | None = None
        self.connect(after)

    def connect(self, after: int | None) -> None:
        self.client = Client(self.world.hub, view=self.view)
        self.world.tasks.append(asyncio.ensure_future(self._join(self.client, after)))

    async def _join(self, client: Client, after: int | None) -> None:
        reached = await client.join(ROOM, after)
        if self.is_new and reached >= 0:  # from now on: that was where it began
            self.start = reached if self.start is None else min(self.start, reached)

    def leave(self) -> None:
        if self.client is not None:
            self.world.hub.remove(self.client.connection)
            self.seen += [(each["seq"], each["view"]) for each in self.client.read() if each["topic"] == ROOM]
            self.client, self.is_new = None, False

    def last(self) -> int | None:
        return self.seen[-1][0] if self.seen else self.start

    def change_view(self) -> None:
        if self.client is not None:
            self.view = self.client.view = "staff" if self.view == "peer" else "peer"
            self.views.add(self.view)
            self.world.tasks.append(asyncio.ensure_future(self._join(self.client, None)))


class World:
    def __init__(self, history_turns: int) -> None:
        self.history = MemoryHistory(turns=history_turns)
        self.hub = Hub(asyncio.get_running_loop(), self.history)
        self.people: list[Person] = []
        self.runs: list[Run] = []
        self.tasks: list[asyncio.Future[None]] = []

    async def step(self, verb: str, number: int) -> None:
        match verb:
            case "commit" | "lose" | "repeat":
                self.publish(verb, number)
            case "shuffle":
                await self.shuffle(number)
            case "join":
                after = None if number % 3 == 0 else max(0, self.history.lasts[ROOM] - number)
                self.people.append(Person(self, VIEWS[number % 2], after))
            case "turns":
                for _ in range(number):
                    await asyncio.sleep(0)
            case "tell":
                self.hub.tell(ROOM, same_for_all("typing", 0))
            case _:
                self.act(verb, number)

    def publish(self, verb: str, number: int) -> None:
        if verb != "repeat":
            self.runs.append(self.history.commit(ROOM, number))
        for run in {"commit": self.runs[-1:], "lose": [], "repeat": self.runs[-number:]}[verb]:
            self.hub.arrive(run)

    async def shuffle(self, number: int) -> None:
        runs = [self.history.commit(ROOM, 1 + each % 3) for each in range(number)]
        self.runs += runs
        random.Random(number).shuffle(runs)
        for run in runs:
            self.hub.arrive(run)
            await asyncio.sleep(0)

    def act(self, verb: str, number: int) -> None:
        if number >= len(self.people):
            return
        person = self.people[number]
        if verb == "leave":
            person.leave()
        elif verb == "view":
            person.change_view()
        elif person.client is None and (last := person.last()) is not None:
            person.connect(last)

    async def end(self) -> None:
        await asyncio.gather(*self.tasks)
        self.hub.arrive(self.history.commit(ROOM, 1))
        last = self.history.lasts[ROOM]
        for _ in range(5000):
            if all(person.client is None or person.client.seqs()[-1:] == [last] for person in self.people):
                break
            await asyncio.sleep(0.001)
        for person in self.people:
            was_here = person.client is not None
            person.leave()
            self.check(person, last if was_here else None)
        assert self.hub.topics == {}

    def check(self, person: Person, last: int | None) -> None:
        seqs = [seq for seq, _ in person.seen]
        assert seqs == sorted(set(seqs)), "twice or out of order"
        if seqs and person.start is not None:
            assert seqs[0] == person.start + 1
        if seqs:
            assert seqs == list(range(seqs[0], seqs[-1] + 1)), "a hole"
        if last is not None:
            assert seqs[-1:] == [last], "not all"
        for seq, view in person.seen:
            assert view in (person.views if seq % 3 == 0 else {"all"}), "another's view"


@pytest.fixture(scope="module", autouse=True)
def _one_socket_per_turn() -> Iterator[None]:
    """So that joins, leaves and other views fall into the middle of a fan-out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("realtime.fan_out.CHUNK_SOCKETS", 1)
        patch.setattr("realtime.fan_out.SLICE_SECONDS", 0.0)
        yield


@pytest.mark.timeout(300)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, history_turns=st.integers(0, 6))
def test_every_member_sees_each_event_once_in_order_in_its_view(steps: list[tuple[str, int]], history_turns: int):
    async def live() -> None:
        world = World(history_turns)
        for verb, number in [("join", 0), ("join", 3), ("join", 1), ("commit", 4), *steps]:
            await world.step(verb, number)
        await world.end()
        await world.hub.stop()
        event(f"holes read: {min(world.hub.metrics.filled, 3)}")
        event(f"replays: {min(world.hub.metrics.replays, 3)}")

    asyncio.run(live())
