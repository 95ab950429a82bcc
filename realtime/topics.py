"""Every name of a topic is built and read here; nobody else puts one together."""

_ROOM, _MEMBER = "room:", "member:"


def room(room_id: int) -> str:
    return f"{_ROOM}{room_id}"


def member(member_id: int) -> str:
    return f"{_MEMBER}{member_id}"


def room_id(topic: str) -> int:
    """The room of a room's topic; ValueError for any other topic."""
    if not topic.startswith(_ROOM):
        raise ValueError(f"not the topic of a room: {topic}")
    return int(topic.removeprefix(_ROOM))
