"""Who is here and who is typing, for whom it is meant (U17, U18)."""

import pytest

from tests.chatserver.conftest import DEVON, JADA, RIVERA, Enter, School
from tests.socket_client import Frame, SocketClient

PAULA = "paula.kim"  # Devon's mother
TOMAS = "t.ibarra"  # the school's supervisor

pytestmark = pytest.mark.row("S9")


def seats(client: SocketClient, room: int, kind: str) -> set[int]:
    """All seats that were ever named to this client in a room's frames of this kind."""
    found: set[int] = set()
    for frame in client.of(room, kind):
        found |= {*frame.get("here", ()), *frame.get("gone", ()), *frame.get("seats", ())}
    return found


async def here(client: SocketClient, room: int, seat: int) -> Frame:
    return await client.until(
        lambda: next((f for f in client.of(room, "presence") if seat in f["here"]), None), f"{seat} here"
    )


async def gone(client: SocketClient, room: int, seat: int) -> Frame:
    return await client.until(
        lambda: next((f for f in client.of(room, "presence") if seat in f["gone"]), None), f"{seat} gone"
    )


async def test_staff_see_students_and_students_see_staff_alone(enter: Enter) -> None:
    rivera, jada, paula = await enter(RIVERA), await enter(JADA), await enter(PAULA)
    room = rivera.room("General")
    devon = await enter(DEVON)
    await here(rivera, room, devon.rooms[room]["my_seat"])
    chen = await enter("m.chen")  # staff, and later than Devon: whoever hears of both would have heard of Devon
    for client in (rivera, jada, paula, devon):
        await here(client, room, chen.rooms[room]["my_seat"])
    staff = {rivera.rooms[room]["my_seat"], chen.rooms[room]["my_seat"]}
    students = {jada.rooms[room]["my_seat"], devon.rooms[room]["my_seat"]}
    assert seats(rivera, room, "presence") == staff | students
    for client in (jada, paula, devon):
        assert seats(client, room, "presence") == staff
    assert paula.rooms[room]["my_seat"] == 0, "a parent appears to nobody"


async def test_who_leaves_is_gone_once_with_the_last_socket(enter: Enter) -> None:
    rivera, one, two = await enter(RIVERA), await enter("noah.b"), await enter("noah.b")
    room = rivera.room("General")
    noah = one.rooms[room]["my_seat"]
    await here(rivera, room, noah)
    await one.close()
    hana = await enter("hana.y")
    await here(rivera, room, hana.rooms[room]["my_seat"])
    assert not any(noah in frame["gone"] for frame in rivera.of(room, "presence"))
    await two.cut()
    await gone(rivera, room, noah)


async def test_away_is_gone_and_here_is_back_whatever_changes_meanwhile(school: School, enter: Enter) -> None:
    rivera, mateo, jada = await enter(RIVERA), await enter("mateo.r"), await enter(JADA)
    room = rivera.room("General")
    seat = mateo.rooms[room]["my_seat"]
    await here(rivera, room, seat)
    await mateo.tell("presence", state="away")
    await gone(rivera, room, seat)
    await rivera.ask("member.mute", room=room, seat=seat, reason="a change of access")
    await mateo.event("access.changed")
    elif_ = await enter("elif.a")
    await here(rivera, room, elif_.rooms[room]["my_seat"])
    assert sum(seat in frame["here"] for frame in rivera.of(room, "presence")) == 1, "still away"
    await mateo.tell("presence", state="here")
    await rivera.until(
        lambda: sum(seat in frame["here"] for frame in rivera.of(room, "presence")) == 2 or None, "here again"
    )
    assert seats(jada, room, "presence") <= {1, 2}


async def test_students_see_only_staff_type_and_staff_see_both(enter: Enter) -> None:
    rivera, jada, devon, paula = [await enter(name) for name in (RIVERA, JADA, DEVON, PAULA)]
    room = rivera.room("General")
    teacher, pupil = rivera.rooms[room]["my_seat"], devon.rooms[room]["my_seat"]
    await devon.tell("typing", room=room)
    await rivera.event("typing", room=room, seats=[pupil])
    await rivera.tell("typing", room=room)
    for client in (jada, paula, devon):
        await client.event("typing", room=room, seats=[teacher])
    for client in (jada, paula, devon):
        assert [frame["seats"] for frame in client.of(room, "typing")] == [[teacher]], "not even that somebody does"
    said = await rivera.say(room, "here it is")
    await jada.message(room, said["seq"])
    await jada.event("typing", room=room, seats=[])


async def test_parents_and_readers_of_announcements_never_type(enter: Enter) -> None:
    """Ms. Rivera types afterwards, which everybody hears of."""
    rivera, jada, paula = await enter(RIVERA), await enter(JADA), await enter(PAULA)
    room, board = rivera.room("General"), rivera.room("Announcements")
    await paula.tell("typing", room=room)
    await jada.tell("typing", room=board)
    for client in (paula, jada):
        await client.ask("room.history", room=room, limit=1)
    teacher = rivera.rooms[room]["my_seat"]
    await rivera.tell("typing", room=room)
    await rivera.tell("typing", room=board)
    await rivera.event("typing", room=room, seats=[teacher])
    await rivera.event("typing", room=board, seats=[teacher])
    assert seats(rivera, room, "typing") | seats(rivera, board, "typing") == {teacher}


async def test_the_supervisor_appears_to_nobody(enter: Enter) -> None:
    """He reads the chats of minors to whom no parent is linked, without a seat."""
    tomas = await enter(TOMAS)
    assert tomas.ready["rooms"], "there is something to read"
    assert all(room["my_seat"] == 0 and room["view"] == "staff" for room in tomas.ready["rooms"])
    room = tomas.ready["rooms"][0]["room"]
    await tomas.tell("typing", room=room)
    await tomas.ask("room.history", room=room, limit=1)
    staff = next(iter(tomas.rooms[room]["readers"]["staff"]))
    teachers = [await enter(name) for name in (RIVERA, "l.sato", "m.chen")]
    teacher = next(each for each in teachers if room in each.rooms)
    await here(tomas, room, staff)
    await teacher.tell("typing", room=room)
    await tomas.event("typing", room=room, seats=[staff])
    assert seats(teacher, room, "typing") | seats(teacher, room, "presence") <= {staff}
