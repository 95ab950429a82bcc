"""The rooms of a list in their groups, in order; directory.js says the same. Pure."""

from rooms.queries.states import RoomState


def first_of(rooms: list[RoomState], course: int) -> int:
    return next(room.room for room in rooms if room.course == course)


def groups_of(rooms: list[RoomState], course: int | None) -> list[tuple[str, list[RoomState]]]:
    """The rooms of the list in its groups, in order; directory.js says the same."""
    groups: dict[str, list[RoomState]] = {name: [] for name in ("rooms", "children", "students", "teachers", "parents")}
    for room in rooms:
        if room.kind != "page" and course in (None, room.course):
            groups[group_of(room)].append(room)
    for name in ("students", "teachers", "parents"):  # the newest words first
        groups[name].sort(key=lambda room: room.last.at if room.last else "", reverse=True)
    groups["children"].sort(key=lambda room: room.kind != "direct")
    return [(name, found) for name, found in groups.items() if found]


def group_of(room: RoomState) -> str:
    if room.view == "guardian":
        return "children"
    if room.kind != "direct":
        return "rooms"
    if room.view != "staff":
        return "teachers"
    return "parents" if room.about else "students"
