"""draft.save: what somebody is writing is kept for them, for nobody else, and no longer than they may write there."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from msgspec.json import encode

from accounts.errors import AccessChanged, MessageTooLong, Muted, NotAllowed, NotFound, RoomClosed
from accounts.models import AuditEntry, Member
from chatserver.clock import TASKS
from consent.actions.consents import withdraw_consent
from rooms.actions.clearances import Clearance
from rooms.actions.drafts import discard_draft, forget_old_drafts, forget_own_drafts, save_draft
from rooms.actions.enrollments import end_enrollment
from rooms.models import Course, Draft, Room
from rooms.queries.drafts import DraftState, drafts_of
from rooms.queries.pages import drafts_page, room_page, rooms_page
from rooms.queries.places import places_for
from rooms.queries.standings import Standing
from rooms.text import TEXT_CHARS
from tests.cast import SYSTEM, acting
from tests.rooms.school_of_all import PEOPLE, Everybody
from tests.rooms.tables import dump, refused, unchanged
from tests.rooms_cast import (
    clearance_of,
    in_state,
    join,
    make_course,
    make_direct,
    make_room,
    muted,
    seat_of,
    standing_of,
    written,
)

CANARY = "quokka on the windowsill"


def kept(room: Room, member: Member, text: str = CANARY, reply_to: int | None = None) -> DraftState:
    standing, clearance = standing_of(member, room), clearance_of(member)
    return save_draft(acting(member), standing, clearance=clearance, text=text, reply_to=reply_to)


def texts(member: Member) -> list[tuple[int, str]]:
    return [(draft.room, draft.text) for draft in drafts_of([member.pk]).get(member.pk, [])]


# Kept


def test_a_draft_is_kept_and_the_next_one_takes_its_place(room: Room, student: Member, instructor: Member) -> None:
    sent = written(room, instructor)
    first = kept(room, student, "a beginning")
    second = kept(room, student, "a beginning and more", reply_to=sent.seq)
    assert first.at <= second.at
    assert drafts_of([student.pk]) == {student.pk: [second]}
    assert (second.room, second.text, second.reply_to) == (room.pk, "a beginning and more", sent.seq)
    assert AuditEntry.objects.filter(subject=student.pk, action__contains="draft").count() == 0


def test_each_room_has_its_own_the_newest_first(course: Course, room: Room, student: Member) -> None:
    other = make_room(course, "Homework help")
    kept(room, student, "in the one")
    kept(other, student, "in the other")
    assert texts(student) == [(other.pk, "in the other"), (room.pk, "in the one")]


def test_the_same_again_writes_nothing(room: Room, student: Member) -> None:
    first = kept(room, student)
    with unchanged():
        assert kept(room, student) == first


def test_an_empty_text_forgets_it(room: Room, student: Member) -> None:
    kept(room, student)
    gone = kept(room, student, " \n")
    assert (gone.room, gone.text) == (room.pk, "")
    assert texts(student) == []
    with unchanged():
        kept(room, student, "")


def test_what_can_t_be_stored_of_a_message_isn_t_of_a_draft(room: Room, student: Member) -> None:
    assert kept(room, student, "nul\x00 and \u202eturned round").text == "nul and turned round"
    with refused(MessageTooLong):
        kept(room, student, "x" * (TEXT_CHARS + 1))
    with refused(NotFound):
        kept(room, student, "an answer", reply_to=999)


def test_what_was_sent_since_is_no_draft_any_more(room: Room, student: Member) -> None:
    kept(room, student, "sent in the end")
    assert texts(student) == [(room.pk, "sent in the end")]
    written(room, student, "sent in the end")
    assert texts(student) == []
    kept(room, student, "and something new")
    assert texts(student) == [(room.pk, "and something new")]


# Who may


def test_only_who_may_write_there_may_keep_one(
    room: Room, student: Member, parent: Member, instructor: Member, course: Course, supervisor: Member
) -> None:
    chat = make_direct(course, instructor, student)
    for member, where in ((parent, room), (supervisor, chat)):
        with refused(NotAllowed):
            kept(where, member)
    staff_only = make_room(course, "Announcements", posting=Room.Posting.STAFF)
    with refused(NotAllowed):
        kept(staff_only, student)
    assert kept(staff_only, instructor).text == CANARY


def test_a_pause_and_a_closed_room_keep_what_there_is_and_take_no_more(
    room: Room, student: Member, instructor: Member
) -> None:
    kept(room, student, "before")
    muted(room, instructor, student)
    with refused(Muted):
        kept(room, student, "meanwhile")
    assert texts(student) == [(room.pk, "before")]
    in_state(room, Room.State.CLOSED)
    with refused(RoomClosed):
        kept(room, instructor)
    assert kept(room, student, "").text == "", "forgetting is always possible"
    assert texts(student) == []


@pytest.mark.row("S18")
def test_access_that_has_moved_keeps_nothing(room: Room, young_student: Member) -> None:
    standing, before = standing_of(young_student, room), clearance_of(young_student)
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    with refused(AccessChanged):
        save_draft(acting(young_student), standing, clearance=before, text=CANARY)
    over = Clearance(clearance_of(young_student).epoch, timezone.now() - dt.timedelta(seconds=1))
    with refused(AccessChanged):
        save_draft(acting(young_student), standing, clearance=over, text=CANARY)


# Nobody's but the writer's


def pages_of(member: Member) -> str:
    rooms = rooms_page(member)
    pages = [encode(rooms), *(encode(room_page(member, room.room)) for room in rooms.rooms[:1])]
    return b"".join(pages).decode() + json.dumps([line.text for line in drafts_page(member.pk)])


@pytest.mark.row("S22")
def test_nobody_else_is_ever_shown_a_draft(everybody: Everybody) -> None:
    writers = [
        (who, name)
        for who in PEOPLE
        for name, room in everybody.rooms.items()
        if (standing := _standing(everybody.people[who], room)) is not None and "send" in standing.may
    ]
    for who, name in writers:
        kept(everybody.rooms[name], everybody.people[who], f"{CANARY} of {who}.")
    assert {who for who, _ in writers} >= {"instructor", "young", "student", "parent"}
    for who in PEOPLE:
        shown = pages_of(everybody.people[who])
        found = {other for other in PEOPLE if f"{CANARY} of {other}." in shown}
        assert found == ({who} if who in {each for each, _ in writers} else set())


def _standing(member: Member, room: Room) -> Standing | None:
    return places_for(member.pk).standings.get(room.pk)


def test_no_other_table_holds_it(room: Room, student: Member) -> None:
    kept(room, student)
    assert {name for name, rows in dump().items() if CANARY in str(rows)} == {"rooms_draft"}


# No longer than needed


@pytest.mark.row("S20")
def test_a_consent_taken_back_leaves_no_draft(room: Room, young_student: Member, student: Member) -> None:
    kept(room, young_student)
    kept(room, student)
    withdraw_consent(SYSTEM, young_student, grantor="A. Parent")
    assert list(Draft.objects.values_list("member", flat=True)) == [student.pk]


def test_leaving_a_course_leaves_no_draft_there(
    course: Course, room: Room, student: Member, instructor: Member
) -> None:
    other_course = make_course(course.school, "Biology")
    join(other_course, student)
    elsewhere = make_room(other_course)
    for each in (room, elsewhere):
        kept(each, student)
    kept(room, instructor)
    end_enrollment(acting(instructor), course, student)
    assert texts(student) == [(elsewhere.pk, CANARY)]
    assert texts(instructor) == [(room.pk, CANARY)]


def test_of_a_room_that_is_no_longer_theirs_nothing_is_shown(room: Room, student: Member, course: Course) -> None:
    kept(room, student)
    other = make_room(course, "Homework help")
    assert [line.room for line in drafts_page(student.pk)] == [room.pk]
    assert [draft.room for draft in room_page(student, other.pk).drafts] == [room.pk]
    in_state(room, Room.State.ARCHIVED)
    assert drafts_page(student.pk) == []
    assert room_page(student, other.pk).drafts == []


@pytest.mark.row("S6")
def test_signing_out_forgets_ones_own(room: Room, student: Member, instructor: Member, stranger: Member) -> None:
    kept(room, student)
    kept(room, instructor)
    assert forget_own_drafts(acting(student)) == 1
    assert forget_own_drafts(acting(stranger)) == 0
    assert list(Draft.objects.values_list("member", flat=True)) == [instructor.pk]


def test_a_month_later_nobody_needs_it(room: Room, student: Member, instructor: Member) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=31), tick=False):
        Draft.objects.create(member=student, room=room, text="old", at=timezone.now())
    kept(room, instructor)
    assert TASKS["forget_old_drafts"].run is forget_old_drafts
    assert forget_old_drafts() == 1
    assert texts(instructor) == [(room.pk, CANARY)]


# The list


def test_the_list_says_where_and_whom_by_name(
    course: Course, room: Room, instructor: Member, student: Member, young_student: Member
) -> None:
    chat = make_direct(course, instructor, student)
    kept(room, instructor, f"**well** done, @[{seat_of(student, room)}]")
    kept(chat, instructor, "between us")
    lines = drafts_page(instructor.pk)
    assert [(line.title, line.course, line.text) for line in lines] == [
        ("Marcus O.", "Algebra I", "between us"),
        ("General", "Algebra I", "well done, @Marcus O."),
    ]


def test_the_list_takes_as_many_statements_for_one_as_for_ten(course: Course, student: Member) -> None:
    def statements(more: int) -> int:
        for number in range(more):
            kept(make_room(course), student, f"one for @[1], {number}")
        with CaptureQueriesContext(connection) as queries:
            drafts_page(student.pk)
        return len(queries)

    assert statements(1) == statements(9)


def test_discarding_what_isn_t_there_is_no_fault(room: Room, student: Member) -> None:
    with unchanged():
        discard_draft(acting(student), standing_of(student, room))
