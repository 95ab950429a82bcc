"""Rooms that change: named, announcements, to be read, archived and back; who may, and whose pages hear of it (S9)."""

from collections.abc import Callable

import pytest

from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Access, AuditEntry, Member
from rooms.actions.course_rooms import archive_room, change_room, restore_room
from rooms.actions.rooms import open_group, take_out_of_group
from rooms.models import Course, Room, RoomEvent
from rooms.queries.records import record_page
from tests.cast import acting
from tests.rooms.tables import refused, unchanged
from tests.rooms_cast import can_enter, make_course, make_direct, make_group, make_room, standing_of, written


def told(room: Room) -> dict[str, str]:
    """The newest entry of the room's log about itself."""
    entry = RoomEvent.objects.filter(room=room, kind="room.changed").order_by("seq").last()
    assert entry is not None
    data: dict[str, str] = entry.data
    return data


@pytest.mark.row("S9")
def test_a_new_name_is_an_event_of_the_room_and_moves_nobody_s_access(
    room: Room, instructor: Member, student: Member
) -> None:
    before = Access.objects.get(member=student).epoch
    change_room(acting(instructor), room, title=" Questions ", posting="all")
    assert told(room) == {"title": "Questions", "posting": "all", "state": "open"}
    assert Access.objects.get(member=student).epoch == before
    assert AuditEntry.objects.get(action="room.change").data == {"changed": ["title"]}
    with unchanged():
        change_room(acting(instructor), room, title="Questions", posting="all")


@pytest.mark.row("S9")
def test_in_an_announcement_room_staff_write_and_students_read(
    room: Room, instructor: Member, assistant: Member, student: Member
) -> None:
    before = Access.objects.get(member=student).epoch
    change_room(acting(instructor), room, title="News", posting="staff")
    assert Access.objects.get(member=student).epoch == before + 1
    assert [("send" in standing_of(who, room).may) for who in (instructor, assistant, student)] == [True, True, False]
    written(room, assistant, "school is out")
    with refused(NotAllowed):
        written(room, student, "hooray")


@pytest.mark.row("S9")
def test_in_a_room_to_be_read_nobody_writes_until_it_is_opened_again(
    room: Room, instructor: Member, student: Member
) -> None:
    change_room(acting(instructor), room, title="General", posting="staff", is_open=False)
    assert all("send" not in standing_of(who, room).may for who in (instructor, student))
    change_room(acting(instructor), room, title="General", posting="staff", is_open=True)
    assert (room.state, room.posting) == ("open", "staff")
    assert "send" in standing_of(instructor, room).may


@pytest.mark.row("S9")
def test_an_archived_room_leaves_the_lists_and_is_read_as_a_record(
    course: Course, room: Room, instructor: Member, student: Member, parent: Member, young_student: Member
) -> None:
    make_room(course, "Another")
    written(room, student, "what was said")
    archive_room(acting(instructor), room)
    assert told(room)["state"] == "archived"
    for member in (instructor, student, young_student, parent):
        assert not can_enter(member, room)
        assert [message.text for message in record_page(member.pk, room.pk).messages] == ["what was said"]
    with refused(NotAllowed):
        change_room(acting(instructor), room, title="Back", posting="all")
    restore_room(acting(instructor), room)
    assert all(can_enter(member, room) for member in (instructor, student, young_student, parent))


@pytest.mark.row("S9")
def test_a_record_of_a_group_is_the_group_s(
    course: Course, instructor: Member, student: Member, classmate: Member
) -> None:
    group = make_group(course, instructor, student)
    archive_room(acting(instructor), group)
    assert record_page(student.pk, group.pk).title == "Lab partners"
    with pytest.raises(NotFound):
        record_page(classmate.pk, group.pk)


def test_the_last_room_for_everybody_stays(course: Course, room: Room, instructor: Member) -> None:
    make_group(course, instructor)
    with refused(FieldInvalid):
        archive_room(acting(instructor), room)
    second = make_room(course, "Second")
    archive_room(acting(instructor), room)
    with refused(FieldInvalid):
        archive_room(acting(instructor), second)


CHANGES: dict[str, Callable[[Member, Room], object]] = {
    "change": lambda who, room: change_room(acting(who), room, title="Ours", posting="all"),
    "archive": lambda who, room: archive_room(acting(who), room),
    "restore": lambda who, room: restore_room(acting(who), room),
}


@pytest.mark.row("S9")
@pytest.mark.parametrize("change", CHANGES)
def test_students_change_no_room_and_outsiders_find_none(
    change: str, room: Room, student: Member, parent: Member, stranger: Member, school_admin: Member
) -> None:
    with refused(NotAllowed):
        CHANGES[change](student, room)
    for outsider in (parent, stranger, school_admin):
        with refused(NotFound):
            CHANGES[change](outsider, room)


@pytest.mark.row("S8")
@pytest.mark.parametrize("change", CHANGES)
def test_an_instructor_of_another_course_finds_no_room_to_change(
    change: str, school: object, instructor: Member, co_instructor: Member
) -> None:
    foreign = make_room(make_course(None, "Elsewhere"))
    for who in (instructor, co_instructor):
        with refused(NotFound):
            CHANGES[change](who, foreign)


@pytest.mark.parametrize("change", CHANGES)
def test_a_chat_of_two_is_its_people_s(change: str, course: Course, instructor: Member, student: Member) -> None:
    chat = make_direct(course, instructor, student)
    with refused(NotAllowed):
        CHANGES[change](instructor, chat)


@pytest.mark.parametrize(("field", "values"), [("title", {"title": " "}), ("posting", {"posting": "everybody"})])
def test_what_is_wrong_is_said_at_its_field(room: Room, instructor: Member, field: str, values: dict[str, str]) -> None:
    with refused(FieldInvalid) as caught:
        change_room(
            acting(instructor), room, title=values.get("title", "General"), posting=values.get("posting", "all")
        )
    assert caught.value.field == field


# Groups


@pytest.mark.row("S9")
def test_who_opens_a_group_is_inside_it(course: Course, instructor: Member, student: Member, classmate: Member) -> None:
    group = open_group(acting(instructor), course, title="Lab", members=[student])
    assert [can_enter(member, group) for member in (instructor, student, classmate)] == [True, True, False]


@pytest.mark.row("S9")
def test_an_assistant_opens_one_with_an_instructor_only(
    course: Course, assistant: Member, instructor: Member, student: Member
) -> None:
    with refused(FieldInvalid):
        open_group(acting(assistant), course, title="Lab", members=[student])
    group = open_group(acting(assistant), course, title="Lab", members=[student, instructor])
    assert can_enter(student, group)


@pytest.mark.row("S9")
def test_who_is_taken_out_of_a_group_stays_in_the_course(
    course: Course, room: Room, instructor: Member, student: Member
) -> None:
    group = make_group(course, instructor, student)
    take_out_of_group(acting(instructor), group, student)
    assert (can_enter(student, group), can_enter(student, room)) == (False, True)
    with refused(NotFound):
        take_out_of_group(acting(instructor), group, student)


@pytest.mark.row("S9")
def test_the_last_instructor_stays_in_a_group(course: Course, instructor: Member, student: Member) -> None:
    group = make_group(course, instructor, student)
    with refused(FieldInvalid) as caught:
        take_out_of_group(acting(instructor), group, instructor)
    assert caught.value.text == "A group needs an instructor inside."


def test_nobody_but_staff_moves_people_in_groups(
    course: Course, instructor: Member, student: Member, classmate: Member, stranger: Member
) -> None:
    group = make_group(course, instructor, student)
    for who, error in ((student, NotAllowed), (classmate, NotAllowed), (stranger, NotFound)):
        with refused(error):
            take_out_of_group(acting(who), group, student)
        with refused(error):
            open_group(acting(who), course, title="Ours", members=[])
