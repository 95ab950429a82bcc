"""Different actions on the same course at the same moment: none stops another, and the log of each room stays whole."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import pytest
from django.utils import timezone

from accounts.errors import AccessChanged, FieldInvalid, NotFound
from accounts.models import MailOutbox, Member
from consent.actions.consents import withdraw_consent
from consent.models import School
from rooms.actions.course_rooms import archive_room
from rooms.actions.courses import create_course
from rooms.actions.enrollments import end_enrollment
from rooms.actions.invitation_mails import Letter
from rooms.actions.invitations import invite, revoke_invitation, send_again
from rooms.actions.reads import mark_read
from rooms.actions.rooms import seat_in_group
from rooms.models import Course, Invitation, Message, Room, RoomEvent, RoomHead
from rooms.queries.courses import leading
from rooms.writer import Receipt
from tests.cast import SYSTEM, acting, make_consent, make_member
from tests.rooms.locks import SECONDS
from tests.rooms.writers import closing, deadlocks, results, thread_writers, uncommitted, until_waiting
from tests.rooms_cast import draft_of, edited, join, make_group, make_room, standing_of, written

ROUNDS = 12

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def test_two_courses_of_one_title_at_once_get_two_addresses(school: School) -> None:
    with (
        uncommitted(lambda: create_course(SYSTEM, school, title="Algebra")) as commit,
        ThreadPoolExecutor(1) as pool,
    ):
        other = pool.submit(closing(create_course), SYSTEM, school, title="Algebra")
        until_waiting(statement="INSERT%")
        commit()
        assert other.result(SECONDS).slug == "algebra-2"
    assert set(Course.objects.values_list("slug", flat=True)) == {"algebra", "algebra-2"}


@pytest.mark.row("S9")
def test_two_instructors_who_leave_at_once_do_not_leave_the_course_alone(
    course: Course, instructor: Member, co_instructor: Member
) -> None:
    with (
        uncommitted(lambda: end_enrollment(acting(instructor), course, instructor)) as commit,
        ThreadPoolExecutor(1) as pool,
    ):
        other = pool.submit(closing(end_enrollment), acting(co_instructor), course, co_instructor)
        until_waiting()
        commit()
        with pytest.raises(FieldInvalid):
            other.result(SECONDS)
    assert [row.member for row in leading(course)] == [co_instructor]


def test_two_rooms_archived_at_once_leave_one(course: Course, instructor: Member) -> None:
    rooms = [make_room(course, title) for title in ("One", "Two")]
    with (
        uncommitted(lambda: archive_room(acting(instructor), rooms[0])) as commit,
        ThreadPoolExecutor(1) as pool,
    ):
        other = pool.submit(closing(archive_room), acting(instructor), rooms[1])
        until_waiting()
        commit()
        with pytest.raises(FieldInvalid):
            other.result(SECONDS)
    assert list(course.rooms.exclude(state="archived")) == [rooms[1]]


@pytest.mark.row("S13")
def test_an_invitation_that_is_being_revoked_is_not_sent_again(course: Course, instructor: Member) -> None:
    invite(acting(instructor), course, "ana@example.org", Letter("student", False, "Hello"))
    Invitation.objects.update(sent_at=timezone.now() - dt.timedelta(days=1))
    invitation = Invitation.objects.get()
    with (
        uncommitted(lambda: revoke_invitation(acting(instructor), invitation)) as commit,
        ThreadPoolExecutor(1) as pool,
    ):
        other = pool.submit(closing(send_again), acting(instructor), invitation)
        until_waiting()
        commit()
        with pytest.raises(NotFound):
            other.result(SECONDS)
    assert not MailOutbox.objects.filter(kind="invitation").exists()


@dataclass(frozen=True)
class Lesson:
    """Three rooms, in each a message of the student's, and who changes what in them."""

    course: Course
    rooms: list[Room]
    seqs: list[int]
    instructor: Member
    student: Member
    young_student: Member

    def send(self) -> None:
        with thread_writers() as (writer,):
            for number in range(ROUNDS):
                drafts = [draft_of(room, who) for room in self.rooms for who in (self.student, self.instructor)]
                for outcome in results(writer, drafts if number % 2 else drafts[::-1]):
                    assert isinstance(outcome, Receipt | AccessChanged)  # changed since the draft was made

    def come_and_go(self) -> None:
        for number in range(ROUNDS):
            person = make_member(f"Person {number}")
            join(self.course, person)
            end_enrollment(SYSTEM, self.course, person)

    def sit_together(self) -> None:
        for number in range(ROUNDS):
            group = make_group(self.course, self.instructor, title=f"Group {number}")
            seat_in_group(SYSTEM, group, [self.student, self.young_student])

    def take_back_and_give(self) -> None:
        for _ in range(ROUNDS // 2):
            withdraw_consent(SYSTEM, self.young_student, grantor="A. Parent")
            make_consent(self.young_student)

    def edit(self) -> None:
        for number in range(ROUNDS):
            room, seq = self.rooms[number % 3], self.seqs[number % 3]
            with suppress(AccessChanged):
                edited(room, self.student, seq, f"changed {number}")

    def read(self) -> None:
        for number in range(ROUNDS):
            room, seq = self.rooms[number % 3], self.seqs[number % 3]
            mark_read(acting(self.student), standing_of(self.student, room), seq=seq)


def test_all_kinds_of_changes_at_once_take_their_turns(
    course: Course, room: Room, instructor: Member, student: Member, young_student: Member, parent: Member
) -> None:
    rooms = [room, make_room(course, "Homework"), make_group(course, instructor, student, young_student)]
    seqs = [written(each, student).seq for each in rooms]
    lesson = Lesson(course, rooms, seqs, instructor, student, young_student)
    acts = [lesson.send, lesson.send, lesson.come_and_go, lesson.sit_together, lesson.take_back_and_give]
    acts += [lesson.edit, lesson.read]
    before = deadlocks()
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(closing(act)) for act in acts]:
            done.result(100)
    assert deadlocks() == before
    for head in RoomHead.objects.all():
        events = RoomEvent.objects.filter(room=head.room_id).order_by("seq").values_list("seq", flat=True)
        numbers = Message.objects.filter(room=head.room_id).order_by("seq").values_list("number", flat=True)
        assert list(events) == list(range(1, head.last_seq + 1))
        assert list(numbers) == list(range(1, head.message_count + 1))
