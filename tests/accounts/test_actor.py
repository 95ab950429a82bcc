import dataclasses

import pytest

from accounts.actor import Actor


def test_the_product_itself_acts_for_a_reason():
    actor = Actor.system("digest")
    assert (actor.member_id, actor.via, actor.reason, actor.is_system) == (None, "system", "digest", True)


def test_nobody_signed_in_is_not_the_product():
    assert not Actor.anonymous().is_system
    assert not Actor(member_id=None, via="web").is_system


def test_a_member_is_never_the_product():
    assert not Actor.of_member(7, via="command").is_system


def test_an_actor_can_not_be_changed():
    actor = Actor.of_member(7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        actor.member_id = 8  # type: ignore[misc]
