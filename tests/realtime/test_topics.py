"""Names of topics are built and read in one place."""

import pytest

from realtime import topics


def test_a_room_and_its_topic():
    assert topics.room(314) == "room:314"
    assert topics.room_id("room:314") == 314


def test_a_member_is_no_room():
    assert topics.member(42) == "member:42"
    with pytest.raises(ValueError, match="member:42"):
        topics.room_id(topics.member(42))
