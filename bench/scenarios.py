"""What is measured: how many sockets, who sends, and how. Standard library only."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["closed", "open", "idle", "storm"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`senders` of each room send: with `in_flight` messages under way each, or together at a share of what
    `classrooms` reached in the same call."""

    name: str
    says: str
    rooms: int
    members: int
    mode: Mode = "closed"
    senders: int = 1
    in_flight: int = 1
    share_of_classrooms: float = 0.0
    has_tutorial: bool = True
    least_seconds: float = 0.0

    @property
    def command(self) -> str:
        """Under which word of the command line it runs."""
        return self.name.partition(" ")[0]


SCENARIOS = (
    Scenario("classrooms", "20 rooms of 30, one message in flight in each", 20, 30),
    Scenario("busy", "20 rooms of 30, five messages in flight in each", 20, 30, in_flight=5),
    Scenario("half", "20 rooms of 30 at half the rate of classrooms", 20, 30, "open", 1, 1, 0.5, has_tutorial=False),
    Scenario("lecture", "a room of 1,000, one sender", 1, 1000),
    Scenario("lecture 20", "a room of 1,000, twenty senders", 1, 1000, senders=20),
    Scenario("idle", "2,000 sockets that send nothing", 80, 25, "idle", 0, least_seconds=20),  # a ping falls into it
    Scenario("storm", "2,000 sockets come back after a restart", 80, 25, "storm", 0),
)
NAMES = tuple(dict.fromkeys(scenario.command for scenario in SCENARIOS))


def chosen(names: list[str]) -> list[Scenario]:
    """Those of the command line, all when it names none. `half` brings `classrooms` along: it needs its rate."""
    wanted = set(names or NAMES)
    if "half" in wanted:
        wanted.add("classrooms")
    return [scenario for scenario in SCENARIOS if scenario.command in wanted]
