"""Who is put at an instant is looked at once, not before it and at most a second later."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.rounds import Rounds

INSTANTS = st.floats(0, 60, allow_nan=False)


@given(st.dictionaries(st.integers(0, 9), INSTANTS), st.lists(INSTANTS, max_size=30))
def test_each_is_due_once_within_a_second_of_its_instant(asked: dict[int, float], looks: list[float]) -> None:
    rounds: Rounds[int] = Rounds(0.0)
    for one, at in asked.items():
        rounds.put(one, at)
    found: dict[int, float] = {}
    for now in sorted([*looks, 70.0]):
        for one in rounds.due(now):
            assert one not in found
            found[one] = now
    assert found.keys() == asked.keys()
    assert all(found[one] >= asked[one] for one in asked)
    for now in looks:
        assert all(found[one] <= now for one, at in asked.items() if now >= at + 1)


def test_who_is_put_again_while_others_are_looked_at_waits_for_a_later_look() -> None:
    rounds: Rounds[str] = Rounds(0.0)
    for one in ("first", "second"):
        rounds.put(one, 1.0)
    for one in rounds.due(9.9):
        rounds.put(one, 2.0)
    assert set(rounds.due(9.95)) == set()
    assert set(rounds.due(10.0)) == {"first", "second"}


def test_who_is_removed_by_the_look_at_another_is_not_looked_at() -> None:
    rounds: Rounds[str] = Rounds(0.0)
    for one in ("first", "second", "third"):
        rounds.put(one, 1.0)
    walk = rounds.due(2.0)
    assert next(walk) == "first"
    rounds.remove("second")
    rounds.put("third", 5.0)
    assert [*walk] == []
    assert [*rounds.due(7.0)] == ["third"]
    rounds.remove("third")
